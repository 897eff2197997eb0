package panes

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/ui/view"
)

// shown is what a row of cells shows.
func shown(s tcell.SimulationScreen, y int) string {
	cells, w, _ := s.GetContents()
	var b strings.Builder
	for _, c := range cells[y*w : (y+1)*w] {
		b.WriteString(string(c.Runes))
	}
	return strings.TrimRight(b.String(), " \x00")
}

func newScreen(t testing.TB, w, h int) tcell.SimulationScreen {
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.SetSize(w, h)
	return s
}

// tags are texts that tview would take for its own.
var tags = []string{
	"[red]x[-]", "[red", "[:red]", "[::b]x", `["region"]x[""]`, "[red[]", "[[red]", "[:::https://x.example/]link[:::-]",
	"[#ff0000]x", "[-:-:-:-]", "[]", "[:]", "[[:]red]", "[", "[[", "]", "[a]b[c]", "[READ-WRITE] done", "BODY[HEADER]", "[yellow:red:u]",
}

// printed is what tview's printing leaves of a text, and how it is styled.
func printed(t testing.TB, text string) (string, tcell.Style) {
	s := newScreen(t, 200, 1)
	defer s.Fini()
	tview.Print(s, Untag(text), 0, 0, 200, tview.AlignLeft, tcell.ColorDefault)
	s.Show()
	cells, _, _ := s.GetContents()
	for _, c := range cells {
		if c.Style != cells[0].Style && c.Style != tcell.StyleDefault {
			return shown(s, 0), c.Style
		}
	}
	return shown(s, 0), tcell.StyleDefault
}

func TestUntag(t *testing.T) {
	for _, text := range tags {
		got, style := printed(t, text)
		if got != text || style != tcell.StyleDefault {
			t.Errorf("%q is shown as %q in %v", text, got, style)
		}
		if n := tview.TaggedStringWidth(Untag(text)); n != len(text) {
			t.Errorf("%q is %d wide", text, n)
		}
	}
}

func FuzzUntag(f *testing.F) {
	for _, s := range tags {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 150 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= utf8.RuneSelf }) {
			return // not what view.Inert lets through, or wider than it looks
		}
		text = strings.Trim(text, " \x7f")
		if strings.Contains(text, "\x7f") {
			return
		}
		if got, style := printed(t, text); got != text || style != tcell.StyleDefault {
			t.Fatalf("%q is shown as %q in %v", text, got, style)
		}
	})
}

func TestWrapSpans(t *testing.T) {
	var th Theme
	for _, c := range []struct {
		text  string // of several spans, divided by |
		width int
		want  string // its lines, divided by /
	}{
		{"one two three", 7, "one two/three"},
		{"one| |two", 10, "one two"},
		{"wo|rd and", 4, "word/and"},
		{"(|code|).", 7, "(code)."},
		{"a |(code|) b", 7, "a/(code)/b"},
		{"", 5, ""},
		{"longerthanwide x", 4, "longerthanwide/x"},
		{" lead  two", 20, "lead two"},
	} {
		var spans []Span
		for _, s := range strings.Split(c.text, "|") {
			spans = append(spans, Span{s, th.Plain})
		}
		var got []string
		for _, l := range wrapSpans(spans, c.width) {
			var b strings.Builder
			for _, s := range l {
				b.WriteString(s.Text)
			}
			got = append(got, b.String())
		}
		if strings.Join(got, "/") != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// TestDrawKeepsColumns: what follows a text is drawn as many columns behind it as the
// text takes on a terminal, and each column's cell is as wide as tcell takes it for.
func TestDrawKeepsColumns(t *testing.T) {
	for _, text := range []string{"plain", "\U0001F1E9\U0001F1EA flag", "กำ กี", "\U0001F44D\U0001F3FD", "日本", "e\u0301", "\u1100\u1161\u11a8", "क\u093f"} {
		s := newScreen(t, 40, 1)
		Line{{Text: text}, {Text: "|"}}.Draw(s, 0, 0, 40, 0, tcell.StyleDefault, false)
		s.Show()
		got := ""
		x := 0
		for x < 40 {
			r, marks, _, w := s.GetContent(x, 0)
			if r == '|' {
				break
			}
			got += string(r) + string(marks)
			x += w
		}
		if x != view.Width(text) || got != text {
			t.Errorf("%q is drawn as %q; what follows is at column %d, not %d", text, got, x, view.Width(text))
		}
	}
}
