package view

import (
	"imapscope/capture"
	"imapscope/decode"
)

// Reason returns why the decoding of a connection ended, in one word: tls or compress if it
// could not be read further, else how the connection ended (fin, rst, end, idle).
func Reason(c *decode.Closed) string {
	if c.Upgraded != 0 {
		return c.Upgraded.String()
	}
	switch {
	case c.Cause == capture.FIN:
		return "fin"
	case c.Cause == capture.RST:
		return "rst"
	case c.Cause == capture.Idle:
		return "idle"
	}
	return "end"
}

// Ending returns how a connection ended: in words if it is known which side closed
// it ("closed by the server", "reset by the client"), else as Reason does.
func Ending(c *decode.Closed) string {
	if c.Upgraded != 0 || c.First.Side == decode.UnknownSide {
		return Reason(c)
	}
	return c.How()
}
