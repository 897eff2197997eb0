package panes

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"imapscope/samples/lesson"
	"imapscope/ui/learn"
	"imapscope/ui/view"
)

// Lesson is the text of a lesson, a step at a time.
type Lesson struct {
	*Pager
	width int
	page  learn.Page
}

// NewLesson returns the pane of a lesson that is at a page.
func NewLesson(t *Theme, p learn.Page) *Lesson { return &Lesson{Pager: NewPager(t), page: p} }

// Page returns what is shown.
func (g *Lesson) Page() *learn.Page { return &g.page }

// Show shows a page: another step from its beginning, the same one where it is, or at the
// reaction to an answer.
func (g *Lesson) Show(p learn.Page) {
	was, top := g.page.At, g.top
	g.page = p
	g.Pager.Show(g.lines(max(g.width, 1)), 0)
	if was == p.At {
		g.top, g.at = top, top
		if p.Said != "" {
			g.at = g.content.Len() - 1
		}
	}
}

// Name implements Pane.
func (g *Lesson) Name() string { return "Lesson" }

// Columns implements Pane.
func (g *Lesson) Columns() []Column { return nil }

// Open implements Pane.
func (g *Lesson) Open() Goal { return Goal{} }

// Back implements Pane.
func (g *Lesson) Back() bool { return false }

// Click implements Pane.
func (g *Lesson) Click(int) {}

// Height returns how many rows the text takes.
func (g *Lesson) Height() int { return g.content.Len() }

// Draw implements tview.Primitive.
func (g *Lesson) Draw(s tcell.Screen) {
	if _, _, w, _ := g.GetInnerRect(); w != g.width {
		g.width = w
		g.content = g.lines(w)
	}
	g.Pager.Draw(s)
	if more := (Line{{" ▼ more: Space ", g.theme.Strong}}); g.more() {
		// On the title's line, which was drawn before it was known how much fits.
		x, y, w, _ := g.GetInnerRect()
		more.Draw(s, x+max(w-more.Width(), 0), y-1, more.Width(), 0, g.theme.Plain, false)
	}
}

// How many columns are left free on either side of the text.
const (
	guideIndent   = 1
	presentIndent = 4 // for a class, which reads from afar
)

// lines returns the page's text for a width.
func (g *Lesson) lines(width int) Lines {
	p, th := &g.page, g.theme
	var out Lines
	indent := guideIndent
	if p.Presented {
		indent, out = presentIndent, Lines{nil}
	}
	width = max(width-2*indent, 10)
	add := func(hang int, first string, spans ...Span) {
		for i, l := range wrapSpans(spans, width-hang) {
			lead := strings.Repeat(" ", indent+hang)
			if i == 0 && first != "" {
				lead = strings.Repeat(" ", indent) + Fit(first, hang, false)
			}
			out = append(out, append(Line{{lead, th.Plain}}, l...))
		}
	}
	add(0, "", Span{p.Heading, th.Strong.Underline(true)})
	out = append(out, nil)
	for i, t := range p.Text {
		if i > 0 && (p.Presented || !(t.Item && p.Text[i-1].Item)) {
			out = append(out, nil)
		}
		if spans := g.styled(t.Spans); t.Item {
			add(2, "•", spans...)
		} else {
			add(0, "", spans...)
		}
	}
	if p.Ask != "" {
		out = append(out, nil)
		add(2, "?", Span{p.Ask, th.Strong})
		for i, c := range p.Choices {
			add(5, fmt.Sprintf("  %d", i+1), Span{c, th.Plain})
		}
	}
	for i, answer := range p.Revealed {
		if i == 0 {
			out = append(out, nil)
		}
		add(2, "=", Span{answer, th.Ok})
	}
	if p.Said != "" {
		mark, style := g.verdict()
		out = append(out, nil)
		add(2, mark, Span{view.Inert(p.Said), style})
	}
	for i, note := range p.Notes {
		if i == 0 {
			out = append(out, nil)
			add(0, "", Span{"Notes", th.Faint.Underline(true)})
		}
		add(2, "›", Span{note, th.Faint})
	}
	out = append(out, nil)
	add(0, "", g.keys()...)
	return out
}

// verdict returns the mark of what was said about an answer.
func (g *Lesson) verdict() (mark string, style tcell.Style) {
	if g.page.Right {
		return "✓", g.theme.Ok
	}
	return "·", g.theme.Plain
}

// styled returns the spans of a paragraph in the colours of the theme.
func (g *Lesson) styled(text []lesson.Span) []Span {
	var spans []Span
	for _, w := range text {
		style := g.theme.Plain
		switch w.Style {
		case lesson.Code:
			style = g.theme.Word
		case lesson.Emphasis:
			style = g.theme.Strong
		}
		spans = append(spans, Span{w.Text, style})
	}
	return spans
}

// Title implements Pane: the current step.
func (g *Lesson) Title() Line {
	text := " " + g.page.Title
	if !g.page.Through {
		text = fmt.Sprintf(" step %d of %d  %s", g.page.At, g.page.Of, g.page.Title)
	}
	return Line{{text, g.theme.Plain}}
}

// more reports whether some of the text is below the pane.
func (g *Lesson) more() bool { return g.height > 0 && g.top+g.height < g.content.Len() }

// Scroll shows what is below the pane, and reports whether there was more.
func (g *Lesson) Scroll() bool {
	if !g.more() {
		return false
	}
	g.at = min(g.top+2*g.height-2, g.content.Len()-1) // Draw scrolls there
	return true
}

// presentKeys returns the keys that are useful next to a teacher.
func (g *Lesson) presentKeys(key func(k, what string) []Span) []Span {
	p := &g.page
	out := key("Space", "reveals")
	if p.Answered {
		out = key("Space", "goes on")
	} else if p.Wants == lesson.Type {
		out = append(out, key("!", "types")...)
	} else {
		out = append(out, key("A", "answers")...)
	}
	if p.HasNotes {
		out = append(out, key("O", "notes")...)
	}
	if p.At > 1 {
		out = append(out, key("<", "back")...)
	}
	return out
}

// keys returns the keys that are useful next.
func (g *Lesson) keys() []Span {
	th := g.theme
	key := func(k, what string) []Span { return []Span{{k, th.Key}, {" " + what + "  ", th.Faint}} }
	p := &g.page
	var out []Span
	if p.Presented && !p.Through {
		return g.presentKeys(key)
	}
	switch {
	case p.Through:
		out = append(key("Space", "to the next lesson"), key("<", "back")...)
		return append(out, key("Q", "quits")...)
	case p.Answered:
		out = key("Space", "goes on")
	case p.Wants == lesson.Find:
		out = append(key("Space", "answers with the one under the cursor"), key("H", "hint")...)
	case p.Wants == lesson.Type:
		out = append(key("Space", "types a command"), key("H", "hint")...)
	default:
		out = append(key("Space", "answers"), key("H", "hint")...)
	}
	if p.Answered && p.Wants == lesson.Type {
		out = append(out, key("!", "types more")...)
	}
	if p.At > 1 {
		out = append(out, key("<", "back")...)
	}
	if !p.Answered {
		out = append(out, key(">", "skips")...)
	}
	return out
}
