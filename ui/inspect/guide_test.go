package inspect

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture/pcap"
	"imapscope/samples/lesson"
	"imapscope/ui/learn"
)

// pages is a Guide that accepts every answer but "wrong"; it records its calls.
type pages struct {
	mu      sync.Mutex
	pages   []learn.Page
	at      int
	version uint64
	calls   []string
}

func (g *pages) change(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.version++
	g.calls = append(g.calls, what)
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

func (g *pages) Page() learn.Page {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pages[g.at]
	p.Title, p.At, p.Of = "A lesson", g.at+1, len(g.pages)
	return p
}

func (g *pages) Reveal() bool {
	g.change("reveal")
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &g.pages[g.at]
	p.Answered, p.Revealed = true, []string{"the answer"}
	return true
}

func (g *pages) Notes() {
	g.change("notes")
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &g.pages[g.at]
	if p.Notes == nil {
		p.Notes = []string{"Ask the class first."}
	} else {
		p.Notes = nil
	}
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

// lastCall waits until the guide's last call is the one given.
func (d *driver) lastCall(g *pages, want string) *driver {
	d.t.Helper()
	d.until(func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.calls) > 0 && g.calls[len(g.calls)-1] == want
	}, "calls the guide with %q", want)
	return d
}

func words(text string) []lesson.Span { return []lesson.Span{{Text: text}} }

func lessonOf(p ...learn.Page) *pages { return &pages{pages: p} }

// taughtAt opens a lesson next to a recording.
func taughtAt(t *testing.T, w, h int, g *pages) *driver {
	t.Helper()
	return openSource(t, w, h, pcap.Files([]string{"../../samples/" + mtest}, pcap.Options{}), Options{Source: "A lesson", Guide: g})
}

var counting = learn.Page{
	Heading: "How many there are",
	Text: []lesson.Block{
		{Spans: []lesson.Span{
			{Text: "Before the answer to "},
			{Text: "SELECT", Style: lesson.Code},
			{Text: " come lines with a star. One of them says how many messages there are, "},
			{Text: "all", Style: lesson.Emphasis},
			{Text: " of them, read or not."},
		}},
		{Item: true, Spans: words("RECENT counts those that came since the last time")},
		{Item: true, Spans: words("EXISTS counts them all")},
	},
	Ask: "Which word says it?", Choices: []string{"EXISTS", "RECENT"},
	Wants: lesson.Ask, Point: lesson.Place{Conn: 1, Txn: 2, Word: "EXISTS", Octet: -1},
}

// TestLessonPane takes a lesson as a student does: with wrong answers and hints, backwards
// and forwards.
func TestLessonPane(t *testing.T) {
	g := lessonOf(
		counting,
		learn.Page{Heading: "Which was it?", Text: []lesson.Block{{Spans: words("Now find the first FETCH.")}}, Ask: "Put the cursor on it.", Wants: lesson.Find},
		learn.Page{Heading: "Your turn", Text: []lesson.Block{{Spans: words("Say something.")}}, Wants: lesson.Type, Prompt: "to the server: "},
		learn.Page{Heading: "Lesson finished", Through: true, Text: []lesson.Block{{Spans: words("That was all.")}}},
	)
	d := taughtAt(t, 120, 40, g)
	d.sees("Lesson  step 1 of 4  A lesson", "How many there are", "• EXISTS counts them all", "2  RECENT")
	d.until(func() bool { return strings.Contains(d.reversed(), "EXISTS") }, "is shown EXISTS")
	d.press("<").sees("this is the first step")
	d.press("H").lastCall(g, "hint")
	d.press("!").sees("this step has nothing to type")
	d.press(" ").sees("your answer:").press("Enter").sees("Which word says it")
	d.press(" ").types("wrong").press("Enter").sees("· Not that: look again.", "Space answers")
	d.press(" ").types("EXISTS").press("Enter").sees("✓ That is it.", "Space goes on").lastCall(g, "answer EXISTS")

	d.press(" ").sees("step 2 of 4", "Space answers with the one under the cursor")
	d.press("g", "j", "j").on("A00002").press(" ").lastCall(g, "found 1/3").sees("✓")
	d.press("<").sees("step 1 of 4", "✓ That is it.")
	d.press(">", ">").sees("step 3 of 4", "Space types a command")

	d.press(" ").sees("to the server:").types("NOOP").press("Enter").lastCall(g, "type NOOP").sees("! types more")
	d.press("!").sees("to the server:").types("CHECK").press("Enter").lastCall(g, "type CHECK")
	d.press(" ").sees("Lesson finished", "Lesson  A lesson").misses("step 4").press(" ").ends()
}

// reversed returns all highlighted text.
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

// On a screen too small for the text, Space shows the rest of it before it answers.
func TestSpaceScrollsALongStepFirst(t *testing.T) {
	long := counting
	for i := range 20 {
		long.Text = append(long.Text, lesson.Block{Spans: words(fmt.Sprintf("Paragraph %d of what there is to say.", i+1))})
	}
	d := taughtAt(t, 80, 24, lessonOf(long))
	d.sees("How many there are", "Space").misses("Which word says it")
	for range 40 {
		if strings.Contains(d.settled(), "Space answers") {
			break
		}
		d.press(" ")
	}
	d.sees("Which word says it", "2  RECENT").press(" ").sees("your answer:")
}

// Findings are hidden before the step that shows them.
func TestLessonHidesFindings(t *testing.T) {
	g := lessonOf(learn.Page{Heading: "Find the fault", Blind: true}, learn.Page{Heading: "There", Tab: "findings"})
	d := openSource(t, 120, 40, pcap.Files([]string{"../../samples/raw-errors--imap-1.pcap"}, pcap.Options{}), Options{Source: "A lesson", Guide: g})
	d.sees("Find the fault").misses("What to do").press("5").misses("What to do", "RFC 1176, \"Conv")
	d.press(">").sees("There").press(".").sees("What to do")
}

// A lesson that is presented has room, and Space reveals the answer before it goes on; O shows the notes.
func TestPresentedLesson(t *testing.T) {
	page := counting
	page.Presented, page.HasNotes = true, true
	g := lessonOf(page, learn.Page{Heading: "The next step", Presented: true})
	d := taughtAt(t, 160, 40, g)
	d.sees("Which word says it", "Space reveals", "O notes").misses("Ask the class first", "= the answer")
	d.press("O").sees("Notes", "Ask the class first").press("O").misses("Ask the class first")
	d.press(" ").lastCall(g, "reveal").sees("= the answer", "Space goes on")
	d.press(" ").sees("The next step")
	taughtAt(t, 120, 40, lessonOf(counting)).press("O").sees("notes are shown by imapscope learn --present")
}
