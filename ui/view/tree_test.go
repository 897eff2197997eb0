package view

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// messages plays a transcript and calls f with each message and its tree, while
// they are valid.
func messages(t testing.TB, script string, f func(*decode.Message, *syntax.Node)) {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	g := new(Gather)
	decodetest.Run(decode.Options{}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			if m, ok := e.(*decode.Message); ok {
				f(m, m.Parse(&g.parser))
			}
		}
	})
}

// transcripts runs f on the file "in" of each transcript of testdata/KIND and compares
// with the file "out".
func transcripts(t *testing.T, kind string, f func(t *testing.T, in string) string) {
	t.Helper()
	golden.Archives(t, "testdata/"+kind+"/*.txtar", func(t *testing.T, a *golden.Archive) {
		a.Compare("out", f(t, a.Part("in")))
	})
}

// TestTreeAndHex checks the tree and the hex dump of each message of transcripts.
func TestTreeAndHex(t *testing.T) {
	transcripts(t, "tree", func(t *testing.T, in string) string {
		var b strings.Builder
		messages(t, in, func(m *decode.Message, root *syntax.Node) {
			var o Options
			tree := o.Tree(m, root)
			for i := range tree.Len() {
				r := tree.Row(i)
				fmt.Fprintf(&b, "%5d-%-5d %s%s\n", r.Span.Start, r.Span.End, strings.Repeat("  ", r.Depth), r)
			}
			hex := o.Hex(m)
			for i := range hex.Len() {
				fmt.Fprintf(&b, "%s\n", hex.Row(i))
			}
			b.WriteString("\n")
		})
		return b.String()
	})
}

// drawMessage draws a message of arbitrary bytes, or a nearly correct one, from either
// side; some of it may not have been kept.
func drawMessage(t *rapid.T) *decode.Message {
	piece := rapid.SampledFrom([]string{
		"a1 ", "* ", "+ ", "12 ", "FETCH ", "LOGIN ", "fred ", "secret", "(", ")", `"a b"`, `"`, "{3}\r\nabc", "{0}\r\n",
		"{9}\r\nabc", "NIL ", "ENVELOPE ", "FLAGS ", `\Seen `, "OK ", "[", "]", "\x1b[31m", "\xff", "\x00", "\r\n", "\n", "1:4,7 ", "BODY[]<0> ",
	})
	text := strings.Join(rapid.SliceOfN(piece, 1, 30).Draw(t, "pieces"), "") + "\r\n"
	m := &decode.Message{Dir: capture.Direction(rapid.IntRange(0, 1).Draw(t, "direction"))}
	w, n := wire.Split([]byte(text), m.Dir == capture.ClientToServer)
	m.Raw = []byte(text)[:n]
	m.Message = *w
	m.Kind = decode.Request
	if m.Dir == capture.ServerToClient {
		m.Kind = decode.Untagged
	}
	for at := 0; rapid.Bool().Draw(t, "elided") && at <= len(m.Raw); {
		g := wire.Gap{At: rapid.IntRange(at, len(m.Raw)).Draw(t, "gap"), N: rapid.Int64Range(1, 1<<40).Draw(t, "elided bytes")}
		m.Gaps = append(m.Gaps, g)
		m.Elided += g.N
		at = g.At + 1
	}
	return m
}

func parsed(m *decode.Message) *syntax.Node {
	if m.Dir == capture.ClientToServer {
		return syntax.ParseRequest(&m.Message)
	}
	return syntax.ParseResponse(&m.Message)
}

