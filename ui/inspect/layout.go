package inspect

import "github.com/rivo/tview"

// wideFrom is the width from which on the detail is next to the transactions, not below.
const wideFrom = 160

// minTxns is how many rows the transactions have at least, where they have no need of
// half of the screen.
const minTxns = 8

// arrange divides the screen among the panes.
func (x *inspector) arrange(width, height int) {
	m := x.main.Flex
	m.Clear()
	if x.zoomed {
		m.AddItem(x.part(x.active()), 0, 1, true)
		return
	}
	if x.lesson != nil {
		m, width, height = x.withLesson(m, x.part(inLesson), width, height)
	}
	conns := x.connHeight(height)
	m.SetDirection(tview.FlexRow).AddItem(x.part(inConns), conns, 0, false)
	if width >= wideFrom {
		m.AddItem(tview.NewFlex().
			AddItem(x.part(inTxns), 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(x.part(inDetail), 0, 1, false), 0, 1, true)
		return
	}
	half := (height - conns) / 2
	m.AddItem(x.part(inTxns), min(half, max(x.model.List.Len()+2, minTxns)), 0, true).AddItem(x.part(inDetail), 0, 1, false)
}

// connHeight returns how many rows the connections get.
func (x *inspector) connHeight(height int) int {
	n := x.model.Conns()
	switch {
	case x.active() == inConns:
		return min(max(n+2, len(x.Hint)+2), max(height/2, 4))
	case x.lesson != nil && height < lessonRoom:
		return 0
	case n == 0:
		return min(len(x.Hint)+2, height/2)
	}
	return min(max(n, 1), max(height/6, 2)) + 2
}

// How wide the lesson is next to the rest, and how high below it.
const (
	lessonWidth  = 56
	lessonBeside = 120 // the width from which on it is next to the rest
	lessonHeight = 9
	lessonRoom   = 20 // the height of the rest from which on connections are shown
)

// withLesson divides the screen between a lesson and the rest, which it returns.
func (x *inspector) withLesson(m, lesson *tview.Flex, width, height int) (rest *tview.Flex, w, h int) {
	rest = tview.NewFlex()
	if width >= lessonBeside {
		m.SetDirection(tview.FlexColumn).
			AddItem(rest, 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(lesson, lessonWidth, 0, false)
		return rest, width - lessonWidth - 1, height
	}
	high := min(max(x.lesson.Height()+1, lessonHeight), height/2)
	m.SetDirection(tview.FlexRow).AddItem(rest, 0, 1, true).AddItem(lesson, high, 0, false)
	return rest, width, height - high
}
