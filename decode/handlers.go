package decode

import (
	"time"

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

// Note implements capture.Noter, for the handlers that do.
func (h Handlers) Note(id capture.ConnID, t time.Time, text string) error {
	for _, x := range h {
		if n, ok := x.(capture.Noter); ok {
			if err := n.Note(id, t, text); err != nil {
				return err
			}
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
