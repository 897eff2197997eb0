package inspect

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gdamore/tcell/v2"

	"imapscope/decode"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

// Guide is a lesson beside what is shown: a text in steps, some of which point at
// something, and some of which ask. Its methods do not wait.
type Guide interface {
	Page() Page
	Version() uint64 // changes whenever Page does
	Next() bool      // false if the step still asks, or if it was the last
	Back() bool
	Skip() bool
	Hint()
	Answer(text string)
	Found(conn, n int) // a transaction, of a connection counted from 1; 0 is its greeting
	Type(line string)
}

// Page is one step of a Guide.
type Page struct {
	Title    string // of the lesson
	At, Of   int    // the step, from 1, of how many
	Heading  string
	Text     []Paragraph
	Ask      string
	Choices  []string
	Wants    Want
	Prompt   string // of what is to be typed
	Answered bool
	Said     string // what came of the last answer
	Right    bool
	Tab      string // to open: "tree"; empty if it is all the same
	Point    *Point // nil: at nothing
	Blind    bool   // findings are not to be shown yet
	Through  bool   // there is no step any more
}

// Want is what a step wants.
type Want int

// The wants.
const (
	WantsNothing     Want = iota
	WantsAnswer           // in words, or one of the choices
	WantsTransaction      // under the cursor
	WantsLine             // a line to the server
)

// Paragraph is words, or an item of a list.
type Paragraph struct {
	Item  bool
	Words []Words
}

// Words are set in one style.
type Words struct {
	Text           string
	Code, Emphasis bool
}

// Point is a place in a conversation.
type Point struct {
	Conn int // counted from 1
	N    int // of the transaction; 0 is the greeting
	// In finds the place in the messages of the exchange: the index of a message,
	// below 0 if it is all of it, and of that message's Raw a stretch, which may be
	// empty.
	In func([]*decode.Message) (int, wire.Span)
}

// guidePane is the pane of the lesson's text.
type guidePane struct {
	*pager
	x     *inspector
	width int
	seen  uint64 // the Guide's version of what is shown
	page  Page
	shown int         // the step that was pointed at
	lost  bool        // its place was not there yet
	blind atomic.Bool // findings are not to be shown; searches ask, too
}

func newGuide(x *inspector) *guidePane {
	g := &guidePane{pager: newPager(&x.theme), x: x, shown: -1}
	if x.Guide != nil {
		g.page = x.Guide.Page()
		g.blind.Store(g.page.Blind)
	}
	return g
}

// Draw implements tview.Primitive.
func (g *guidePane) Draw(s tcell.Screen) {
	if _, _, w, _ := g.GetInnerRect(); w != g.width {
		g.width = w
		g.content = g.lines(w)
	}
	g.pager.Draw(s)
	if more := (line{{" ▼ more: Space ", g.x.theme.strong}}); g.more() {
		// On the title's line, which was drawn before it was known how much fits.
		x, y, w, _ := g.GetInnerRect()
		more.draw(s, x+max(w-more.width(), 0), y-1, more.width(), 0, g.x.theme.plain, false)
	}
}

// follow takes up another step, and points where it does.
func (g *guidePane) follow() {
	if v := g.x.Guide.Version(); v != g.seen {
		g.seen = v
		was := g.page.At
		g.page = g.x.Guide.Page()
		g.blind.Store(g.page.Blind)
		top := g.pager.top
		g.pager.show(g.lines(max(g.width, 1)), 0)
		if was == g.page.At {
			g.pager.top, g.pager.at = top, top
			if g.page.Said != "" { // what came of an answer is to be seen
				g.pager.at = g.content.Len() - 1
			}
		}
	}
	if g.shown != g.page.At {
		g.shown, g.lost = g.page.At, true
		g.x.follow = g.page.Wants == WantsLine && g.page.Point == nil // what comes is what is typed
	}
	if g.lost {
		g.lost = !g.x.point(&g.page)
	}
}

// Where the text stands.
const guideIndent = 1

