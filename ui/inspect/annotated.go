package inspect

import (
	"fmt"
	"time"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// annotated is the tab of an exchange's lines, each of which opens to its words and
// what they mean.
type annotated struct {
	*pager
	x        *inspector
	ex       *exchange
	rows     []annotatedRow
	unfolded map[int]bool // messages
	goal     *goal        // what is pointed at; may be nil
	width    int          // that the rows were made for
}

// annotatedRow is a message's line, or one of its words.
type annotatedRow struct {
	message int
	text    line
	word    bool
	at, end int // of a word's octets in the message
}

func newAnnotated(x *inspector) *annotated {
	return &annotated{pager: newPager(&x.theme), x: x}
}

func (a *annotated) show(ex *exchange) {
	again := a.ex != nil && a.ex.i == ex.i // it grew
	at := a.at
	a.ex = ex
	if !again {
		a.unfolded = make(map[int]bool)
		a.goal = nil
		at = 0
		a.unfolded[0] = len(ex.Messages) > 0
	}
	a.build()
	if a.x.Guide != nil && a.x.follow {
		a.unfoldWhatFits()
	}
	a.pager.show(a, at)
	a.pointed()
}

// unfoldWhatFits opens as many messages as there is room for, the request last: of a
// command just typed one knows what it says, and wants to see what came of it.
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
	a.pager.Draw(s)
}

// rebuild makes the rows anew; the cursor stays at its message.
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

// build makes the rows anew.
func (a *annotated) build() {
	a.rows = a.rows[:0]
	th := &a.x.theme
	for i, m := range a.ex.Messages {
		a.rows = append(a.rows, annotatedRow{message: i})
		if a.unfolded[i] {
			for _, l := range a.x.words(m, a.width) {
				a.rows = append(a.rows, annotatedRow{message: i, text: l.line, word: true, at: l.at, end: l.end})
			}
		}
	}
	note := func(text string) {
		a.rows = append(a.rows, annotatedRow{message: -1, text: line{{text, th.faint}}, word: true})
	}
	if a.ex.more > 0 {
		note(fmt.Sprintf("… and %s", plural(a.ex.more, "message")))
	}
	if a.ex.err != nil {
		note("not all of it can be shown: " + view.Inert(a.ex.err.Error()))
	}
	if a.ex.row.Running {
		note("… still running")
	}
}

// Len implements content.
func (a *annotated) Len() int { return len(a.rows) }

// Line implements content.
func (a *annotated) Line(i int) line {
	r := &a.rows[i]
	if r.text == nil {
		r.text = a.message(a.ex.Messages[r.message], a.unfolded[r.message])
	}
	return r.text
}

// message is a message's own line.
func (a *annotated) message(m *decode.Message, open bool) line {
	th := &a.x.theme
	l := a.x.data.view.Line(m)
	arrow, style := "→", th.client
	if m.Dir == capture.ServerToClient {
		arrow, style = "←", th.server
		if l.Status != "" {
			style = th.status(l.Status)
		}
	}
	fold := "▸ "
	if open {
		fold = "▾ "
	}
	since := "          "
	if !a.ex.row.Time.IsZero() {
		since = fmt.Sprintf("%10s", offset(m.Time.Sub(a.ex.row.Time)))
	}
	return line{{fold, th.faint}, {since + " ", th.faint}, {arrow + " ", style}, {l.Text, style}}
}

// offset is a time since the request, in milliseconds.
func offset(d time.Duration) string {
	if d < 0 {
		return "earlier"
	}
	return "+" + millis(d)
}

// under is the message under the cursor.
func (a *annotated) under() (*decode.Message, bool) {
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

// open implements opener.
func (a *annotated) open() {
	if a.at < len(a.rows) && a.rows[a.at].message >= 0 {
		a.fold(!a.unfolded[a.rows[a.at].message])
	}
}

// move implements mover: left and right fold and unfold.
func (a *annotated) move(m move) {
	switch m {
	case left:
		if a.left > 0 {
			a.pager.move(left)
			return
		}
		a.fold(false)
	case right:
		if a.at < len(a.rows) && a.rows[a.at].message >= 0 && !a.unfolded[a.rows[a.at].message] {
			a.fold(true)
			return
		}
		a.pager.move(right)
	default:
		a.pager.move(m)
	}
}
