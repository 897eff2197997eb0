package wire

import (
	"fmt"
	"strings"
	"testing"
)

// tokens splits m as a grammar without words would: blanks, quoted strings,
// literals, single marks, words.
func tokens(m *Message) []string {
	ends := SetOf(` ()"`)
	var l Lexer
	l.Init(m)
	var out []string
	for {
		for !l.Done() {
			from := l.Pos()
			kind := "word"
			switch c := l.Peek(); {
			case l.AtLiteral():
				l.Literal()
				kind = "literal"
			case c == ' ':
				l.Spaces()
				kind = "sp"
			case c == '"':
				if _, closed := l.Quoted(); !closed {
					kind = "open "
				} else {
					kind = ""
				}
				kind += "quoted"
			case c == '(' || c == ')':
				l.Byte(c)
				kind = "mark"
			default:
				l.Until(ends)
			}
			out = append(out, fmt.Sprintf("%s %q", kind, m.Raw[from:l.Pos()]))
		}
		if !l.Resume() {
			break
		}
		out = append(out, "gap")
	}
	if s := l.LineEnd(); s.Len() > 0 {
		out = append(out, fmt.Sprintf("end %q", s.Of(m.Raw)))
	}
	return out
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		in     string
		client bool
		want   string
	}{
		{"A003 FETCH 2:4 ALL\r\n", true, `word "A003"|sp " "|word "FETCH"|sp " "|word "2:4"|sp " "|word "ALL"|end "\r\n"`},
		{"a  b\n", true, `word "a"|sp "  "|word "b"|end "\n"`},
		{"", true, ""},
		{"\r\n", false, `end "\r\n"`},
		{"a\r", true, `word "a\r"`},
		{"* X (\"a b\" \"c \\\" d\")\r\n", false, `word "*"|sp " "|word "X"|sp " "|mark "("|quoted "\"a b\""|sp " "|quoted "\"c \\\" d\""|mark ")"|end "\r\n"`},
		{"* X \"a b\r\n", false, `word "*"|sp " "|word "X"|sp " "|open quoted "\"a b"|end "\r\n"`},
		{"* X \"a\\\r\n", false, `word "*"|sp " "|word "X"|sp " "|open quoted "\"a\\"|end "\r\n"`},
		{"* X {3}\r\n\r\nb c {2}\r\n", false, `word "*"|sp " "|word "X"|sp " "|literal "{3}\r\n\r\nb"|sp " "|word "c"|sp " "|literal "{2}\r\n"`},
		{"* X {2}\r\na\n", false, `word "*"|sp " "|word "X"|sp " "|literal "{2}\r\na\n"`},
		{"a X {1+}\r\n  {2}\r\nab\r\n", true, `word "a"|sp " "|word "X"|sp " "|literal "{1+}\r\n "|sp " "|literal "{2}\r\nab"|end "\r\n"`},
	} {
		m, n := Split([]byte(c.in), c.client)
		if n != len(c.in) {
			t.Errorf("%q is more than one message", c.in)
		}
		if got := strings.Join(tokens(m), "|"); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

// TestTokensAtGap checks that a gap inside one literal does not matter to a grammar,
// and any other ends the line.
func TestTokensAtGap(t *testing.T) {
	lit := func(h0, h1, b1 int, size int64) Literal {
		return Literal{Head: Span{h0, h1}, Body: Span{h1, b1}, Size: size}
	}
	for _, c := range []struct {
		name string
		m    Message
		want string
	}{
		{"inside a literal", Message{Raw: []byte("x {9}\r\nab y\n"), Gaps: []Gap{{8, 7}}, Elided: 7, Literals: []Literal{lit(2, 7, 9, 9)}},
			`word "x"|sp " "|literal "{9}\r\nab"|sp " "|word "y"|end "\n"`},
		{"the end of a literal", Message{Raw: []byte("x {9}\r\nab y\n"), Gaps: []Gap{{9, 7}}, Elided: 7, Literals: []Literal{lit(2, 7, 9, 9)}},
			`word "x"|sp " "|literal "{9}\r\nab"|sp " "|word "y"|end "\n"`},
		{"beyond a literal", Message{Raw: []byte("x {9}\r\nab y\n"), Gaps: []Gap{{9, 8}}, Elided: 8, Literals: []Literal{lit(2, 7, 9, 9)}},
			`word "x"|sp " "|literal "{9}\r\nab"|gap|sp " "|word "y"|end "\n"`},
		{"words", Message{Raw: []byte("12345 6\n"), Gaps: []Gap{{3, 1}}, Elided: 1}, `word "123"|gap|word "45"|sp " "|word "6"|end "\n"`},
		{"an announcement", Message{Raw: []byte("x {ab y\n"), Gaps: []Gap{{3, 9}}, Elided: 9, Literals: []Literal{lit(2, 3, 5, 9)}},
			`word "x"|sp " "|literal "{ab"|gap|sp " "|word "y"|end "\n"`},
		{"an announcement whole", Message{Raw: []byte("x ab y\n"), Gaps: []Gap{{2, 9}}, Elided: 9, Literals: []Literal{lit(2, 2, 4, 9)}},
			`word "x"|sp " "|gap|literal "ab"|sp " "|word "y"|end "\n"`},
		{"literals whole", Message{Raw: []byte("x y\n"), Gaps: []Gap{{2, 9}}, Elided: 9, Literals: []Literal{lit(2, 2, 2, 9), lit(2, 2, 2, 9)}},
			`word "x"|sp " "|gap|word "y"|end "\n"`},
		{"nonsense", Message{Raw: []byte("x y\n"), Gaps: []Gap{{99, 9}}, Elided: 9, Literals: []Literal{lit(-1, 2, 3, 9), lit(2, 1, 9, 9), lit(2, 3, 99, 9)}},
			`word "x"|sp " "|word "y"|end "\n"`},
	} {
		if got := strings.Join(tokens(&c.m), "|"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		in     string
		client bool
		n      int
		sizes  string
	}{
		{"a NOOP\r\nb NOOP\r\n", true, 8, "[]"},
		{"a LOGIN {4}\r\nfred {6}\r\nsecret\r\nb", true, 31, "[4 6]"},
		{"a LOGIN \"{4}\r\n", true, 14, "[]"},
		{"* OK text {4}\r\n", false, 15, "[]"},
		{"+ {4}\r\n", false, 7, "[]"},
		{"a NO {4}\r\n", false, 10, "[]"},
		{"* 1 FETCH (RFC822 {4}\r\na\r\n", false, 26, "[4]"},
		{"a NOOP", true, 6, "[]"},
		{"", true, 0, "[]"},
	} {
		m, n := Split([]byte(c.in), c.client)
		var sizes []int64
		for _, l := range m.Literals {
			sizes = append(sizes, l.Size)
		}
		if got := fmt.Sprint(sizes); n != c.n || got != c.sizes || string(m.Raw) != c.in[:n] {
			t.Errorf("%q: %d bytes, literals %s, raw %q", c.in, n, got, m.Raw)
		}
	}
	m, _ := Split([]byte("* 1 FETCH (RFC822 {4}\r\nab"), false)
	if s := m.Literals[0].State; s != Partial {
		t.Errorf("a literal cut short is %v", s)
	}
}