// lines are the page's, for a width.
func (g *guidePane) lines(width int) lines {
	p, th := &g.page, &g.x.theme
	width = max(width-2*guideIndent, 10)
	var out lines
	add := func(indent int, first string, spans ...span) {
		for i, l := range wrapSpans(spans, width-indent) {
			lead := strings.Repeat(" ", guideIndent+indent)
			if i == 0 && first != "" {
				lead = strings.Repeat(" ", guideIndent) + fit(first, indent, false)
			}
			out = append(out, append(line{{lead, th.plain}}, l...))
		}
	}
	add(0, "", span{p.Heading, th.strong.Underline(true)})
	out = append(out, nil)
	for i, t := range p.Text {
		if i > 0 && !(t.Item && p.Text[i-1].Item) {
			out = append(out, nil)
		}
		var spans []span
		for _, w := range t.Words {
			style := th.plain
			switch {
			case w.Code:
				style = th.word
			case w.Emphasis:
				style = th.strong
			}
			spans = append(spans, span{w.Text, style})
		}
		if t.Item {
			add(2, "•", spans...)
		} else {
			add(0, "", spans...)
		}
	}
	if p.Ask != "" {
		out = append(out, nil)
		add(2, "?", span{p.Ask, th.strong})
		for i, c := range p.Choices {
			add(5, fmt.Sprintf("  %d", i+1), span{c, th.plain})
		}
	}
	if p.Said != "" {
		mark, style := "·", th.plain
		if p.Right {
			mark, style = "✓", th.ok
		}
		out = append(out, nil)
		add(2, mark, span{view.Inert(p.Said), style})
	}
	out = append(out, nil)
	add(0, "", g.keys()...)
	return out
}

// where is the step they are at.
func (g *guidePane) where() string {
	if g.page.Through {
		return " " + g.page.Title
	}
	return fmt.Sprintf(" step %d of %d  %s", g.page.At, g.page.Of, g.page.Title)
}

// more reports whether some of the text is below the pane.
func (g *guidePane) more() bool { return g.height > 0 && g.top+g.height < g.content.Len() }

// scrolls shows what is below the pane, if there is more.
func (g *guidePane) scrolls() bool {
	if !g.more() {
		return false
	}
	g.at = min(g.top+2*g.height-2, g.content.Len()-1) // Draw scrolls there
	return true
}

