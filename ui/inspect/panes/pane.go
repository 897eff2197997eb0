// Package panes provides the parts of the inspector's screen, each behind the interface
// Pane, and what they are drawn with: theme, lines, pager, grid.
//
// # Rules
//
//   - A pane shows a model.Model and knows nothing of the frame around it or of the other
//     panes: it returns where a key leads outside of it (Goal).
//   - The tabs of the detail implement View; they know nothing of each other either.
//   - Panes draw cells themselves, so nothing in a text is parsed as a tview tag.
//   - Only what is on the screen is requested.
package panes

import (
	"github.com/rivo/tview"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
	"imapscope/ui/inspect/model"
)

// Pane is a part of the screen that can have the focus, as the frame uses it.
type Pane interface {
	tview.Primitive
	Name() string
	// Title returns what follows the name on the line above the pane.
	Title() Line
	// Columns returns the columns of a table, for the help; nil if it is none.
	Columns() []Column
	Move(m Move)
	// Find moves the cursor to the next line with a word, or to the one before; at the
	// end it starts over. It reports whether there is one.
	Find(word string, back bool) bool
	// Open opens what is under the cursor, in the pane or at the goal that it returns.
	Open() Goal
	// Back undoes the last step into something in the pane, and reports whether there
	// was one.
	Back() bool
	// Click is a click on the title, at a column after the name.
	Click(column int)
}

// View is a tab of the detail. It shows one exchange.
type View interface {
	tview.Primitive
	Show(e *model.Exchange)
	Move(m Move)
	Find(word string, back bool) bool
}

// What some views also implement.
type (
	opener interface{ Open() Goal }
	backer interface{ Back() bool }
	// pointer shows a place of the exchange: a byte of a message, or if the stretch is
	// empty the message.
	pointer interface {
		Point(message int, at wire.Span)
	}
	// reader has a message under its cursor.
	reader interface {
		Under() (*decode.Message, bool)
	}
)

// Goal is where opening something leads outside of the pane; the zero Goal is nowhere.
type Goal struct {
	To   Place
	Conn capture.ConnID // ToConn
	Txn  int            // ToTxn: its index among all

	// ToTxn: bytes of it, in a stream; Len is 0 if it leads to the transaction as a whole.
	Dir      capture.Direction
	Off, Len int64
}

// Place is a kind of Goal.
type Place int

// The places.
const (
	Nowhere  Place = iota
	ToConn         // the transactions of one connection
	ToDetail       // the detail of what is under the cursor
	ToTxn          // a transaction
)

// Move is a way to move a cursor.
type Move int

// The moves.
const (
	Down Move = iota
	Up
	PageDown
	PageUp
	First
	Last
	Left
	Right
)

// base is what every pane and view has.
type base struct {
	theme *Theme
	model *model.Model
}
