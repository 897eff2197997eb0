package archive

import (
	"bytes"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/sasl"
	"imapscope/decode/wire"
)

// message writes a message without its bytes: pos is where those are, if they are
// contiguous.
func (c *coder) message(m *decode.Message, pos int64, together bool) {
	c.flags(m.Dir == capture.ServerToClient, m.Broken, m.Ambiguous, m.Txn != nil, together,
		m.Elided > 0, m.Lost > 0, len(m.Literals) > 0)
	c.flags(m.Tag != nil, m.Text != nil, m.Number != 0, m.End.Equal(m.Time) && !m.Time.IsZero(), len(m.Secrets) > 0, m.SASL != nil, m.Layers != 0, m.Leg != 0 || m.Acts != nil)
	c.b = append(c.b, byte(m.Kind))
	if m.Layers != 0 {
		c.b = append(c.b, byte(m.Layers))
	}
	if m.Txn != nil {
		c.uint(uint64(m.Txn.N))
	}
	c.time(m.Time)
	if !m.End.Equal(m.Time) || m.Time.IsZero() {
		c.time(m.End)
	}
	c.uint(uint64(m.Off))
	c.uint(uint64(m.Len))
	if together {
		c.uint(uint64(pos))
	}
	if m.Elided > 0 {
		c.gaps(m.Gaps)
	}
	if m.Lost > 0 {
		c.uint(uint64(m.Lost))
	}
	c.name(m.Word)
	for _, part := range [][]byte{m.Tag, m.Text} {
		if part != nil {
			c.uint(uint64(within(m.Raw, part)))
			c.uint(uint64(len(part)))
		}
	}
	if m.Number != 0 {
		c.uint(uint64(m.Number))
	}
	if len(m.Literals) > 0 {
		c.literals(m)
	}
	if len(m.Secrets) > 0 {
		c.spans(m.Secrets)
	}
	if m.SASL != nil {
		c.sasl(m.SASL)
	}
	if m.Leg != 0 || m.Acts != nil {
		c.proxied(m.Leg, m.Acts)
	}
}

// spans writes places that are in order.
func (c *coder) spans(list []wire.Span) {
	c.uint(uint64(len(list)))
	at := 0
	for _, s := range list {
		c.int(int64(s.Start - at))
		c.int(int64(s.End - s.Start))
		at = s.End
	}
}

// spans appends places to list.
func (d *decoder) spans(list []wire.Span) []wire.Span {
	at := 0
	for range d.count() {
		s := wire.Span{Start: at + int(d.int())}
		s.End = s.Start + int(d.int())
		list = append(list, s)
		at = s.End
	}
	return list
}

// within returns where part, which is a part of raw, begins.
func within(raw, part []byte) int {
	if at := cap(raw) - cap(part); at >= 0 && at+len(part) <= len(raw) && bytes.Equal(raw[at:at+len(part)], part) {
		return at
	}
	return max(bytes.Index(raw, part), 0)
}

func (c *coder) gaps(gaps []wire.Gap) {
	c.uint(uint64(len(gaps)))
	at := 0
	for _, g := range gaps {
		c.uint(uint64(g.At - at))
		c.uint(uint64(g.N))
		at = g.At
	}
}

// sasl writes what a SASL exchange has said.
func (c *coder) sasl(r *sasl.Report) { c.bytes(r.Append(nil)) }

func (d *decoder) sasl() *sasl.Report {
	r := new(sasl.Report)
	if !r.Parse(d.bytes()) {
		d.fail()
	}
	return r
}

// gaps reads gaps into new memory: few messages have any.
func (d *decoder) gaps(m *wire.Message) {
	n := d.count()
	m.Gaps, m.Elided = make([]wire.Gap, n), 0
	at := 0
	for i := range m.Gaps {
		step, size := d.uint(), d.uint()
		if step > 1<<40 || size == 0 || size > 1<<50 {
			d.fail()
			m.Gaps, m.Elided = nil, 0
			return
		}
		at += int(step)
		m.Gaps[i] = wire.Gap{At: at, N: int64(size)}
		m.Elided += int64(size)
	}
}

func (c *coder) literals(m *decode.Message) {
	c.uint(uint64(len(m.Literals)))
	at := 0
	for i := range m.Literals {
		l := &m.Literals[i]
		c.flags(l.State&1 != 0, l.State&2 != 0, l.NonSync, l.Binary, l.Waited)
		c.int(int64(l.Head.Start - at))
		c.int(int64(l.Head.Len()))
		c.int(int64(l.Body.Start - l.Head.End))
		c.int(int64(l.Body.Len()))
		c.int(l.Size)
		at = l.Body.End
	}
}

