package tls

import (
	"time"

	"imapscope/capture"
)

// Tap receives copies of the traffic of one connection, and remarks about it. Chunk copies
// p before it returns, so the caller may reuse it; neither method blocks.
type Tap interface {
	Chunk(dir capture.Direction, t time.Time, p []byte)
	Note(t time.Time, text string)
}
