package view

import (
	"errors"

	"imapscope/capture"
	"imapscope/decode"
)

// Reason is why decoding of a connection ended, in one word: tls and compress
// if it could not be read further, else how the connection ended (fin, rst,
// end, idle).
func Reason(c *decode.Closed) string {
	if c.Upgraded != 0 {
		return c.Upgraded.String()
	}
	switch {
	case errors.Is(c.Cause, capture.ErrFIN):
		return "fin"
	case errors.Is(c.Cause, capture.ErrRST):
		return "rst"
	case errors.Is(c.Cause, capture.ErrIdle):
		return "idle"
	}
	return "end"
}