// stored is where the bytes of a message are.
type stored struct {
	txn      int // its number in the connection; 0 if there is none
	pos      int64
	together bool
	tag      part
	text     part
}

// part is a place within a message's bytes.
type part struct{ at, n int }

func (p part) of(raw []byte) ([]byte, bool) {
	if p.n < 0 || p.at < 0 || p.at > len(raw) || p.n > len(raw)-p.at {
		return nil, false
	}
	return raw[p.at : p.at+p.n], true
}

// message reads all of m except Raw and what is part of it. m's slices are reused.
func (d *decoder) message(m *decode.Message) stored {
	raw, lits, secrets := m.Raw[:0], m.Literals[:0], m.Secrets[:0]
	*m = decode.Message{}
	m.Raw, m.Literals, m.Secrets = raw, lits, secrets
	var s stored
	f, g := d.byte(), d.byte()
	m.Dir = capture.Direction(f & 1)
	m.Broken, m.Ambiguous, s.together = f&2 != 0, f&4 != 0, f&16 != 0
	m.Kind = decode.Kind(d.byte())
	if m.Kind > decode.Junk {
		d.fail()
		m.Kind = decode.Junk
	}
	if g&64 != 0 {
		m.Layers = decode.Layers(d.byte())
	}
	if f&8 != 0 {
		s.txn = int(d.uint())
	}
	m.Time = d.time()
	m.End = m.Time
	if g&8 == 0 {
		m.End = d.time()
	}
	m.Off = int64(d.uint())
	m.Len = int64(d.uint())
	if s.together {
		s.pos = int64(d.uint())
	}
	if f&32 != 0 {
		d.gaps(&m.Message)
	}
	if f&64 != 0 {
		m.Lost = int64(d.uint())
	}
	m.Word = d.name()
	m.Row = decode.RowOf(m.Kind, m.Word)
	d.messageParts(m, &s, f, g)
	kept := m.Len - m.Elided
	if n := len(m.Gaps); m.Off < 0 || m.Len < 0 || kept < 0 || n > 0 && int64(m.Gaps[n-1].At) > kept {
		d.fail()
	}
	return s
}

// messageParts reads what only some messages have, as the flags of message say.
func (d *decoder) messageParts(m *decode.Message, s *stored, f, g byte) {
	s.tag, s.text = part{n: -1}, part{n: -1}
	if g&1 != 0 {
		s.tag = part{int(d.uint()), int(d.uint())}
	}
	if g&2 != 0 {
		s.text = part{int(d.uint()), int(d.uint())}
	}
	if g&4 != 0 {
		m.Number = uint32(d.uint())
	}
	if f&128 != 0 {
		d.literals(m)
	}
	if g&16 != 0 {
		m.Secrets = d.spans(m.Secrets)
	}
	if g&32 != 0 {
		m.SASL = d.sasl()
	}
	if g&128 != 0 {
		m.Leg, m.Acts = d.proxied()
	}
}

func (d *decoder) literals(m *decode.Message) {
	n := d.count()
	m.Literals = slices.Grow(m.Literals, n)[:n]
	at := 0
	for i := range m.Literals {
		l := &m.Literals[i]
		f := d.byte()
		l.NonSync, l.Binary, l.Waited = f&4 != 0, f&8 != 0, f&16 != 0
		l.State = 0
		for s := f & 3; s > 0; s-- {
			l.State++
		}
		l.Head.Start = at + int(d.int())
		l.Head.End = l.Head.Start + int(d.int())
		l.Body.Start = l.Head.End + int(d.int())
		l.Body.End = l.Body.Start + int(d.int())
		l.Size = d.int()
		at = l.Body.End
	}
}

// request is where the bytes of a transaction's request are.
type request struct {
	told  bool  // its message was reported
	at    place // its entry
	plain bool  // its bytes are contiguous, and there is nothing else to store
	pos   int64
	n     int64
}

// How a transaction's entry describes the request.
const (
	noRequest = iota
	plainRequest
	messageRequest
	ownRequest // it broke off, and was never reported
)

