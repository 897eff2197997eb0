package decode

import (
	"imapscope/capture"
)

// Handlers is a Handler that passes everything on to several, in order. The first error
// ends the call.
type Handlers []Handler

// Open implements Handler.
func (h Handlers) Open(c capture.Conn) error {
	for _, x := range h {
		if err := x.Open(c); err != nil {
			return err
		}
	}
	return nil
}

// Events implements Handler.
func (h Handlers) Events(id capture.ConnID, events []Event) error {
	for _, x := range h {
		if err := x.Events(id, events); err != nil {
			return err
		}
	}
	return nil
}
