package print

import (
	"io"
	"strconv"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

const (
	// maxLeaf is the maximum length of a leaf that is written; for a longer one, only
	// its length is.
	maxLeaf = 1024
	// maxHeldTrees bounds the total bytes of lines that wait for a filter.
	maxHeldTrees = 64 << 20
)

// Trees writes one JSON object per line: every message with its syntax tree, and the
// connections, notes, findings and losses between them in the same form as JSON. `imapscope
// help jsonl` is its schema: fields are added, never renamed or removed.
type Trees struct {
	*JSON
	w      io.Writer
	opts   view.Options
	parser syntax.Parser
	buf    []byte
	err    error

	hold bool // lines wait until their transaction is printed or dropped
	held map[treeKey]*heldTrees
	size int // bytes of all held
}

type treeKey struct {
	conn capture.ConnID
	n    int
}

// heldTrees holds the lines of an incomplete transaction.
type heldTrees struct {
	lines   []byte
	omitted int // messages that did not fit
}

// NewTrees returns a Printer that writes to w. Filtered reports whether there is a filter,
// so transactions may be dropped and their messages have to wait.
func NewTrees(w io.Writer, o view.Options, filtered bool) *Trees {
	return &Trees{JSON: NewJSON(w, o), w: w, opts: o, hold: filtered, held: make(map[treeKey]*heldTrees)}
}

// Greeting implements Printer.
func (t *Trees) Greeting(id capture.ConnID, m *decode.Message) error { return t.alone(id, m) }

// Unsolicited implements Printer.
func (t *Trees) Unsolicited(id capture.ConnID, m *decode.Message) error { return t.alone(id, m) }

// Junk implements Printer.
func (t *Trees) Junk(id capture.ConnID, m *decode.Message) error { return t.alone(id, m) }

// alone writes a message that belongs to no transaction.
func (t *Trees) alone(id capture.ConnID, m *decode.Message) error {
	t.write(t.line(id, m))
	return t.err
}

// Message implements Printer.
func (t *Trees) Message(id capture.ConnID, m *decode.Message) {
	line := t.line(id, m)
	if !t.hold {
		t.write(line)
		return
	}
	key := treeKey{id, m.Txn.N}
	h := t.held[key]
	if h == nil {
		h = new(heldTrees)
		t.held[key] = h
	}
	if t.size+len(line) > maxHeldTrees {
		h.omitted++
		return
	}
	t.size += len(line)
	h.lines = append(h.lines, line...)
}

// Transaction implements Printer.
func (t *Trees) Transaction(id capture.ConnID, x *decode.Transaction) error {
	if h := t.release(id, x.N); h != nil {
		t.write(h.lines)
		if h.omitted > 0 {
			t.encode(struct {
				Type     string         `json:"type"`
				Conn     capture.ConnID `json:"conn"`
				N        int            `json:"n"`
				Messages int            `json:"messages"`
			}{"omitted", id, x.N, h.omitted})
		}
	}
	return t.err
}

// Drop implements Printer.
func (t *Trees) Drop(id capture.ConnID, x *decode.Transaction) { t.release(id, x.N) }

func (t *Trees) release(id capture.ConnID, n int) *heldTrees {
	key := treeKey{id, n}
	h := t.held[key]
	if h != nil {
		t.size -= len(h.lines)
		delete(t.held, key)
	}
	return h
}

// Close implements Printer.
func (t *Trees) Close(id capture.ConnID, c *decode.Closed) error {
	if t.err != nil {
		return t.err
	}
	return t.JSON.Close(id, c)
}

func (t *Trees) write(b []byte) {
	if t.err == nil {
		_, t.err = t.w.Write(b)
	}
}

func (t *Trees) encode(v any) {
	if t.err == nil {
		t.err = t.enc.Encode(v)
	}
}

// line returns a message as a line; it is valid until the next call.
func (t *Trees) line(id capture.ConnID, m *decode.Message) []byte {
	n := 0
	if m.Txn != nil {
		n = m.Txn.N
	}
	when, _ := stamp(m.Time).MarshalJSON()
	b := append(t.buf[:0], `{"type":"message","conn":`...)
	b = strconv.AppendUint(b, uint64(id), 10)
	b = append(appendInt(append(b, `,"n":`...), int64(n)), `,"from":"`...)
	b = append(append(b, m.Dir.String()...), `","kind":"`...)
	b = append(append(b, m.Kind.String()...), `","time":`...)
	b = append(append(b, when...), `,"offset":`...)
	b = append(appendInt(b, m.Off), `,"octets":`...)
	b = append(appendInt(b, m.Len), `,"lost":`...)
	b = append(appendInt(b, m.Lost), `,"broken":`...)
	b = append(strconv.AppendBool(b, m.Broken), `,"shortened":`...)
	b = append(appendInt(b, m.Elided), `,"tree":`...)
	bytes := t.opts.Bytes(m)
	root := m.Parse(&t.parser)
	b = appendNode(b, &bytes, t.opts.Notes(m, root), root)
	t.buf = append(b, "}\n"...)
	return t.buf
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

// appendNode appends a node with all that is below it.
func appendNode(b []byte, bytes *view.Bytes, decoded map[int]view.Decoded, n *syntax.Node) []byte {
	start, end, shortened := bytes.Place(n.Span)
	b = appendQuoted(append(b, `{"kind":`...), n.Kind.String())
	if n.Role != protocol.RoleNone {
		b = appendQuoted(append(b, `,"role":`...), n.Role.String())
	}
	b = append(appendInt(append(b, `,"span":[`...), start), ',')
	b = append(appendInt(b, end), ']')
	switch {
	case len(n.Kids) > 0:
		b = append(b, `,"kids":[`...)
		for i := range n.Kids {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendNode(b, bytes, decoded, &n.Kids[i])
		}
		b = append(b, ']')
	case shortened || n.Span.Len() > maxLeaf:
		b = appendInt(append(b, `,"length":`...), end-start)
	default:
		b = appendQuoted(append(b, `,"text":`...), bytes.Of(n.Span))
	}
	if d, ok := decoded[n.Span.End]; ok && len(n.Kids) == 0 && n.Span.Len() > 0 {
		b = appendDecoded(b, d)
	}
	if n.Err != nil {
		b = appendFault(b, bytes, n.Err)
	}
	return append(b, '}')
}

// appendDecoded appends what the value of a node means.
func appendDecoded(b []byte, d view.Decoded) []byte {
	if d.Text != "" {
		b = appendQuoted(append(b, `,"decoded":`...), d.Text)
	}
	if d.Wrong != "" {
		b = appendQuoted(append(b, `,"undecoded":`...), d.Wrong)
	}
	return b
}

// appendFault appends what is wrong with a node.
func appendFault(b []byte, bytes *view.Bytes, e *wire.Error) []byte {
	at, _, _ := bytes.Place(wire.Span{Start: e.Off, End: e.Off})
	b = appendInt(append(b, `,"error":{"offset":`...), at)
	b = appendQuoted(append(b, `,"expected":`...), e.Want)
	b = appendQuoted(append(b, `,"citation":`...), e.Ref)
	return append(b, '}')
}
