package inspect

import "github.com/rivo/tview"

// wideFrom is the width from which on the detail is next to the transactions, not below.
const wideFrom = 160

// How many rows, with title and columns, the transactions have at least: where they have no
// need of half of the screen, and where the detail needs the room.
const (
	minTxns = 8
	fewTxns = 5
)

// roomy is the height from which on the connections are listed without the focus. Below it
// they are a line.
const roomy = 30

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
	held := x.waitingHeight(height)
	conns := x.connHeight(height)
	if held > 0 && height < heldRoom && x.active() != inConns {
		conns = 0
	}
	m.SetDirection(tview.FlexRow).AddItem(x.part(inConns), conns, 0, false)
	if width >= wideFrom {
		left := tview.NewFlex().SetDirection(tview.FlexRow).AddItem(x.part(inTxns), 0, 1, true)
		x.addWaiting(left, held)
		m.AddItem(tview.NewFlex().
			AddItem(left, 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(x.part(x.inspected()), 0, 1, false), 0, 1, true)
		return
	}
	m.AddItem(x.part(inTxns), x.txnsHeight(height-conns-held), 0, true)
	x.addWaiting(m, held)
	m.AddItem(x.part(x.inspected()), 0, 1, false)
}

// txnsHeight returns how many rows the transactions get of those that they share with the
// detail: half, unless they need less, or the detail has the focus and needs more. They stay
// where they are while the cursor moves from one to another.
func (x *inspector) txnsHeight(room int) int {
	rows := min(room/2, max(x.model.List.Len()+2, minTxns))
	if x.active() == inDetail && x.inspected() == inDetail {
		rows = min(rows, max(room-2-x.detail.Wants(), fewTxns)) // without the detail's title and the foot
	}
	return rows
}

// addWaiting adds what waits, if it is shown.
func (x *inspector) addWaiting(to *tview.Flex, height int) {
	if height > 0 {
		to.AddItem(x.part(inWaiting), height, 0, false)
	}
}

// heldRoom is the height from which on connections are shown while something waits.
const heldRoom = 20

// waitingHeight returns how many rows the messages that wait get; 0 if they are not shown.
func (x *inspector) waitingHeight(height int) int {
	if !x.offers(inWaiting) {
		return 0
	}
	n := max(len(x.model.Waiting.Held), 1) + 2
	if x.active() == inWaiting {
		return min(n, max(height/3, 3))
	}
	return min(n, max(height/5, 3))
}

// inspected returns the pane in place of the detail: the faults, while they are open.
func (x *inspector) inspected() pane {
	if x.offers(inFaults) {
		return inFaults
	}
	return inDetail
}

// connHeight returns how many rows the connections get.
func (x *inspector) connHeight(height int) int {
	n := x.model.Conns()
	x.conns.Brief = n > 0 && height < roomy && x.active() != inConns
	switch {
	case x.active() == inConns:
		return min(max(n+2, len(x.Hint)+2), max(height/2, 4))
	case x.lesson != nil && height < lessonRoom:
		return 0
	case n == 0:
		return min(len(x.Hint)+2, height/2)
	case x.conns.Brief:
		id := x.chosenConn()
		if i, ok := x.current(); ok {
			id = x.model.Archive.Row(i).Conn
		}
		x.conns.Show(id)
		return 1
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
	wide, most := lessonWidth, height/2
	if x.lesson.Page().Presented {
		wide, most = max(width/2, wide), height*2/3
	}
	if width >= lessonBeside {
		m.SetDirection(tview.FlexColumn).
			AddItem(rest, 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(lesson, wide, 0, false)
		return rest, width - wide - 1, height
	}
	high := min(max(x.lesson.Height()+1, lessonHeight), most)
	m.SetDirection(tview.FlexRow).AddItem(rest, 0, 1, true).AddItem(lesson, high, 0, false)
	return rest, width, height - high
}
