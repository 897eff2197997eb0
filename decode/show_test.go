package decode_test

import (
	"fmt"
	"strings"

	"imapscope/decode"
)

// show writes events as lines, without times.
func show(w *strings.Builder, events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			fmt.Fprintf(w, "%s %s tag=%q word=%q", e.Dir, e.Kind, e.Tag, e.Word)
			if e.Txn != nil {
				fmt.Fprintf(w, " txn=%d", e.Txn.N)
			}
			fmt.Fprintf(w, " len=%d kept=%d off=%d", e.Len, len(e.Raw), e.Off)
			if e.Broken {
				fmt.Fprintf(w, " broken")
			}
			if e.Lost > 0 {
				fmt.Fprintf(w, " lost=%d", e.Lost)
			}
			for _, l := range e.Literals {
				fmt.Fprintf(w, " {%d %s %q}", l.Size, l.State, l.Body.Of(e.Raw))
			}
			fmt.Fprintln(w)
		case *decode.Transaction:
			fmt.Fprintf(w, "  = %d %s %s %s %s %q %v ready=%d amb=%d %v oct=%v lost=%d user=%q mailbox=%q", e.N, e.Tag, e.Command, e.Outcome, e.Status, e.Text, e.Data, e.Ready, e.Ambiguous, e.Literals, e.Octets, e.Lost, e.User, e.Mailbox)
			if e.Secret {
				fmt.Fprintf(w, " secret")
			}
			fmt.Fprintln(w)
		case *decode.Resync:
			fmt.Fprintf(w, "  resync %s off=%d skipped=%d\n", e.Dir, e.Off, e.Skipped)
		case *decode.Upgrade:
			fmt.Fprintf(w, "  upgrade %s %s off=%d\n", e.To, e.Dir, e.Off)
		case *decode.Closed:
			fmt.Fprintf(w, "  closed %v %+v\n", e.Cause, e.Counts)
		}
	}
}
