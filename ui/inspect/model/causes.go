package model

import (
	"imapscope/capture"
	"imapscope/ui/view"
)

// Causes returns why something went wrong, as far as that is known now; nil if it is not
// looked for, or hidden.
func (m *Model) Causes() *view.Causes {
	if m.Findings == nil || m.Blind() {
		return nil
	}
	return m.Findings.Causes()
}

// Wrong returns how many causes there are.
func (m *Model) Wrong() int {
	c := m.Causes()
	if c == nil {
		return 0
	}
	return len(c.List)
}

// Reasons returns a number that changes with Causes.
func (m *Model) Reasons() uint64 {
	if m.Findings == nil {
		return 0
	}
	return m.Findings.Reasons()
}

// Goes returns the message of an exchange that a byte of a stream is in, as an index, and
// the place of some bytes from there on in its Raw; false if it is in none.
func (e *Exchange) Goes(dir capture.Direction, off, length int64) (message, start, end int, ok bool) {
	for i, m := range e.Messages {
		if m.Dir != dir || off < m.Off || off >= m.Off+max(m.Len, 1) {
			continue
		}
		start := min(int(off-m.Off), len(m.Raw))
		return i, start, min(start+int(length), len(m.Raw)), true
	}
	return 0, 0, 0, false
}
