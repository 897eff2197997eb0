package print

import (
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
	"imapscope/ui/view"
)

// Unopened is a decode.Handler that counts the connections whose layers could not be opened,
// by reason. The zero Unopened is ready to use.
type Unopened struct {
	conns   map[layer.Reason]int
	reasons []layer.Reason // in the order of their first connection
}

// Open implements decode.Handler.
func (*Unopened) Open(capture.Conn) error { return nil }

// Events implements decode.Handler.
func (u *Unopened) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		d, ok := e.(*decode.Dark)
		if !ok {
			continue
		}
		if u.conns == nil {
			u.conns = make(map[layer.Reason]int)
		}
		if u.conns[d.Why] == 0 {
			u.reasons = append(u.reasons, d.Why)
		}
		u.conns[d.Why]++
	}
	return nil
}

// Write writes a line for each reason, with hint after the one that keys would remove.
func (u *Unopened) Write(w io.Writer, hint string) error {
	for _, why := range u.reasons {
		n, verb := u.conns[why], "is"
		if n != 1 {
			verb = "are"
		}
		line := fmt.Sprintf("imapscope: %s %s not decoded to the end: %s", view.Count(n, "connection"), verb, why)
		if why == layer.WantsKeys {
			line += hint
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
