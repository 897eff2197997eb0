// Package print is terminal text (fatih/color), JSON lines, and the formats of other programs (JUnit, SARIF).
package print

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// Printer writes what happened. What its methods are given is valid until they
// return.
type Printer interface {
	Connection(capture.Conn) error
	Greeting(capture.ConnID, *decode.Message) error
	// Message is told of each message of a transaction, before Transaction.
	Message(capture.ConnID, *decode.Message)
	Transaction(capture.ConnID, *decode.Transaction) error
	// Drop says that a transaction is not to be printed.
	Drop(capture.ConnID, *decode.Transaction)
	Unsolicited(capture.ConnID, *decode.Message) error
	Junk(capture.ConnID, *decode.Message) error
	Resync(capture.ConnID, *decode.Resync) error
	// Note is a remark of who stands between.
	Note(capture.ConnID, time.Time, string) error
	// Finding is something that is wrong: with what was printed last, or unless here
	// with something before.
	Finding(x *view.Finding, here bool) error
	Close(capture.ConnID, *decode.Closed) error
}
