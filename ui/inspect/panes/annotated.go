package panes

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// annotated is the tab of an exchange's lines, each of which opens to its words and
// what they mean.
type annotated struct {
	*Pager
	model    *model.Model
	parser   syntax.Parser
	ex       *model.Exchange
	rows     []annotatedRow
	unfolded map[int]bool // messages
	goal     *goal        // what is pointed at; may be nil
	width    int          // that the rows were made for
}

// annotatedRow is a message's line, or one of its words.
type annotatedRow struct {
	message int
	text    Line
	word    bool
	at, end int // of a word's bytes in the message
}

func newAnnotated(b base) *annotated {
	return &annotated{Pager: NewPager(b.theme), model: b.model}
}

func (a *annotated) Show(ex *model.Exchange) {
	again := a.ex != nil && a.ex.I == ex.I // it grew
	at := a.at
	a.ex = ex
	if !again {
		a.unfolded = make(map[int]bool)
		a.goal = nil
		at = 0
		a.unfolded[0] = len(ex.Messages) > 0
	}
	a.build()
	if ex.AnswerFirst {
		a.unfoldWhatFits()
	}
	a.Pager.Show(a, at)
	a.pointed()
}

// unfoldWhatFits opens as many messages as there is room for, the request last: of a
// command just typed the content is known; the answer is of interest.
func (a *annotated) unfoldWhatFits() {
	clear(a.unfolded)
	n := len(a.ex.Messages)
	for k := range min(n, a.height) {
		i := (k + 1) % n
		a.unfolded[i] = true
		if a.build(); len(a.rows) > a.height {
			delete(a.unfolded, i)
		}
	}
	a.build()
}

// Draw implements tview.Primitive.
func (a *annotated) Draw(s tcell.Screen) {
	if _, _, w, _ := a.GetInnerRect(); w != a.width && a.ex != nil {
		a.width = w
		there := a.mark > 0 && a.at == a.mark-1
		a.rebuild()
		if at := a.pointed(); there && at >= 0 {
			a.at = at
		}
	}
	a.Pager.Draw(s)
}

// rebuild makes the rows again; the cursor stays at its message.
func (a *annotated) rebuild() {
	message := -1
	if a.at < len(a.rows) {
		message = a.rows[a.at].message
	}
	a.build()
	for k := range a.rows {
		if message >= 0 && a.rows[k].message == message {
			a.at = k
			return
		}
	}
}

// build makes the rows.
func (a *annotated) build() {
	a.rows = a.rows[:0]
	th := a.theme
	acts := a.ex.Acts
	for i, m := range a.ex.Messages {
		for len(acts) > 0 && i > 0 && !acts[0].Time.After(m.Time) {
			a.act(&acts[0])
			acts = acts[1:]
		}
		a.rows = append(a.rows, annotatedRow{message: i})
		if a.unfolded[i] {
			for _, l := range a.words(m, a.width) {
				a.rows = append(a.rows, annotatedRow{message: i, text: l.Line, word: true, at: l.at, end: l.end})
			}
		}
	}
	for i := range acts {
		a.act(&acts[i])
	}
	note := func(text string) {
		a.rows = append(a.rows, annotatedRow{message: -1, text: Line{{text, th.Faint}}, word: true})
	}
	if a.ex.More > 0 {
		note(fmt.Sprintf("… and %s", model.Plural(a.ex.More, "message")))
	}
	if a.ex.Err != nil {
		note("not everything can be shown: " + view.Inert(a.ex.Err.Error()))
	}
	if a.ex.Row.Running {
		note("… still running")
	}
}

// act adds a row for what the proxy did.
func (a *annotated) act(x *view.Act) {
	since := fmt.Sprintf("%12s ", offset(x.Time.Sub(a.ex.Row.Time)))
	for _, text := range wrap(x.Text, max(a.width-len(since)-2, minMeaning)) {
		a.rows = append(a.rows, annotatedRow{message: -1, text: Line{{since, a.theme.Faint}, {"# ", a.theme.Marked}, {text, a.theme.Marked}}, word: true})
		since = strings.Repeat(" ", len(since))
	}
}

// Len implements Content.
func (a *annotated) Len() int { return len(a.rows) }

// Line implements Content.
func (a *annotated) Line(i int) Line {
	r := &a.rows[i]
	if r.text == nil {
		r.text = a.message(a.ex.Messages[r.message], a.unfolded[r.message])
	}
	return r.text
}

// message is a message's own line.
func (a *annotated) message(m *decode.Message, open bool) Line {
	th := a.theme
	l := a.model.View.Line(m)
	arrow, style := "→", th.Client
	if m.Dir == capture.ServerToClient {
		arrow, style = "←", th.Server
		if l.Status != "" {
			style = th.Status(l.Status)
		}
	}
	fold := "▸ "
	if open {
		fold = "▾ "
	}
	since := "          "
	if !a.ex.Row.Time.IsZero() {
		since = fmt.Sprintf("%10s", offset(m.Time.Sub(a.ex.Row.Time)))
	}
	return Line{{fold, th.Faint}, {since + " ", th.Faint}, {arrow + " ", style}, {l.Text, style}}
}

// offset is a time since the request, in milliseconds.
func offset(d time.Duration) string {
	if d < 0 {
		return "earlier"
	}
	return "+" + millis(d)
}

// Under returns the message under the cursor.
func (a *annotated) Under() (*decode.Message, bool) {
	if a.at >= len(a.rows) || a.rows[a.at].message < 0 {
		return nil, false
	}
	return a.ex.Messages[a.rows[a.at].message], true
}

// fold opens a message, or closes it.
func (a *annotated) fold(open bool) {
	if a.at >= len(a.rows) {
		return
	}
	i := a.rows[a.at].message
	if i < 0 || a.unfolded[i] == open {
		return
	}
	a.unfolded[i] = open
	a.rebuild()
	a.pointed()
}

// Open implements opener: it unfolds or folds the message.
func (a *annotated) Open() Goal {
	if a.at < len(a.rows) && a.rows[a.at].message >= 0 {
		a.fold(!a.unfolded[a.rows[a.at].message])
	}
	return Goal{}
}

// move implements mover: left and right fold and unfold.
func (a *annotated) Move(m Move) {
	switch m {
	case Left:
		if a.left > 0 {
			a.Pager.Move(Left)
			return
		}
		a.fold(false)
	case Right:
		if a.at < len(a.rows) && a.rows[a.at].message >= 0 && !a.unfolded[a.rows[a.at].message] {
			a.fold(true)
			return
		}
		a.Pager.Move(Right)
	default:
		a.Pager.Move(m)
	}
}

// Point implements pointer.
func (a *annotated) Point(message int, at wire.Span) {
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
