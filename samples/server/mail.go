package server

import "time"

// Mail is a message as it was delivered, for other servers that have the same mail.
type Mail struct {
	Text    []byte   // header, blank line and body; lines end in CRLF
	Flags   []string // system flags that it has already
	Arrived time.Time
}

// ReadMail returns the messages of a file in mbox format, in order.
func ReadMail(mbox []byte) []Mail {
	var out []Mail
	for _, m := range readMbox(mbox) {
		x := Mail{Text: m.whole(), Arrived: m.internal}
		for i, name := range systemFlags {
			if m.flags&(answered<<i) != 0 {
				x.Flags = append(x.Flags, name)
			}
		}
		out = append(out, x)
	}
	return out
}
