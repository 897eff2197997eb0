package print

import (
	"bytes"
	"io"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/ui/view"
)

// NewTextStreams returns n Streams that print text to w. With a filter there is only one: from
// where on transactions are numbered with their connection depends on which others it selects.
func NewTextStreams(n int, w io.Writer, o StreamsOptions, t TextOptions) (*Streams, error) {
	whole := NewText(w, t)
	if n <= 1 || o.selects() {
		return newOneStream(whole, o)
	}
	var second atomic.Uint64 // where the second connection is opened
	newPiece := func(emit func(piece) error, quota *view.Quota) *pieces {
		p := &pieces{emit: emit}
		text := NewText(&p.text, t)
		text.piece, text.gather.Quota = true, quota
		p.Printer, p.many = text, func(at uint64) {
			text.conns = 1
			if s := second.Load(); s != 0 && at > s {
				text.conns = 2
			}
		}
		return p
	}
	conns := 0
	return newPieceStreams(n, o, newPiece, func(at uint64) {
		if conns++; conns == 2 {
			second.Store(at)
		}
	}, func(x *piece) error {
		if x.opens {
			whole.opens(x.conn)
		} else {
			whole.about(x.conn)
		}
		if whole.err == nil {
			_, whole.err = w.Write(x.text)
		}
		return whole.err
	})
}

// NewJSONStreams returns n Streams that print JSON lines to w.
func NewJSONStreams(n int, w io.Writer, o StreamsOptions) (*Streams, error) {
	if n <= 1 {
		return newOneStream(NewJSON(w, o.Options), o)
	}
	newPiece := func(emit func(piece) error, _ *view.Quota) *pieces {
		p := &pieces{emit: emit, many: func(uint64) {}}
		p.Printer = NewJSON(&p.text, o.Options)
		return p
	}
	return newPieceStreams(n, o, newPiece, func(uint64) {}, func(x *piece) error {
		_, err := w.Write(x.text)
		return err
	})
}

// newPieceStreams returns Streams whose Printers print pieces. Without a filter, connections are
// printed when they are opened, as with one Stream, before their Shards have that event; opening
// is called before that with its place.
func newPieceStreams(n int, o StreamsOptions, newPiece func(func(piece) error, *view.Quota) *pieces, opening func(at uint64), each func(*piece) error) (*Streams, error) {
	ordered := &inOrder[piece]{each: each}
	front := ordered.part()
	s, err := newStreams(n, o, ordered, func(emit func(piece) error, quota *view.Quota) PartPrinter {
		p := newPiece(emit, quota)
		p.opened = !o.selects()
		return p
	})
	if err != nil {
		return nil, err
	}
	var at uint64
	first := newPiece(func(x piece) error {
		x.opens = true
		return front.add(x, at)
	}, nil)
	s.shards.RoundEnd = front.end
	if !o.selects() {
		s.shards.Opening = func(c *capture.Conn, place uint64) error {
			at = place
			opening(place)
			if err := first.Printer.Connection(*c); err != nil {
				return err
			}
			return first.End(c.ID)
		}
	}
	return s, nil
}

// piece is what is printed of a connection at a place.
type piece struct {
	conn  capture.ConnID
	opens bool // it is the line of the connection
	text  []byte
}

// pieces is a PartPrinter that emits what a Text or a JSON prints.
type pieces struct {
	Printer // to text
	text    bytes.Buffer
	emit    func(piece) error
	many    func(at uint64) // whether there are several connections
	opened  bool            // connections were printed when they were opened
}

// Connection implements Printer.
func (p *pieces) Connection(c capture.Conn) error {
	if p.opened {
		return nil
	}
	return p.Printer.Connection(c)
}

// Begin implements PartPrinter.
func (p *pieces) Begin(at uint64) { p.many(at) }

// End implements PartPrinter.
func (p *pieces) End(id capture.ConnID) error {
	if p.text.Len() == 0 {
		return nil
	}
	x := piece{conn: id, text: bytes.Clone(p.text.Bytes())}
	if p.text.Reset(); p.text.Cap() > keptText {
		p.text = bytes.Buffer{}
	}
	return p.emit(x)
}

// keptText is how large a buffer is kept.
const keptText = 1 << 20