// TestTreeProperties checks that rows are a tree in preorder, each within its parent, and
// that the deepest row of a byte covers it.
func TestTreeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMessage(t)
		var o Options
		tree := o.Tree(m, parsed(m))
		var open []TreeRow
		for i := range tree.Len() {
			r := tree.Row(i)
			if r.Depth > len(open) || (i == 0) != (r.Depth == 0) {
				t.Fatalf("row %d: depth %d below %d rows", i, r.Depth, len(open))
			}
			if r.End <= i || r.End > tree.Len() || r.HasKids != (r.End > i+1) {
				t.Fatalf("row %d of %d: end %d, kids %t", i, tree.Len(), r.End, r.HasKids)
			}
			open = open[:r.Depth]
			if r.Depth > 0 {
				p := open[r.Depth-1]
				if r.Span.Start < p.Span.Start || r.Span.End > p.Span.End || r.End > p.End || !p.HasKids {
					t.Fatalf("row %d %+v is not within its parent %+v", i, r, p)
				}
			}
			for _, s := range []string{r.Kind, r.Role, r.Excerpt, r.Err} {
				if Inert(s) != s || len(s) > 1000 {
					t.Fatalf("row %d: %q", i, s)
				}
			}
			open = append(open, r)
		}
		for off := -1; off <= len(m.Raw); off++ {
			i := tree.NodeAt(off)
			if (i >= 0) != (off >= 0 && off < len(m.Raw)) {
				t.Fatalf("byte %d of %d: row %d", off, len(m.Raw), i)
			}
			if i < 0 {
				continue
			}
			r := tree.Row(i)
			if off < r.Span.Start || off >= r.Span.End {
				t.Fatalf("byte %d: row %+v", off, r)
			}
			for k := i + 1; k < r.End; k++ {
				if s := tree.Row(k).Span; s.Start <= off && off < s.End {
					t.Fatalf("byte %d: row %d, but row %d below it covers it too", off, i, k)
				}
			}
		}
	})
}

// TestTreeBound checks that the Tree of a message of very many words is bounded.
func TestTreeBound(t *testing.T) {
	raw := []byte("* SEARCH" + strings.Repeat(" 7", MaxTree+1000) + "\r\n")
	w, _ := wire.Split(raw, false)
	m := &decode.Message{Dir: capture.ServerToClient, Kind: decode.Untagged, Message: *w}
	var o Options
	tree := o.Tree(m, parsed(m))
	if tree.Len() != MaxTree || tree.Omitted != 1003 { // tag, name and message are rows too
		t.Errorf("%d rows, %d omitted", tree.Len(), tree.Omitted)
	}
	if i := tree.NodeAt(len(raw) - 4); i != 0 {
		t.Errorf("the last number is in row %d", i)
	}
	if r := tree.Row(0); r.End != MaxTree {
		t.Errorf("the message ends at row %d", r.End)
	}
}

// TestTreeAndHexHideSecrets checks that a secret from either side is in no row of a tree
// and in no byte of a hex dump.
func TestTreeAndHexHideSecrets(t *testing.T) {
	const secret = "Sup3rSecr3t"
	for _, c := range []struct{ name, script string }{
		{"login", "S: * OK hi\nC: a LOGIN fred " + secret + "\nS: a NO " + secret + " is wrong"},
		{"literal", "S: * OK hi\nC: a LOGIN {4}\nS: + go on\nC: fred {11}\nS: + go on\nC: " + secret + "\nS: a OK welcome " + secret},
		{"sasl", "S: * OK hi\nC: a AUTHENTICATE PLAIN\nS: + \nC: " + secret + "\nS: a NO no such user " + secret},
		{"no tag", "S: * OK hi\nC: LOGIN fred " + secret + "\nS: * BAD LOGIN fred " + secret},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := func(o Options) string {
				var b strings.Builder
				messages(t, c.script, func(m *decode.Message, root *syntax.Node) {
					tree, hex := o.Tree(m, root), o.Hex(m)
					for i := range tree.Len() {
						fmt.Fprintln(&b, tree.Row(i).Excerpt)
					}
					for i := range hex.Len() {
						r := hex.Row(i)
						for _, c := range r.Cells() {
							b.WriteByte(c.Char)
						}
					}
				})
				return b.String()
			}
			if s := shown(Options{}); strings.Contains(s, secret) || !strings.Contains(s, strings.Repeat("*", len(secret))) {
				t.Errorf("without ShowSecrets:\n%s", s)
			}
			if s := shown(Options{ShowSecrets: true}); strings.Count(s, secret) < 3 {
				t.Errorf("with ShowSecrets:\n%s", s)
			}
		})
	}
	t.Run("without its transaction", func(t *testing.T) {
		messages(t, "S: * OK hi\nC: a LOGIN fred "+secret, func(m *decode.Message, root *syntax.Node) {
			c := *m
			c.Txn = nil
			if i := (Options{}).Tree(&c, root); i.Row(i.Len()-1).Excerpt == secret {
				t.Error(i.Row(i.Len() - 1))
			}
		})
	})
}
