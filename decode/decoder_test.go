package decode

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
)

// script runs a transcript of C:/S: lines; each line gets CRLF. A line may say
// where it is cut: "C| " has no CRLF.
func runScript(t *testing.T, o Options, text string, cut int) string {
	t.Helper()
	var out strings.Builder
	d := New(o)
	now := time.Unix(0, 0)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line = strings.TrimLeft(line, "\t")
		dir := capture.ClientToServer
		if line[0] == 'S' {
			dir = capture.ServerToClient
		}
		var p []byte
		switch line[1] {
		case ':':
			p = []byte(strings.TrimPrefix(line[2:], " ") + "\r\n")
		case '|':
			p = []byte(strings.TrimPrefix(line[2:], " "))
		case '!':
			var n int64
			fmt.Sscan(line[2:], &n)
			show(&out, d.Lost(dir, now, n))
			continue
		}
		for len(p) > 0 {
			n := len(p)
			if cut > 0 {
				n = min(n, cut)
			}
			show(&out, d.Write(dir, now, bytes.Clone(p[:n])))
			p = p[n:]
		}
	}
	show(&out, d.Close(now, capture.ErrFIN))
	return out.String()
}

func show(w *strings.Builder, events []Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *Message:
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
		case *Transaction:
			fmt.Fprintf(w, "  = %d %s %s %s %s %q %v ready=%d amb=%d %v oct=%v lost=%d user=%q mailbox=%q\n", e.N, e.Tag, e.Command, e.Outcome, e.Status, e.Text, e.Data, e.Ready, e.Ambiguous, e.Literals, e.Octets, e.Lost, e.User, e.Mailbox)
		case *Resync:
			fmt.Fprintf(w, "  resync %s off=%d skipped=%d\n", e.Dir, e.Off, e.Skipped)
		case *Upgrade:
			fmt.Fprintf(w, "  upgrade %s %s off=%d\n", e.To, e.Dir, e.Off)
		case *Closed:
			fmt.Fprintf(w, "  closed %v %+v\n", e.Cause, e.Counts)
		}
	}
}

func TestSmoke(t *testing.T) {
	text := `
S: * OK hi
C: a1 LOGIN fred {6}
S: + go
C: secret
S: a1 OK done
C: a2 SELECT {5}
S: a2 BAD no
C: a3 SELECT INBOX
S: * FLAGS (\Seen)
S: * 3 EXISTS
S: a3 OK done {3}
C: a4 FETCH 1:3 (RFC822)
S: * 1 FETCH (RFC822 {5}
S: abc
S: )
S: * 2 FETCH (X "{9}
S: ")
S: a4 OK ok
C: a5 BBOARD {9}
C: comp.mail
S: a5 BAD x
S: comp.mail BAD y
C: 
S: * BAD null
C: a6 LOGOUT
S: * BYE x
S: a6 OK x
`
	want := runScript(t, Options{}, text, 0)
	t.Log(want)
	for _, cut := range []int{1, 2, 3, 7} {
		if got := runScript(t, Options{}, text, cut); got != want {
			t.Fatalf("cut %d:\n%s", cut, got)
		}
	}
}
