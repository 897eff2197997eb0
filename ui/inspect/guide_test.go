package inspect

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// pages is a Guide whose answers are all right but "wrong"; it notes what it is told.
type pages struct {
	mu      sync.Mutex
	pages   []Page
	at      int
	version uint64
	told    []string
}

func (g *pages) change(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.version++
	g.told = append(g.told, what)
}

func (g *pages) turn(by int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at+by < 0 || g.at+by >= len(g.pages) {
		return false
	}
	g.at += by
	g.version++
	return true
}

func (g *pages) judge(what, text string) {
	g.change(what + " " + text)
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &g.pages[g.at]
	p.Answered = p.Answered || text != "wrong"
	p.Right, p.Said = text != "wrong", map[bool]string{true: "That is it.", false: "Not that: look again."}[text != "wrong"]
}

func (g *pages) Page() Page {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pages[g.at]
	p.Title, p.At, p.Of = "A lesson", g.at+1, len(g.pages)
	return p
}

func (g *pages) Version() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.version
}

func (g *pages) Next() bool         { return g.turn(1) }
func (g *pages) Back() bool         { return g.turn(-1) }
func (g *pages) Skip() bool         { return g.turn(1) }
func (g *pages) Hint()              { g.change("hint") }
func (g *pages) Answer(text string) { g.judge("answer", text) }
func (g *pages) Found(conn, n int)  { g.judge("found", fmt.Sprintf("%d/%d", conn, n)) }
func (g *pages) Type(line string)   { g.judge("type", line) }

// toldLast waits until the guide was told something.
func (d *driver) toldLast(g *pages, want string) *driver {
	d.t.Helper()
	d.until(func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.told) > 0 && g.told[len(g.told)-1] == want
	}, "tells the guide %q", want)
	return d
}

func words(text string) []Words { return []Words{{Text: text}} }

// pointAt points at a word in the first message of an exchange that has it.
func pointAt(conn, n int, text string) *Point {
	return &Point{Conn: conn, N: n, In: func(messages []*decode.Message) (int, wire.Span) {
		for i, m := range messages {
			if at := bytes.Index(m.Raw, []byte(text)); at >= 0 {
				return i, wire.Span{Start: at, End: at + len(text)}
			}
		}
		return -1, wire.Span{}
	}}
}

func lessonOf(p ...Page) *pages { return &pages{pages: p} }

// taught opens a lesson beside a recording.
func taught(t *testing.T, w, h int, g *pages) *driver {
	t.Helper()
	return openSource(t, w, h, pcap.Files([]string{"../../samples/" + mtest}, pcap.Options{}), Options{Source: "A lesson", Guide: g})
}

var counting = Page{
	Heading: "How many there are",
	Text: []Paragraph{
		{Words: []Words{
			{Text: "Before the answer to "},
			{Text: "SELECT", Code: true},
			{Text: " come lines with a star. One of them says how many messages there are, "},
			{Text: "all", Emphasis: true},
			{Text: " of them, read or not."},
		}},
		{Item: true, Words: words("RECENT counts those that came since the last time")},
		{Item: true, Words: words("EXISTS counts them all")},
	},
	Ask: "Which word says it?", Choices: []string{"EXISTS", "RECENT"},
	Wants: WantsAnswer, Point: pointAt(1, 2, "EXISTS"),
}

// TestLessonPane takes a lesson as a student does: with wrong answers and hints, back
// and on again.
func TestLessonPane(t *testing.T) {
	g := lessonOf(
		counting,
		Page{Heading: "Which was it?", Text: []Paragraph{{Words: words("Now find the first FETCH.")}}, Ask: "Put the cursor on it.", Wants: WantsTransaction},
		Page{Heading: "Your turn", Text: []Paragraph{{Words: words("Say something.")}}, Wants: WantsLine, Prompt: "to the server: "},
		Page{Heading: "You are through", Through: true, Text: []Paragraph{{Words: words("That was all.")}}},
	)
	d := taught(t, 120, 40, g)
	d.sees("Lesson  step 1 of 4  A lesson", "How many there are", "• EXISTS counts them all", "2  RECENT")
	d.until(func() bool { return strings.Contains(d.reversed(), "EXISTS") }, "is shown EXISTS")
	d.press("<").sees("this is the first step")
	d.press("H").toldLast(g, "hint")
	d.press("!").sees("here nothing is typed")
	d.press(" ").sees("your answer:").press("Enter").sees("Which word says it")
	d.press(" ").types("wrong").press("Enter").sees("· Not that: look again.", "Space answers")
	d.press(" ").types("EXISTS").press("Enter").sees("✓ That is it.", "Space goes on").toldLast(g, "answer EXISTS")

	d.press(" ").sees("step 2 of 4", "Space says: it is the one under the cursor")
	d.press("g", "j", "j").on("A00002").press(" ").toldLast(g, "found 1/3").sees("✓")
	d.press("<").sees("step 1 of 4", "✓ That is it.")
	d.press(">", ">").sees("step 3 of 4", "Space types a command")

	d.press(" ").sees("to the server:").types("NOOP").press("Enter").toldLast(g, "type NOOP").sees("! types more")
	d.press("!").sees("to the server:").types("CHECK").press("Enter").toldLast(g, "type CHECK")
	d.press(" ").sees("You are through", "Lesson  A lesson").misses("step 4").press(" ").ends()
}

// reversed is all that stands out.
func (d *driver) reversed() string {
	var b strings.Builder
	d.do(func() {
		cells, _, _ := d.screen.GetContents()
		for _, c := range cells {
			if _, _, attr := c.Style.Decompose(); attr&tcell.AttrReverse != 0 {
				b.WriteString(string(c.Runes))
			}
		}
	})
	return b.String()
}

// TestLongStep: on a screen on which the text has no room, Space shows the rest of it
// before it answers.
func TestLongStep(t *testing.T) {
	long := counting
	for i := range 20 {
		long.Text = append(long.Text, Paragraph{Words: words(fmt.Sprintf("Paragraph %d of what there is to say.", i+1))})
	}
	d := taught(t, 80, 24, lessonOf(long))
	d.sees("How many there are", "Space").misses("Which word says it")
	for range 40 {
		if strings.Contains(d.settled(), "Space answers") {
			break
		}
		d.press(" ")
	}
	d.sees("Which word says it", "2  RECENT").press(" ").sees("your answer:")
}

// TestLessonThatHides: what check finds is not shown before a step that shows it.
func TestLessonThatHides(t *testing.T) {
	g := lessonOf(Page{Heading: "Find the fault", Blind: true}, Page{Heading: "There", Tab: "findings"})
	d := openSource(t, 120, 40, pcap.Files([]string{"../../samples/raw-errors--imap-1.pcap"}, pcap.Options{}), Options{Source: "A lesson", Guide: g})
	d.sees("Find the fault").misses("What to do").press("5").misses("What to do", "RFC 1176, \"Conv")
	d.press(">").sees("There").press(".").sees("What to do")
}

func TestWrapSpans(t *testing.T) {
	var th theme
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
		var spans []span
		for _, s := range strings.Split(c.text, "|") {
			spans = append(spans, span{s, th.plain})
		}
		var got []string
		for _, l := range wrapSpans(spans, c.width) {
			var b strings.Builder
			for _, s := range l {
				b.WriteString(s.text)
			}
			got = append(got, b.String())
		}
		if strings.Join(got, "/") != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
