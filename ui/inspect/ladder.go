package inspect

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/view"
)

// ladder is the tab of a connection as two life lines. Of a long connection it shows
// what is around the transaction under the cursor; what is saved is all of it.
type ladder struct {
	*pager
	x     *inspector
	scale bool
	fresh bool // its place on the screen is still to be found

	made   *view.Ladder
	text   *view.LadderText
	of     archive.Conn
	before int // transactions that the ladder does not begin with
	after  bool
	err    error
}

func newLadder(x *inspector) *ladder { return &ladder{pager: newPager(&x.theme), x: x} }

// What of a long connection is shown.
const (
	ladderBefore = 200 // transactions
	ladderSteps  = 2000
	ladderRead   = 8 << 20 // octets
)

func (l *ladder) show(e *exchange) {
	l.of = e.conn
	r := l.x.data.reader
	begin := archive.Ref{}
	l.before = 0
	l.made = l.x.data.ladder(&e.conn)
	if e.row.N > ladderBefore {
		if i, ok := l.x.data.archive.Find(e.row.Conn, e.row.N-ladderBefore); ok {
			l.err = r.Messages(i, func(ref archive.Ref, m *decode.Message) bool {
				begin = ref
				l.made.Add(m)
				return false
			})
			l.before = e.row.N - ladderBefore - 1
		}
	}
	read := 0
	l.after = false
	l.err = r.Items(e.row.Conn, begin, func(it archive.Item) bool {
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
		if l.made.Step(i).Txn == e.row.N {
			at = l.text.RowOf(i) + l.head()
			break
		}
	}
	l.pager.show(l, at)
	l.fresh = true
}

// ladder is an empty one for a connection.
func (d *data) ladder(c *archive.Conn) *view.Ladder {
	return d.view.Ladder("client "+c.Client.String(), "server "+c.Server.String())
}

// lay lays the ladder out for a width; 0 is the one it has.
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
	l.pager.Draw(s)
}

// head is how many rows stand above the ladder.
func (l *ladder) head() int {
	if l.before > 0 {
		return 1
	}
	return 0
}

// Len implements content.
func (l *ladder) Len() int {
	n := l.head() + l.text.Len()
	if l.after || l.err != nil {
		n++
	}
	return n
}

// Line implements content.
func (l *ladder) Line(i int) line {
	th := &l.x.theme
	k := i - l.head()
	switch {
	case k < 0:
		return line{{fmt.Sprintf("… %s before this; L saves all of it", plural(l.before, "transaction")), th.faint}}
	case k >= l.text.Len() && l.err != nil:
		return line{{"not all of it can be shown: " + view.Inert(l.err.Error()), th.bad}}
	case k >= l.text.Len():
		return line{{"… more behind this; L saves all of it", th.faint}}
	}
	r := l.text.Row(k)
	style := th.strong
	if r.Step >= 0 {
		style = l.style(l.made.Step(r.Step))
	} else if k > 0 {
		style = th.faint
	}
	return line{{r.Time + " ", th.faint}, {r.Body, style}, {" " + r.Lanes + " " + r.Txn, th.faint}}
}

// style is by who sent a step, and by its status.
func (l *ladder) style(s view.Step) tcell.Style {
	th := &l.x.theme
	switch {
	case s.Remark:
		return th.faint
	case s.Dir == capture.ClientToServer:
		return th.client
	case s.Status != "":
		return th.status(s.Status)
	}
	return th.server
}

// step is the step under the cursor, -1 if there is none.
func (l *ladder) step() int {
	k := l.at - l.head()
	if l.text == nil || k < 0 || k >= l.text.Len() {
		return -1
	}
	return l.text.Row(k).Step
}

// open implements opener: it goes to the step's transaction.
func (l *ladder) open() {
	k := l.step()
	if k < 0 {
		return
	}
	if i, ok := l.x.data.archive.Find(l.of.ID, l.made.Step(k).Txn); ok {
		l.x.goToTxn(i)
		l.x.detail.to(tabAnnotated)
	}
}

// scaleLadder draws time as room, or no longer.
func (x *inspector) scaleLadder() {
	l := x.detail.views[tabLadder].(*ladder)
	x.detail.to(tabLadder)
	x.detail.current()
	step := l.step()
	l.scale = !l.scale
	l.lay(0)
	if step >= 0 {
		l.at = l.text.RowOf(step) + l.head()
	}
	if l.scale {
		x.say("gaps to scale: a row from a millisecond on, one more for each ten times as long")
	} else {
		x.say("a row for each step")
	}
}

var ladderFormats = []string{"txt", "svg"}

func (x *inspector) askSaveLadder() {
	i, ok := x.current()
	if !ok || x.Export == nil {
		x.say("nothing can be written from here")
		return
	}
	conn, _ := x.data.archive.ConnOf(x.data.archive.Row(i).Conn)
	scale := x.detail.views[tabLadder].(*ladder).scale
	x.ask(question{
		label:    fmt.Sprintf("save the ladder of connection %d to (.%s): ", conn.ID, strings.Join(ladderFormats, " .")),
		complete: func(text string) []string { return completeName(text, ladderFormats) },
		check:    func(text string) (string, int) { return checkName(text, ladderFormats) },
		done: func(name string) {
			if name != "" {
				x.saveLadder(name, conn, scale)
			}
		},
	})
}

// saveLadder writes a connection's ladder, all of it, beside.
func (x *inspector) saveLadder(name string, conn archive.Conn, scale bool) {
	ctx := x.newSearch()
	made := x.data.ladder(&conn)
	reader := x.data.archive.Reader()
	title := fmt.Sprintf("%s, connection %d", x.Source, conn.ID)
	x.say("writing " + name + " …")
	go func() {
		err := x.writeLadder(ctx, reader, made, name, title, conn.ID, scale)
		x.later(func() {
			x.say(fmt.Sprintf("%s written to %s", plural(made.Len(), "step"), name))
			if err != nil {
				x.say(name + ": " + err.Error())
			}
		})
	}()
}

func (x *inspector) writeLadder(ctx context.Context, r *archive.Reader, made *view.Ladder, name, title string, id capture.ConnID, scale bool) error {
	err := r.Items(id, archive.Ref{}, func(it archive.Item) bool {
		made.Add(it.Event)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if filepath.Ext(name) == ".svg" {
		err = made.SVG(&b, title)
	} else {
		_, err = made.Text(savedLadder, view.LadderOptions{Scale: scale}).WriteTo(&b)
	}
	if err != nil {
		return err
	}
	return x.Export.Write(name, b.Bytes())
}

// savedLadder is the width of a ladder in a text file.
const savedLadder = 120

// greets reports whether the cursor is on the greeting.
func (l *ladder) greets() bool {
	return l.made != nil && l.made.Len() > 0 && l.before == 0 && l.made.Step(0).Txn == 0 && l.at == l.text.RowOf(0)+l.head()
}

// toGreeting puts the cursor on what was said first.
func (l *ladder) toGreeting() {
	if l.made != nil && l.made.Len() > 0 {
		l.at = l.text.RowOf(0) + l.head()
		l.mark = l.at + 1
	}
}
