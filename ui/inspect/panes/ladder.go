package panes

import (
	"fmt"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// ladder is the tab of a connection as two life lines. Of a long connection it shows
// what is around the transaction under the cursor; what is saved is all of it.
type ladder struct {
	*Pager
	model *model.Model
	scale bool
	fresh bool // its place on the screen is still to be found

	made   *view.Ladder
	text   *view.LadderText
	of     archive.Conn
	before int // transactions that the ladder does not begin with
	after  bool
	err    error
}

func newLadder(b base) *ladder { return &ladder{Pager: NewPager(b.theme), model: b.model} }

// What of a long connection is shown.
const (
	ladderBefore = 200 // transactions
	ladderSteps  = 2000
	ladderRead   = 8 << 20 // bytes
)

func (l *ladder) Show(e *model.Exchange) {
	l.of = e.Conn
	r := l.model.Reader
	begin := archive.Ref{}
	l.before = 0
	l.made = NewLadder(l.model, &e.Conn)
	if e.Row.N > ladderBefore {
		if i, ok := l.model.Archive.Find(e.Row.Conn, e.Row.N-ladderBefore); ok {
			l.err = r.Messages(i, func(ref archive.Ref, m *decode.Message) bool {
				begin = ref
				l.made.Add(m)
				return false
			})
			l.before = e.Row.N - ladderBefore - 1
		}
	}
	read := 0
	l.after = false
	l.err = r.Items(e.Row.Conn, begin, func(it archive.Item) bool {
		if l.made.Len() >= ladderSteps || read >= ladderRead {
			l.after = true
			return false
		}
		if m, ok := it.Event.(*decode.Message); ok {
			read += len(m.Raw)
		}
		l.made.Add(it.Event)
		return true
	})
	l.lay(0)
	at := 0
	for i := range l.made.Len() {
		if l.made.Step(i).Txn == e.Row.N {
			at = l.text.RowOf(i) + l.head()
			break
		}
	}
	l.Pager.Show(l, at)
	l.fresh = true
}

// NewLadder returns an empty ladder for a connection.
func NewLadder(m *model.Model, c *archive.Conn) *view.Ladder {
	return m.View.Ladder("client "+c.Client.String(), "server "+c.Server.String())
}

// lay lays the ladder out for a width; 0 means the one it has.
func (l *ladder) lay(width int) {
	if _, _, w, _ := l.GetInnerRect(); width == 0 {
		width = w
	}
	l.text = l.made.Text(width, view.LadderOptions{Scale: l.scale})
}

// Draw implements tview.Primitive.
func (l *ladder) Draw(s tcell.Screen) {
	if _, _, w, _ := l.GetInnerRect(); l.made != nil && l.text.Width() != max(w, view.MinLadderWidth) {
		l.lay(w)
	}
	if _, _, _, h := l.GetInnerRect(); l.fresh {
		l.fresh = false
		l.top = max(l.at-h/3, 0)
	}
	l.Pager.Draw(s)
}

// head returns how many rows there are above the ladder.
func (l *ladder) head() int {
	if l.before > 0 {
		return 1
	}
	return 0
}

// Len implements Content.
func (l *ladder) Len() int {
	n := l.head() + l.text.Len()
	if l.after || l.err != nil {
		n++
	}
	return n
}

// Line implements Content.
func (l *ladder) Line(i int) Line {
	th := l.theme
	k := i - l.head()
	switch {
	case k < 0:
		return Line{{fmt.Sprintf("… %s before this; L saves all of it", model.Plural(l.before, "transaction")), th.Faint}}
	case k >= l.text.Len() && l.err != nil:
		return Line{{"not everything can be shown: " + view.Inert(l.err.Error()), th.Bad}}
	case k >= l.text.Len():
		return Line{{"… more after this; L saves all of it", th.Faint}}
	}
	r := l.text.Row(k)
	style := th.Strong
	if r.Step >= 0 {
		style = l.style(l.made.Step(r.Step))
	} else if k > 0 {
		style = th.Faint
	}
	return Line{{r.Time + " ", th.Faint}, {r.Body, style}, {" " + r.Lanes + " " + r.Txn, th.Faint}}
}

// style returns a step's style, by who sent it and by its status.
func (l *ladder) style(s view.Step) tcell.Style {
	th := l.theme
	switch {
	case s.Remark:
		return th.Faint
	case s.Dir == capture.ClientToServer:
		return th.Client
	case s.Status != "":
		return th.Status(s.Status)
	}
	return th.Server
}

// step returns the step under the cursor, -1 if there is none.
func (l *ladder) step() int {
	k := l.at - l.head()
	if l.text == nil || k < 0 || k >= l.text.Len() {
		return -1
	}
	return l.text.Row(k).Step
}

// Open implements opener: it leads to the step's transaction.
func (l *ladder) Open() Goal {
	k := l.step()
	if k < 0 {
		return Goal{}
	}
	if i, ok := l.model.Archive.Find(l.of.ID, l.made.Step(k).Txn); ok {
		return Goal{To: ToTxn, Txn: i}
	}
	return Goal{}
}

// greets reports whether the cursor is on the greeting.
func (l *ladder) greets() bool {
	return l.made != nil && l.made.Len() > 0 && l.before == 0 && l.made.Step(0).Txn == 0 && l.at == l.text.RowOf(0)+l.head()
}

// toGreeting puts the cursor on the first line.
func (l *ladder) toGreeting() {
	if l.made != nil && l.made.Len() > 0 {
		l.at = l.text.RowOf(0) + l.head()
		l.mark = l.at + 1
	}
}

// toggleScale shows time to scale, or no longer; the cursor stays on its step.
func (l *ladder) toggleScale() {
	step := l.step()
	l.scale = !l.scale
	l.lay(0)
	if step >= 0 {
		l.at = l.text.RowOf(step) + l.head()
	}
}
