package model

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy/intercept"
)

// Waiting is what the proxy holds, as of one moment.
type Waiting struct {
	Held  []*intercept.Held // oldest first
	Now   time.Time
	Limit time.Duration // how long each waits at most
}

// Left returns how long a message still waits until it is released.
func (w *Waiting) Left(h *intercept.Held) time.Duration {
	return max(h.Since.Add(w.Limit).Sub(w.Now), 0)
}

// Find returns the message with an ID, and its index; nil if it no longer waits.
func (w *Waiting) Find(id int) (*intercept.Held, int) {
	for i, h := range w.Held {
		if h.ID == id {
			return h, i
		}
	}
	return nil, -1
}

// Has reports whether a message of a connection's nth transaction waits.
func (w *Waiting) Has(id capture.ConnID, n int) bool {
	return slices.ContainsFunc(w.Held, func(h *intercept.Held) bool { return h.Conn.ID == id && h.Txn == n && n > 0 })
}

// Held returns a held message as an exchange of it alone. Its I is negative: it is not one of
// the archive's.
func (m *Model) Held(h *intercept.Held) *Exchange {
	x := &Exchange{I: -h.ID, First: true}
	x.Row.Conn, x.Row.N = h.Conn.ID, h.Txn
	if i, ok := m.Archive.Find(h.Conn.ID, h.Txn); ok && h.Dir == capture.ServerToClient {
		t := new(decode.Transaction)
		if m.Reader.Txn(i, t) == nil {
			x.Transaction = t
		}
	}
	x.Messages = decoded(h.Dir, h.Masked())
	for _, message := range x.Messages {
		message.Txn = x.Transaction
	}
	return x
}

// decoded returns the messages that the bytes of one direction are.
func decoded(dir capture.Direction, raw []byte) []*decode.Message {
	t := newTalk()
	t.write(dir, raw)
	return t.close()
}

// Talk returns a command and what answers it as an exchange that is not of the archive.
func (m *Model) Talk(command, answer []byte) *Exchange {
	t := newTalk()
	t.write(capture.ClientToServer, command)
	t.write(capture.ServerToClient, answer)
	x := &Exchange{First: true}
	x.Messages = t.close()
	return x
}

// talk decodes bytes that are not of the archive.
type talk struct {
	decoder *decode.Decoder
	out     []*decode.Message
}

func newTalk() *talk { return &talk{decoder: decode.New(decode.Options{MidStream: true})} }

func (t *talk) gather(events []decode.Event) {
	for _, e := range events {
		if m, ok := e.(*decode.Message); ok {
			c := m.Clone()
			c.Txn = nil // it is valid only now
			t.out = append(t.out, c)
		}
	}
}

// write decodes the bytes of a direction. The server is ready for each literal.
func (t *talk) write(dir capture.Direction, raw []byte) {
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\n') + 1
		if n == 0 {
			n = len(raw)
		}
		t.gather(t.decoder.Write(dir, time.Time{}, raw[:n]))
		if raw = raw[n:]; dir == capture.ClientToServer && t.decoder.AtLiteral() {
			_ = t.decoder.Write(capture.ServerToClient, time.Time{}, []byte("+ \r\n"))
		}
	}
}

func (t *talk) close() []*decode.Message {
	t.gather(t.decoder.Close(time.Time{}, capture.EndOfCapture))
	return t.out
}

// HeldLine returns the held message as one inert line.
func (m *Model) HeldLine(h *intercept.Held) string {
	if s, ok := m.held[h.ID]; ok {
		return s
	}
	s := ""
	if list := m.Held(h).Messages; len(list) > 0 {
		s = m.View.Line(list[0]).Text
	}
	if len(m.held) >= maxRequests {
		clear(m.held)
	}
	m.held[h.ID] = s
	return s
}