// transaction writes a transaction that has ended.
func (c *coder) transaction(t *decode.Transaction, r request) {
	c.uint(uint64(t.N))
	c.b = append(c.b, byte(t.Outcome))
	c.flags(t.Secret, t.SecretTag, t.SASL != nil, t.Leg != 0 || t.Acts != nil)
	c.b = append(c.b, byte(t.Layers))
	c.text(t.Tag)
	c.name(t.Command)
	c.name(t.Status)
	c.text(t.Text)
	c.time(t.Time)
	c.time(t.RequestEnd)
	c.time(t.FirstReady)
	c.time(t.FirstResponse)
	c.time(t.End)
	c.uint(uint64(len(t.Data)))
	for _, k := range t.Data {
		c.name(k.Kind)
		c.uint(uint64(k.N))
	}
	c.uint(uint64(t.Ready))
	c.uint(uint64(t.Ambiguous))
	c.uint(uint64(len(t.Literals)))
	for _, l := range t.Literals {
		c.flags(l.From == capture.ServerToClient, l.Waited, l.State&1 != 0, l.State&2 != 0)
		c.int(l.Octets)
	}
	c.uint(uint64(t.MoreLits))
	c.uint(uint64(t.Octets[0]))
	c.uint(uint64(t.Octets[1]))
	c.uint(uint64(t.Lost))
	c.name(t.User)
	c.name(t.Mailbox)
	c.spans(t.Secrets)
	if t.SASL != nil {
		c.sasl(t.SASL)
	}
	if t.Leg != 0 || t.Acts != nil {
		c.proxied(t.Leg, t.Acts)
	}
	c.request(t, r)
}

// request writes where the request of a transaction is or, if it is in no message of its own, the
// request itself.
func (c *coder) request(t *decode.Transaction, r request) {
	switch {
	case r.told && r.plain:
		c.uint(plainRequest)
		c.uint(uint64(r.pos))
		c.uint(uint64(r.n))
	case r.told:
		c.uint(messageRequest)
		c.uint(uint64(r.at.page))
		c.uint(uint64(r.at.off))
	case len(t.Request.Raw) > 0:
		c.uint(ownRequest)
		m := decode.Message{Message: t.Request}
		c.bytes(m.Raw)
		c.gaps(m.Gaps)
		c.literals(&m)
	default:
		c.uint(noRequest)
	}
}

// transaction reads a transaction; its request is still to be read if req.told.
// t's slices are reused.
func (d *decoder) transaction(t *decode.Transaction) request {
	reset(t)
	t.N = int(d.uint())
	t.Outcome = decode.Outcome(d.byte())
	if t.Outcome > decode.Orphan {
		d.fail()
		t.Outcome = decode.Completed
	}
	f := d.byte()
	t.Secret, t.SecretTag = f&1 != 0, f&2 != 0
	t.Layers = decode.Layers(d.byte())
	t.Tag = d.text()
	t.Command = d.name()
	t.Row = decode.RowOf(decode.Request, t.Command)
	t.Status = d.name()
	t.Text = d.text()
	t.Time = d.time()
	t.RequestEnd = d.time()
	t.FirstReady = d.time()
	t.FirstResponse = d.time()
	t.End = d.time()
	for range d.count() {
		t.Data = append(t.Data, decode.Count{Kind: d.name(), N: int(d.uint())})
	}
	t.Ready = int(d.uint())
	t.Ambiguous = int(d.uint())
	for range d.count() {
		f := d.byte()
		l := decode.Literal{From: capture.Direction(f & 1), Waited: f&2 != 0, Octets: d.int()}
		for s := f >> 2 & 3; s > 0; s-- {
			l.State++
		}
		t.Literals = append(t.Literals, l)
	}
	t.MoreLits = int(d.uint())
	t.Octets[0] = int64(d.uint())
	t.Octets[1] = int64(d.uint())
	t.Lost = int64(d.uint())
	t.User = d.name()
	t.Mailbox = d.name()
	t.Secrets = d.spans(t.Secrets)
	if f&4 != 0 {
		t.SASL = d.sasl()
	}
	if f&8 != 0 {
		t.Leg, t.Acts = d.proxied()
	}
	return d.request(t)
}

// request reads what coder.request wrote.
func (d *decoder) request(t *decode.Transaction) (req request) {
	switch d.uint() {
	case plainRequest:
		req = request{told: true, plain: true, pos: int64(d.uint()), n: int64(d.uint())}
	case messageRequest:
		req = request{told: true, at: place{uint32(d.uint()), uint32(d.uint())}}
	case ownRequest:
		m := decode.Message{Message: t.Request}
		m.Raw = append(m.Raw, d.bytes()...)
		d.gaps(&m.Message)
		d.literals(&m)
		t.Request = m.Message
	}
	return req
}

// reset clears t, but keeps its slices for reuse.
func reset(t *decode.Transaction) {
	req, data, lits, secrets := t.Request, t.Data, t.Literals, t.Secrets
	*t = decode.Transaction{Data: data[:0], Literals: lits[:0], Secrets: secrets[:0]}
	t.Request.Raw, t.Request.Literals = req.Raw[:0], req.Literals[:0]
}
