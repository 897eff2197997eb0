package intercept

import (
	"bytes"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// A Head is the beginning of a message.
type Head struct {
	Dir  capture.Direction
	Line []byte // its first line, or what has come of it
	Tag  []byte // "*" and "+" are tags too
	Word string // upper case: the command, the status or the kind of data
}

// readHead reads the first words of a line.
func readHead(dir capture.Direction, line []byte) Head {
	h := Head{Dir: dir, Line: line}
	tag, rest := wire.Word(line)
	word, more := wire.Word(bytes.TrimPrefix(rest, []byte(" ")))
	if dir == capture.ServerToClient && isNumber(word) {
		word, _ = wire.Word(bytes.TrimPrefix(more, []byte(" ")))
	}
	h.Tag, h.Word = tag, strings.ToUpper(string(word))
	return h
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// A Message is a message on its way, whole and not forwarded yet.
type Message struct {
	*decode.Message // as it came
	Conn            *Conn

	out     []byte // what is sent in its place
	changed []note
	shapes  []Shape
	held    Gate
	row     *filter.Row
	tree    *syntax.Node
}

// note is a note about what was done.
type note struct{ kind, text, tag string }

// String returns the note as it is reported.
func (n note) String() string { return capture.Act{Kind: n.kind, Text: n.text, Tag: n.tag}.String() }

// maxTag is how long a tag in a note is at most.
const maxTag = 64

// tag returns the tag of the command that the message belongs to, for a note; "" if there is
// none, or if it must not be shown: what a client sends as a tag may be a password.
func (m *Message) tag() string {
	t := m.Txn
	if t == nil || t.SecretTag || t.Secret || len(t.Tag) > maxTag {
		return ""
	}
	for _, c := range []byte(t.Tag) {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return t.Tag
}

// A Shape turns the bytes of a message, as they are to be sent, into the pieces in which they
// are. It is called when the message is sent, while the connection is locked.
type Shape func(raw []byte) []Piece

// A Piece is a part of what is sent in one direction.
type Piece struct {
	Wait time.Duration // before it
	Data []byte
	End  End // after it
}

// End is how sending ends.
type End uint8

// The ends. The zero End is none.
const (
	HalfClose End = iota + 1 // this direction is closed
	Reset                    // both sides are reset
	Close                    // both sides are closed
	Stall                    // nothing more is sent in this direction, which stays open
)

// A Gate holds a message until it is released.
type Gate interface {
	// Released reports whether the message may go, and what is sent in its place: raw itself
	// if it is unchanged, nil if it is dropped. It is called while the connection is
	// locked, until it returns true.
	Released(raw []byte) (out []byte, done bool)
}

// Seen returns what filters see of the message.
func (m *Message) Seen() *filter.Row {
	if m.row == nil {
		m.row = &m.Conn.row
		*m.row = filter.Row{}
		m.Conn.engine.opts.Row(m.row, &m.Conn.Info, m.Message)
	}
	return m.row
}

// Tree returns the message's tree, as it came.
func (m *Message) Tree() *syntax.Node {
	if m.tree == nil {
		switch {
		case m.Kind == decode.Continuation:
			m.tree = syntax.ParseContinuation(&m.Message.Message)
		case m.Dir == capture.ClientToServer:
			m.tree = syntax.ParseRequest(&m.Message.Message)
		default:
			p := new(syntax.Parser)
			if m.Txn != nil {
				m.tree = p.ResponseTo(m.Txn.Row, &m.Message.Message)
			} else {
				m.tree = p.Response(&m.Message.Message)
			}
		}
	}
	return m.tree
}

// Out returns what is sent in place of the message, as far as the agents so far have decided;
// nil if it is dropped.
func (m *Message) Out() []byte { return m.out }

// Change replaces what is sent. The text of the note says what was done, after its kind:
// capture.ByFault or capture.ByEdit. A nil raw drops the message.
func (m *Message) Change(raw []byte, kind, text string) {
	m.out = raw
	m.changed = append(m.changed, note{kind: kind, text: text, tag: m.tag()})
}

// Shape adds a shape: how the bytes are sent.
func (m *Message) Shape(s Shape, kind, text string) {
	m.shapes = append(m.shapes, s)
	m.changed = append(m.changed, note{kind: kind, text: text, tag: m.tag()})
}

// Form adds a shape, as Shape does. What was done is in the note of a Change or a Shape.
func (m *Message) Form(s Shape) { m.shapes = append(m.shapes, s) }

// End ends sending after the message. What was done is in the note of a Change or a Shape.
func (m *Message) End(e End) {
	m.Form(func(raw []byte) []Piece { return []Piece{{Data: raw, End: e}} })
}

// Hold holds the message until the gate releases it: Conn.Wake makes the connection ask again.
func (m *Message) Hold(g Gate) { m.held = g }
