package inspect

import (
	"strings"

	"imapscope/decode/wire"
	"imapscope/samples/lesson"
	"imapscope/ui/inspect/panes"
)

// taught is how far the panes have followed a lesson.
type taught struct {
	version uint64 // the Guide's, of the page that is shown
	step    int    // the step whose place was looked for
	waiting bool   // that place was not there yet
	reveals bool   // the place of the revealed answer was looked for, too
}

// followLesson shows the lesson's page, and what it points at.
func (x *inspector) followLesson() {
	at := &x.taught
	if v := x.Guide.Version(); v != at.version {
		at.version = v
		p := x.Guide.Page()
		x.model.SetBlind(p.Blind)
		x.lesson.Show(p)
	}
	p := x.lesson.Page()
	if at.step != p.At {
		at.step, at.waiting, at.reveals = p.At, true, false
		x.source.follow = p.Wants == lesson.Type && p.Point.IsZero() // what arrives is what is typed
	}
	if len(p.Revealed) > 0 && p.Wants == lesson.Find && !at.reveals {
		at.waiting, at.reveals = true, true
	}
	if at.waiting {
		at.waiting = !x.pointAt(p.Point, p.Tab)
	}
}

// pointAt puts the cursor where a step points, and opens its tab. It returns false if that
// is not there yet.
func (x *inspector) pointAt(place lesson.Place, tab string) bool {
	named, ok := panes.TabNamed(tab)
	if place.IsZero() {
		if ok {
			x.openTabBeside(named)
		}
		return true
	}
	if place.Conn > x.model.Conns() {
		return false
	}
	id := x.model.Archive.Conn(place.Conn - 1).ID
	i, there := x.model.Archive.Find(id, max(place.Txn, 1))
	if !there || i >= x.model.List.Limit() {
		return false
	}
	x.goToTxn(i)
	switch {
	case ok:
		x.openTabBeside(named)
	case place.Greeting:
		x.openTabBeside(panes.TabLadder) // the greeting is in no exchange
	default:
		x.openTabBeside(panes.TabAnnotated)
	}
	if place.Greeting {
		x.detail.ToGreeting()
		return true
	}
	m, at, err := place.In(x.detail.Exchange().Messages)
	if err != nil {
		m, at = -1, wire.Span{}
	}
	x.detail.Point(m, at)
	return true
}

// openTabBeside opens a tab and leaves the focus where it is.
func (x *inspector) openTabBeside(t panes.Tab) {
	x.detail.To(t)
	if x.focus == inDetail {
		x.refocus()
	}
}

// goOn is the lesson's main key: it goes to the next step, or does what this one asks for.
func (x *inspector) goOn() {
	p := x.lesson.Page()
	switch {
	case x.lesson.Scroll():
		return
	case p.Through:
		x.Guide.Next()
		x.quit()
	case p.Answered:
		x.Guide.Next()
	case p.Presented:
		x.Guide.Reveal()
	default:
		x.answer()
		return
	}
	x.followLesson()
}

// answer gives what the step asks for.
func (x *inspector) answer() {
	p := x.lesson.Page()
	switch {
	case p.Through, p.Answered:
		x.report("this step has nothing to answer")
		return
	case p.Wants == lesson.Ask, p.Wants == lesson.Choose:
		x.askAnswer()
		return
	case p.Wants == lesson.Find:
		if conn, n, ok := x.pointed(); ok {
			x.Guide.Found(conn, n)
		}
	case p.Wants == lesson.Type:
		x.typeLine()
		return
	}
	x.followLesson()
}

func (x *inspector) askAnswer() {
	x.ask(question{label: "your answer: ", done: func(text string) {
		if strings.TrimSpace(text) != "" {
			x.Guide.Answer(text)
			x.followLesson()
		}
	}})
}

// typeLine asks for a line and sends it to the server. The cursor follows the result.
func (x *inspector) typeLine() {
	if x.lesson.Page().Wants != lesson.Type {
		x.report("this step has nothing to type")
		return
	}
	x.ask(question{label: x.lesson.Page().Prompt, done: func(text string) {
		x.source.follow = true
		x.Guide.Type(text)
		x.followLesson()
	}})
}

// pointed returns the transaction under the cursor, on a connection counted from 1; 0 is
// the greeting, if the ladder's cursor is on it.
func (x *inspector) pointed() (conn, n int, ok bool) {
	i, ok := x.current()
	if !ok {
		return 0, 0, false
	}
	r := x.model.Archive.Row(i)
	k, ok := x.model.Archive.Index(r.Conn)
	if x.focus == inDetail && x.detail.AtGreeting() {
		return k + 1, 0, true
	}
	return k + 1, r.N, ok
}

func (x *inspector) lessonBack() {
	if !x.Guide.Back() {
		x.report("this is the first step")
	}
	x.followLesson()
}

func (x *inspector) lessonSkip() {
	x.Guide.Skip()
	x.followLesson()
}

// showNotes shows the teacher's notes, or hides them.
func (x *inspector) showNotes() {
	if !x.lesson.Page().Presented {
		x.report("notes are shown by imapscope learn --present")
		return
	}
	x.Guide.Notes()
	x.followLesson()
}

func (x *inspector) lessonHint() {
	x.Guide.Hint()
	x.followLesson()
}