// keys is what to do next.
func (g *guidePane) keys() []span {
	th := &g.x.theme
	key := func(k, what string) []span { return []span{{k, th.key}, {" " + what + "  ", th.faint}} }
	p := &g.page
	var out []span
	switch {
	case p.Through:
		out = append(key("Space", "to the next lesson"), key("<", "back")...)
		return append(out, key("Q", "quits")...)
	case p.Answered:
		out = key("Space", "goes on")
	case p.Wants == WantsTransaction:
		out = append(key("Space", "says: it is the one under the cursor"), key("H", "hint")...)
	case p.Wants == WantsLine:
		out = append(key("Space", "types a command"), key("H", "hint")...)
	default:
		out = append(key("Space", "answers"), key("H", "hint")...)
	}
	if p.Answered && p.Wants == WantsLine {
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

// blind reports whether a student is to find for themselves what is wrong.
func (x *inspector) blind() bool { return x.guide.blind.Load() }

// goOn is the lesson's one key: on to the next step, or what this one asks for.
func (x *inspector) goOn() {
	p := &x.guide.page
	if x.guide.scrolls() {
		return
	}
	switch {
	case p.Through:
		x.Guide.Next()
		x.quit()
	case p.Answered:
		x.Guide.Next()
	case p.Wants == WantsAnswer:
		x.ask(question{label: "your answer: ", done: func(text string) {
			if strings.TrimSpace(text) != "" {
				x.Guide.Answer(text)
				x.guide.follow()
			}
		}})
		return
	case p.Wants == WantsTransaction:
		if conn, n, ok := x.pointed(); ok {
			x.Guide.Found(conn, n)
		}
	case p.Wants == WantsLine:
		x.typeLine()
		return
	}
	x.guide.follow()
}

// typeLine lets the student say a line to the server. What comes is followed.
func (x *inspector) typeLine() {
	if x.guide.page.Wants != WantsLine {
		x.say("here nothing is typed")
		return
	}
	x.ask(question{label: x.guide.page.Prompt, done: func(text string) {
		x.follow = true
		x.Guide.Type(text)
		x.guide.follow()
	}})
}

// pointed is the transaction under the cursor; the greeting, if the cursor is on it in
// the ladder.
func (x *inspector) pointed() (conn, n int, ok bool) {
	i, ok := x.current()
	if !ok {
		return 0, 0, false
	}
	r := x.data.archive.Row(i)
	k, ok := x.data.archive.Index(r.Conn)
	conn = k + 1
	if x.focus == inDetail && x.detail.tab == tabLadder && x.detail.views[tabLadder].(*ladder).greets() {
		return conn, 0, true
	}
	return conn, r.N, ok
}

func (x *inspector) guideBack() {
	if !x.Guide.Back() {
		x.say("this is the first step")
	}
	x.guide.follow()
}

func (x *inspector) guideSkip() {
	x.Guide.Skip()
	x.guide.follow()
}

func (x *inspector) guideHint() {
	x.Guide.Hint()
	x.guide.follow()
}

// point puts the cursor where a page points. It is false if that is not there yet.
func (x *inspector) point(p *Page) bool {
	open := func() {
		for t, name := range tabNames {
			if strings.EqualFold(name, p.Tab) {
				x.detail.to(tab(t))
			}
		}
	}
	if p.Point == nil {
		open()
		return true
	}
	if p.Point.Conn > x.data.conns() {
		return false
	}
	id := x.data.archive.Conn(p.Point.Conn - 1).ID
	i, ok := x.data.archive.Find(id, max(p.Point.N, 1))
	if !ok || i >= x.list.limit {
		return false
	}
	x.goToTxn(i)
	if p.Tab == "" {
		x.detail.to(tabAnnotated)
		if p.Point.N == 0 {
			x.detail.to(tabLadder) // the greeting is in no exchange
		}
	}
	open()
	if p.Point.N == 0 {
		if l, ok := x.detail.current().(*ladder); ok {
			l.toGreeting()
		}
		return true
	}
	ex := x.detail.exchange()
	if m, span := p.Point.In(ex.Messages); m >= 0 {
		if v, ok := x.detail.current().(pointer); ok {
			v.point(m, span)
		}
	}
	return true
}

// pointer is a view that can show a place of the exchange: an octet of a message, or if
// the stretch is empty the message.
type pointer interface {
	point(message int, at wire.Span)
}

// point implements pointer.
func (a *annotated) point(message int, at wire.Span) {
	a.unfolded[message] = true
	a.goal = &goal{message, at}
	a.build()
	a.at = max(a.pointed(), 0)
}

// pointed is the row that is pointed at, which is marked; -1 if there is none.
func (a *annotated) pointed() int {
	a.mark = 0
	for i, r := range a.rows {
		if g := a.goal; g != nil && r.message == g.message && (g.at.Len() == 0 && !r.word || g.at.Len() > 0 && r.word && r.at <= g.at.Start && g.at.Start < r.end) {
			a.mark = i + 1
			break
		}
	}
	return a.mark - 1
}

// goal is a place of an exchange.
type goal struct {
	message int
	at      wire.Span
}

// point implements pointer.
func (t *treeHex) point(message int, at wire.Span) {
	t.unfoldAll(message)
	t.build()
	t.message(message)
	if at.Len() > 0 {
		t.toOctet(at.Start)
	} else {
		t.tree.goTo(slices.Index(t.rows, treeRow{message, 0}))
	}
	t.tree.mark = t.tree.at + 1
}

// wrapSpans breaks words of several styles at spaces into lines of no more columns than
// width, as far as they let it.
func wrapSpans(spans []span, width int) []line {
	var out []line
	var now, word line // word is what has come since the last space, of any style
	space := ""        // between them
	put := func() {
		if len(word) == 0 {
			return
		}
		if len(now) > 0 && now.width()+len(space)+word.width() > width {
			out, now, space = append(out, now), nil, ""
		}
		if space != "" {
			now = append(now, span{space, word[0].style})
		}
		now, word, space = append(now, word...), nil, ""
	}
	for _, s := range spans {
		for i, part := range strings.Split(s.text, " ") {
			if i > 0 {
				put()
				if len(now) > 0 {
					space = " "
				}
			}
			if part != "" {
				word = append(word, span{part, s.style})
			}
		}
	}
	put()
	return append(out, now)
}
