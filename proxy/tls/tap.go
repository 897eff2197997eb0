package tls

import (
	"time"

	"imapscope/capture"
)

// Tap takes copies of what one connection says, and remarks about it. A copy is
// made before Chunk returns, so p stays the caller's; neither call blocks.
type Tap interface {
	Chunk(dir capture.Direction, t time.Time, p []byte)
	Note(t time.Time, text string)
}
