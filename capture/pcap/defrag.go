package pcap

import (
	"net/netip"
	"time"
)

// Limits of defragmentation. Beyond them the oldest packets are given up first, and
// their TCP payload is missing from its stream.
const (
	maxFragPackets = 256     // incomplete packets
	maxFragBytes   = 4 << 20 // of all of them together
	maxFragSize    = 65535   // of one
	maxFragAge     = 30 * time.Second
)

// fragments reassembles IP packets. Where fragments overlap the first one
// to arrive wins, and nothing is written twice: a teardrop attack does no harm.
type fragments struct {
	open  map[fragKey]*partial
	order []fragKey // oldest first
	bytes int
}

type fragKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
}

type fragment struct {
	key  fragKey
	off  int
	more bool
	data []byte
	cut  bool // its end was not captured
}

// partial is a packet with missing fragments.
type partial struct {
	data  []byte
	have  []span // sorted, apart from each other
	end   int    // its length; -1 until the last fragment arrived
	since time.Duration
}

type span struct{ from, to int }

// add adds a fragment that arrived at a time of the Assembler's clock. It returns the
// packet if that completes it.
func (f *fragments) add(g fragment, now time.Duration) []byte {
	if f.open == nil {
		f.open = make(map[fragKey]*partial)
	}
	f.expire(now)
	if g.cut || len(g.data) == 0 || g.off+len(g.data) > maxFragSize || g.more && len(g.data)%8 != 0 {
		return nil // it cannot be part of a complete packet
	}
	p := f.open[g.key]
	if p == nil {
		for len(f.open) >= maxFragPackets {
			f.drop(f.order[0])
		}
		p = &partial{end: -1, since: now}
		f.open[g.key] = p
		f.order = append(f.order, g.key)
	}
	to := g.off + len(g.data)
	switch {
	case p.end >= 0 && (to > p.end || !g.more && to < p.end), !g.more && to < len(p.data):
		return nil // it contradicts the packet's length: the first fragment counts
	case !g.more:
		p.end = to
	}
	if grow := to - len(p.data); grow > 0 {
		f.bytes += grow
		p.data = append(p.data, make([]byte, grow)...)
	}
	p.put(g.off, g.data)
	for f.bytes > maxFragBytes && f.order[0] != g.key {
		f.drop(f.order[0])
	}
	if p.end >= 0 && len(p.have) == 1 && p.have[0] == (span{0, p.end}) {
		whole := p.data[:p.end]
		f.drop(g.key)
		return whole
	}
	return nil
}

// put copies the bytes that are not there yet, and joins the spans.
func (p *partial) put(off int, data []byte) {
	s := span{off, off + len(data)}
	at := s.from
	var have []span
	for _, h := range p.have {
		if h.to < s.from || h.from > s.to { // apart
			have = append(have, h)
			continue
		}
		if at < h.from {
			copy(p.data[at:h.from], data[at-off:])
		}
		at = max(at, h.to)
		s.from, s.to = min(s.from, h.from), max(s.to, h.to)
	}
	if end := off + len(data); at < end {
		copy(p.data[at:end], data[at-off:])
	}
	i := 0
	for i < len(have) && have[i].from < s.from {
		i++
	}
	have = append(have, span{})
	copy(have[i+1:], have[i:])
	have[i] = s
	p.have = have
}

func (f *fragments) drop(k fragKey) {
	p := f.open[k]
	if p == nil {
		return
	}
	f.bytes -= len(p.data)
	delete(f.open, k)
	for i, o := range f.order {
		if o == k {
			f.order = append(f.order[:i], f.order[i+1:]...)
			return
		}
	}
}

func (f *fragments) expire(now time.Duration) {
	for len(f.order) > 0 && now-f.open[f.order[0]].since > maxFragAge {
		f.drop(f.order[0])
	}
}
