package logs

import "imapscope/capture"

// Framing follows both directions of one connection far enough to know where its literals and
// messages end.
type Framing interface {
	// Write adds bytes of one direction.
	Write(dir capture.Direction, p []byte)
	// Gap adds n bytes that are missing.
	Gap(dir capture.Direction, n int64)
	// Left returns how many bytes of a literal that was announced are still to come.
	Left(dir capture.Direction) int64
	// Open reports whether a message has begun and has not ended.
	Open(dir capture.Direction) bool
	// Refuse records that the server refused the client's literal: its bytes do not come.
	Refuse()
}

// Speaker returns who could have sent a line that begins a message, by its words. It returns
// false for a line that is no IMAP.
type Speaker func(line []byte) (capture.Direction, bool)

// Protocol is what the package needs to know of IMAP.
type Protocol struct {
	Framing func() Framing // for a new connection
	Speaker Speaker
}
