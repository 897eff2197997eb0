package script_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/script"
)

// lively is a session with literals that wait and one that does not, a SASL exchange, an IDLE, and
// commands that are answered out of order.
const lively = `# greeted
C: a AUTHENTICATE LOGIN
S: + VXNlcm5hbWU6
C: ZnJlZA==
S: + UGFzc3dvcmQ6
C: c2VjcmV0
S: a OK in
C: b SELECT {5}
S: + go on
C: INBOX
S: b OK done
C: c LIST {2+}
C: "" *
C: d IDLE
S: + idling
S: * 4 EXISTS
C: DONE
S: d OK done
C: e NOOP
C: f FETCH 1 FLAGS
S: * 1 FETCH (FLAGS ())
S: f OK done
S: e OK done
`

// The steps of an exchange by itself are those that it has in its session, but for the times.
func TestStepsOfAnExchange(t *testing.T) {
	k := script.NewCollector(script.Options{})
	if err := decodetest.Play(lively, k); err != nil {
		t.Fatal(err)
	}
	s := k.Script().Sessions[0]
	want := make(map[int]string)
	for _, st := range s.Steps {
		want[st.Exchange] = describe(want[st.Exchange], st)
	}
	for i, x := range s.Exchanges[1:] {
		steps, leftOut := script.Steps(x)
		got := ""
		for _, st := range steps {
			got = describe(got, st)
		}
		if got != want[i+1] || leftOut != "" {
			t.Errorf("%s: %q, not %q; left out: %s", x.Name(), got, want[i+1], leftOut)
		}
	}
	if got, want := want[1]+want[2], "[0 after 0] a AUTHENTICATE LOGIN\r\n[2 after 1] ZnJlZA==\r\n[4 after 2] c2VjcmV0\r\n"+
		"[1 after 0] b SELECT {5}\r\n[1 after 1] INBOX\r\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// describe adds a step to a description; those that only the client's pauses divide are one.
func describe(before string, st script.Step) string {
	mark := fmt.Sprintf("[%d after %d] ", st.Message, st.Needs.Ready)
	if at := strings.LastIndex(before, "["); at >= 0 && strings.HasPrefix(before[at:], mark) {
		mark = ""
	}
	return before + mark + string(st.Data)
}

// forgetting is a decode.Handler that forgets whatever is done.
type forgetting struct {
	script.Follow
	done []string
}

func (f *forgetting) Open(capture.Conn) error { return nil }

func (f *forgetting) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		i := f.Event(e)
		if _, over := e.(*decode.Transaction); over {
			x := f.Exchanges[i]
			f.done = append(f.done, fmt.Sprintf("%s %d", x.Command, len(x.Messages)))
			f.Forget()
		}
	}
	return nil
}

// What is in progress is kept, and followed to its end.
func TestProgressIsFollowedToItsEnd(t *testing.T) {
	f := &forgetting{}
	if err := decodetest.Play(lively, decode.NewDemux(decode.Options{}, f)); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(f.done, ", "), "AUTHENTICATE 6, SELECT 3, IDLE 4, FETCH 3, NOOP 2, LIST 2"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if len(f.Exchanges) != 1 {
		t.Errorf("%d exchanges are kept", len(f.Exchanges)-1)
	}
}
