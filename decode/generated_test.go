package decode_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest/gen"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// truth describes what must come of a generated session, one line for each event.
func truth(s *gen.Session) []string {
	var out []string
	for _, m := range s.Messages {
		n := 0
		if m.Txn != nil {
			n = m.Txn.N
		}
		out = append(out, fmt.Sprintf("%s %s %d+%d txn=%d %s %d %q %s %q", m.Dir, m.Kind, m.Off, len(m.Data), n, m.Word, m.Number, m.Text, literals(m), m.Data))
		if m.Box != nil {
			out = append(out, fmt.Sprintf("  mailbox %q %d exist, %d recent, flags %q", m.Box.Name, m.Box.Exists, m.Box.Recent, m.Box.Flags))
			for _, n := range slices.Sorted(maps.Keys(m.Box.Of)) {
				out = append(out, fmt.Sprintf("  message %d %q", n, m.Box.Of[n]))
			}
		}
		if t := m.Txn; m.Kind == decode.Tagged {
			out = append(out, fmt.Sprintf("  = %d %s %s completed %s %q %v ready=%d octets=%v literals=%d", t.N, t.Tag, t.Command, t.Status, t.Text, t.Data, t.Ready, t.Octets, len(t.Lits)))
		}
	}
	return out
}

func literals(m *gen.Message) string {
	var b strings.Builder
	for _, l := range m.Literals {
		state, body := "complete", m.Data[l.Off:]
		if l.Withdrawn {
			state, body = "withdrawn", nil
		} else {
			body = body[:l.Size]
		}
		fmt.Fprintf(&b, "{%d %s %v %q}", l.Size, state, l.Waited, body)
	}
	return b.String()
}

// account describes what the decoder made of a session, in the words of truth.
type account struct {
	world session.World
	lines []string
}

func newAccount() *account {
	a := new(account)
	a.world.Open(capture.Conn{ID: 1})
	return a
}

func (a *account) add(events []decode.Event) {
	for _, e := range events {
		decode.Follow(&a.world, 1, e)
		switch e := e.(type) {
		case *decode.Message:
			a.message(e)
		case *decode.Transaction:
			var data []string
			for _, c := range e.Data {
				data = append(data, fmt.Sprint(c))
			}
			a.line("  = %d %s %s %s %s %q %v ready=%d octets=%v literals=%d", e.N, e.Tag, e.Command, e.Outcome, e.Status, e.Text, data, e.Ready, e.Octets, len(e.Literals))
		case *decode.Resync:
			a.line("  resync %s at %d, %d skipped", e.Dir, e.Off, e.Skipped)
		}
	}
}

func (a *account) line(format string, args ...any) {
	a.lines = append(a.lines, fmt.Sprintf(format, args...))
}

func (a *account) message(m *decode.Message) {
	n, text, word := 0, string(m.Text), m.Word
	if m.Txn != nil {
		n = m.Txn.N
	}
	var lits strings.Builder
	for _, l := range m.Literals {
		fmt.Fprintf(&lits, "{%d %s %v %q}", l.Size, l.State, l.Waited, l.Body.Of(m.Raw))
	}
	flaw := ""
	if m.Broken || m.Lost > 0 {
		flaw = " damaged"
	}
	a.line("%s %s %d+%d txn=%d %s %d %q %s %q%s", m.Dir, m.Kind, m.Off, m.Len, n, word, m.Number, text, lits.String(), m.Raw, flaw)
	if b := a.world.Session(1).Mailbox; b != nil && m.Kind == decode.Tagged && a.world.Session(1).State == protocol.Selected {
		a.line("  mailbox %q %d exist, %d recent, flags %q", b.Name, b.Exists, b.Recent, b.Flags)
		for known := range b.From(1) {
			if known.HasFlag {
				a.line("  message %d %q", known.Number, known.Flags)
			}
		}
	}
}

// cuts feeds a session to a decoder, cut at random places.
func cuts(t *rapid.T, s *gen.Session, see func([]decode.Event)) {
	d := decode.New(decode.Options{})
	now := time.Unix(1, 0)
	most := rapid.SampledFrom([]int{1, 3, 20, 1000}).Draw(t, "most")
	for _, step := range s.Steps {
		for b := step.Data; len(b) > 0; {
			n := min(len(b), rapid.IntRange(1, most).Draw(t, "cut"))
			now = now.Add(time.Millisecond)
			see(d.Write(step.Dir, now, slices.Clone(b[:n])))
			b = b[n:]
		}
	}
	see(d.Close(now, s.Cause))
}

// TestGenerated checks that decode returns the truth about generated sessions, however
// their bytes are cut: every message with its owner and literals, every transaction, and
// the state of the mailbox after each command.
func TestGenerated(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{})
		a := newAccount()
		cuts(rt, s, a.add)
		if d := cmp.Diff(truth(s), a.lines); d != "" {
			rt.Fatalf("truth (-), decode (+):\n%s", d)
		}
	})
}

// tokens returns the words, strings and parentheses of a message in order: a string by
// its contents, each with its role.
func tokens(n *syntax.Node, raw []byte) []gen.Token {
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF:
		return nil
	case syntax.KindLiteral, syntax.KindQuoted:
		return []gen.Token{{Role: n.Role, Value: string(n.Value(raw))}}
	}
	if len(n.Kids) == 0 {
		return []gen.Token{{Role: n.Role, Value: string(n.Bytes(raw))}}
	}
	var out []gen.Token
	for i := range n.Kids {
		out = append(out, tokens(&n.Kids[i], raw)...)
	}
	return out
}

// TestGeneratedGrammar checks that every message of a generated IMAP2 session is parsed
// to what was written: the same words and strings with the same roles, and no errors.
func TestGeneratedGrammar(t *testing.T) {
	var parser syntax.Parser
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{Dialect: protocol.IMAP2})
		i := 0
		cuts(rt, s, func(events []decode.Event) {
			for _, e := range events {
				m, ok := e.(*decode.Message)
				if !ok || i >= len(s.Messages) {
					continue
				}
				want := s.Messages[i]
				i++
				if want.Tokens == nil {
					continue
				}
				var tree *syntax.Node
				if m.Dir == capture.ClientToServer {
					tree = parser.Request(&m.Message)
				} else {
					tree = parser.Response(&m.Message)
				}
				for err := range tree.Errors() {
					rt.Errorf("%q: %v", m.Raw, err)
				}
				if d := cmp.Diff(want.Tokens, tokens(tree, m.Raw)); d != "" {
					rt.Errorf("%q: truth (-), tree (+):\n%s", m.Raw, d)
				}
			}
		})
		if i != len(s.Messages) {
			rt.Errorf("%d messages of %d", i, len(s.Messages))
		}
	})
}
