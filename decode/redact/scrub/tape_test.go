package scrub

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// tape is a Sink that records events and can replay them.
type tape struct{ capturetest.Facts }

func (t *tape) play(s capture.Sink) error {
	for i := range t.Events {
		if err := s.Event(&t.Events[i]); err != nil {
			return err
		}
	}
	return nil
}

// sides is a Sink that collects each direction of all connections together.
type sides [2]bytes.Buffer

func (o *sides) Event(e *capture.Event) error {
	o[e.Dir].Write(e.Data)
	return nil
}

// shape is a Sink that records everything about events except their bytes. Secrets are
// left out, because a Scrub does not pass them on. Notes are
// excluded: their text may name someone, so none is copied.
type shape []string

func (s *shape) Event(e *capture.Event) error {
	if e.Kind == capture.Secrets {
		return nil
	}
	if e.Kind == capture.Note {
		return nil
	}
	x := *e
	x.Data, x.Info = nil, nil
	line := fmt.Sprintf("%+v, %d bytes", x, len(e.Data))
	if e.Info != nil {
		line = fmt.Sprintf("open %d %v %v", e.Info.ID, e.Info.Start, e.Info.MidStream)
	}
	*s = append(*s, line)
	return nil
}

func shapeOf(t *testing.T, tape *tape) shape {
	t.Helper()
	var s shape
	if err := tape.play(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// summary is a Handler that records what contains no personal data.
type summary struct{ lines []string }

var protocolWords = newVocabulary()

func (s *summary) add(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}
func (s *summary) Open(c capture.Conn) error { return nil }

func (s *summary) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			word := e.Word
			if e.Kind == decode.Request && !known(word) || e.Kind == decode.Untagged && !protocolWords.inProtocol([]byte(strings.ToLower(word))) {
				word = fmt.Sprintf("a word of %d", len(word))
			}
			s.add("%d %v %v %s %d at %d, %d bytes, %d lost, broken %t, %d literals, ambiguous %t", id, e.Dir, e.Kind, word, e.Number, e.Off, e.Len, e.Lost, e.Broken, len(e.Literals), e.Ambiguous)
		case *decode.Transaction:
			s.add("%d txn %d %v %s %v literals %v %v lost %d secret %t", id, e.N, e.Outcome, e.Status, e.Data, e.Literals, e.Octets, e.Lost, e.Secret)
		case *decode.Closed:
			c := e.Counts
			c.User, c.Mailbox = "", ""
			s.add("%d closed %v %+v", id, e.Cause, c)
		case *decode.Resync:
			s.add("%d resync %v at %d, %d skipped, %t", id, e.Dir, e.Off, e.Skipped, e.Ended)
		case *decode.Upgrade:
			s.add("%d upgrade to %v", id, e.To)
		}
	}
	return nil
}

func summaryOf(t *testing.T, tape *tape) []string {
	t.Helper()
	s := new(summary)
	if err := tape.play(decode.NewDemux(decode.Options{}, s)); err != nil {
		t.Fatal(err)
	}
	return s.lines
}

func findingsOf(t *testing.T, tape *tape) []string {
	t.Helper()
	var out []string
	l, err := lint.New(lint.Options{}, func(f lint.Finding) {
		out = append(out, fmt.Sprintf("%s %v %v %d of %d, %v %d-%d", f.Rule.ID, f.Severity, f.Verdict, f.Txn, f.Conn, f.Dir, f.Off, f.Off+f.Len))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.play(decode.NewDemux(decode.Options{}, l)); err != nil {
		t.Fatal(err)
	}
	return out
}

// scrubbed checks what is true for any capture: the output has the same chunks,
// messages, transactions and findings, and Check finds nothing.
func scrubbed(t *testing.T, in *tape) (out *tape, s *Scrub) {
	t.Helper()
	out = new(tape)
	s = New(out, testKey)
	if err := in.play(s); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(shapeOf(t, in), shapeOf(t, out)); d != "" {
		t.Errorf("chunks: -in +out\n%s", d)
	}
	if d := cmp.Diff(summaryOf(t, in), summaryOf(t, out)); d != "" {
		t.Errorf("events: -in +out\n%s", d)
	}
	if d := cmp.Diff(findingsOf(t, in), findingsOf(t, out)); d != "" {
		t.Errorf("findings: -in +out\n%s", d)
	}
	if err := out.play(s.Check()); err != nil {
		t.Error(err)
	}
	return out, s
}
