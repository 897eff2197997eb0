// Package print writes results as terminal text, JSON lines, and in the formats of other programs (JUnit, SARIF).
package print

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// Printer writes what happened. The arguments of its methods are valid until they return.
type Printer interface {
	Connection(capture.Conn) error
	Greeting(capture.ConnID, *decode.Message) error
	// Message is called for each message of a transaction, before Transaction.
	Message(capture.ConnID, *decode.Message)
	Transaction(capture.ConnID, *decode.Transaction) error
	// Drop is called for a transaction that is not printed.
	Drop(capture.ConnID, *decode.Transaction)
	Unsolicited(capture.ConnID, *decode.Message) error
	Junk(capture.ConnID, *decode.Message) error
	Resync(capture.ConnID, *decode.Resync) error
	// Layer prints a *decode.Upgrade, Secured or Dark.
	Layer(capture.ConnID, decode.Event) error
	// Note prints a note by the source of the capture, such as a proxy.
	Note(capture.ConnID, time.Time, string) error
	// Finding prints a finding. If here is set, it is about what was printed last, else
	// about something earlier.
	Finding(x *view.Finding, here bool) error
	Close(capture.ConnID, *decode.Closed) error
}
