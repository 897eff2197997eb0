// Package framing follows both directions of a connection just far enough to know where their messages and literals end.
//
// A program's log lacks what a capture has: Framing says how many bytes of a literal are still
// to come, and Speaker who could have sent a line.
//
// # Rules
//
//   - Framing keeps little of a message and looks at none: package wire decides where it ends.
//   - What it holds is bounded by wire's smallest limit for each direction, however long the
//     lines and literals are.
package framing

import (
	"imapscope/capture"
	"imapscope/decode/wire"
)

// Framing follows the framing of both directions of one connection. It is not safe for
// concurrent use.
type Framing struct {
	side    [2]wire.Framer
	buffers *wire.Pool
}

// New returns a Framing at the beginning of a connection. Those that are not used concurrently
// may share buffers.
func New(buffers *wire.Pool) *Framing {
	f := &Framing{buffers: buffers}
	f.begin(capture.ClientToServer)
	f.begin(capture.ServerToClient)
	return f
}

// begin begins a direction. Little is kept of its messages: they are not looked at.
func (f *Framing) begin(dir capture.Direction) {
	f.side[dir].Init(dir == capture.ClientToServer, 1, f.buffers)
}

// Write adds bytes of one direction.
func (f *Framing) Write(dir capture.Direction, p []byte) {
	for len(p) > 0 {
		n, mark := f.side[dir].Write(p)
		if p = p[n:]; mark == wire.End {
			f.reset(dir)
		}
	}
}

// Gap adds n bytes that are missing. Outside of literals they end the message that they are in.
func (f *Framing) Gap(dir capture.Direction, n int64) {
	side := &f.side[dir]
	in := min(n, side.Left())
	if in > 0 && side.Gap(in) == wire.End {
		f.reset(dir)
	}
	if n > in && !side.Idle() {
		f.reset(dir)
		f.begin(dir)
	}
}

// Left returns how many bytes of a literal that was announced are still to come.
func (f *Framing) Left(dir capture.Direction) int64 { return f.side[dir].Left() }

// Open reports whether a message has begun and has not ended.
func (f *Framing) Open(dir capture.Direction) bool { return !f.side[dir].Idle() }

// Refuse records that the server refused the client's literal: its bytes do not come.
func (f *Framing) Refuse() {
	if f.side[capture.ClientToServer].Refuse() == wire.End {
		f.reset(capture.ClientToServer)
	}
}

// reset prepares for the next message.
func (f *Framing) reset(dir capture.Direction) {
	if owned := f.side[dir].Reset(); owned != nil {
		f.buffers.Put(owned)
	}
}
