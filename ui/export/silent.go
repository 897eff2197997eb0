package export

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// silent is a print.Printer that prints nothing, for those that print some things only.
type silent struct{}

func (silent) Connection(capture.Conn) error                         { return nil }
func (silent) Greeting(capture.ConnID, *decode.Message) error        { return nil }
func (silent) Message(capture.ConnID, *decode.Message)               {}
func (silent) Transaction(capture.ConnID, *decode.Transaction) error { return nil }
func (silent) Drop(capture.ConnID, *decode.Transaction)              {}
func (silent) Unsolicited(capture.ConnID, *decode.Message) error     { return nil }
func (silent) Junk(capture.ConnID, *decode.Message) error            { return nil }
func (silent) Resync(capture.ConnID, *decode.Resync) error           { return nil }
func (silent) Layer(capture.ConnID, decode.Event) error              { return nil }
func (silent) Note(capture.ConnID, time.Time, string) error          { return nil }
func (silent) Finding(*view.Finding, bool) error                     { return nil }
func (silent) Close(capture.ConnID, *decode.Closed) error            { return nil }
