package decode

import (
	"bytes"
	"time"

	"imapscope/capture"
	"imapscope/decode/layer"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// maxLayers is how many layers a connection may have: TLS, DEFLATE, and room for what a
// strange server agrees to. What follows beyond it is not decoded.
const maxLayers = 4

// stacked is a layer of a connection, and the layer.Sink of what it opens.
type stacked struct {
	d     *Decoder
	layer layer.Layer
	of    UpgradeTo
	above int      // its index in Decoder.layers, plus 1
	pos   [2]int64 // bytes that went into it, lost ones included
	sum   LayerCount
	shown bool // Upgrade was reported
	known bool // Secured was reported
	text  bool // there is no such layer: what comes is passed on
}

// push begins a layer: what follows in both directions goes into it.
func (d *Decoder) push(to UpgradeTo, dir capture.Direction, t time.Time) {
	x := &stacked{d: d, of: to, above: len(d.layers) + 1, sum: LayerCount{Of: to}}
	switch {
	case len(d.layers) == maxLayers:
	case to == TLS && d.open:
		x.layer = layer.NewTLS(d.keys, x)
	case to == Compression:
		x.layer = layer.NewDeflate(x)
	}
	if x.layer == nil {
		x.show(dir, t)
		d.darken(to, t, layer.Sealed)
		return
	}
	d.layers = append(d.layers, x)
	if to == TLS {
		d.endMessages(t)
		x.show(dir, t)
	}
}

// endMessages ends what each side has begun: a message does not continue behind a
// STARTTLS's OK (RFC 3501, section 6.2.1).
func (d *Decoder) endMessages(t time.Time) {
	for dir := range d.side {
		if f := &d.side[dir].framer; !f.Idle() && f.Close() == wire.End {
			d.end(capture.Direction(dir), t)
		}
	}
}

// darken ends decoding.
func (d *Decoder) darken(of UpgradeTo, t time.Time, why layer.Reason) {
	if d.up == 0 {
		d.up = of
		d.emit(&Dark{Of: of, Time: t, Why: why})
	}
}

// pass gives bytes of one direction to what is above k layers: the next layer, or the
// text of IMAP. t does not run backwards.
func (d *Decoder) pass(k int, dir capture.Direction, t time.Time, p []byte) {
	if k == len(d.layers) && d.up == 0 {
		p = d.text(dir, t, p)
	}
	if k < len(d.layers) && len(p) > 0 {
		d.layers[k].write(dir, t, p)
	}
}

// timeAt returns the time of bytes that are above k layers: those of the wire keep that of
// their source.
func (d *Decoder) timeAt(k int, t time.Time) time.Time {
	if k == 0 {
		return d.at
	}
	return t
}

// lose reports that about n bytes are missing of what is above k layers.
func (d *Decoder) lose(k int, dir capture.Direction, t time.Time, n int64) {
	if k == len(d.layers) && dir == capture.ServerToClient && d.mayCompress() {
		d.push(Compression, dir, t) // its OK may be lost: the layer finds out
	}
	if k < len(d.layers) {
		x := d.layers[k]
		d.keep(&Bytes{Of: x.of, Dir: dir, Time: d.timeAt(k, t), Off: x.pos[dir], Lost: n})
		x.pos[dir] += n
		x.layer.Lost(dir, t, n)
		return
	}
	if d.up != 0 {
		return
	}
	s := &d.side[dir]
	d.keep(&Bytes{Dir: dir, Time: d.timeAt(k, t), Off: s.pos, Lost: n})
	s.pos += n
	d.unseen.may = d.unseen.may || dir == capture.ClientToServer
	d.loseTransaction(dir, n, s.framer.Left() >= n)
	if s.framer.Gap(n) == wire.End {
		d.end(dir, t)
	}
}

// compresses reports whether there is a layer of compression.
func (d *Decoder) compresses() bool {
	for _, x := range d.layers {
		if x.of == Compression {
			return true
		}
	}
	return false
}

// mayCompress reports whether a COMPRESS waits for its OK.
func (d *Decoder) mayCompress() bool {
	if d.compresses() {
		return false
	}
	for _, t := range d.out {
		if t.Row.Does(protocol.Compresses) {
			return true
		}
	}
	return false
}

// Retry decodes what waited for keys that have come.
func (d *Decoder) Retry(t time.Time) []Event {
	d.Release()
	t = d.clock.pass(t)
	for _, x := range d.layers {
		x.layer.Retry(t)
	}
	return d.reported()
}

// keep reports bytes of a stream to a consumer that asked for them.
func (d *Decoder) keep(b *Bytes) {
	if d.streams {
		d.emit(b)
	}
}

// write consumes bytes of the layer. Compressed bytes come in pieces, whose events are
// flushed one by one if they can be, because a few bytes may become many messages.
func (x *stacked) write(dir capture.Direction, t time.Time, p []byte) {
	if x.of != Compression {
		x.consume(dir, t, p)
		return
	}
	for len(p) > 0 {
		n := min(len(p), layer.MaxInflateWrite)
		x.consume(dir, t, p[:n])
		p = p[n:]
		if f := x.d.flush; f != nil && len(x.d.reported()) > 0 {
			f()
		}
	}
}

func (x *stacked) consume(dir capture.Direction, t time.Time, p []byte) {
	if !x.text {
		x.d.keep(&Bytes{Of: x.of, Dir: dir, Time: x.d.timeAt(x.above-1, t), Off: x.pos[dir], Data: p})
	}
	x.pos[dir] += int64(len(p))
	x.sum.In[dir] += int64(len(p))
	x.layer.Write(dir, t, p)
}

// show reports that the layer begins.
func (x *stacked) show(dir capture.Direction, t time.Time) {
	if !x.shown {
		x.shown = true
		if x.of == Compression {
			x.d.carried |= compressed
		}
		x.d.emit(&Upgrade{To: x.of, Dir: dir, Time: t, Off: x.d.side[dir].pos})
	}
}

// secured reports what is known of the TLS session, once: when its data begins, or
// decoding ends.
func (x *stacked) secured(t time.Time) {
	if l, ok := x.layer.(*layer.TLS); ok && !x.known {
		x.known = true
		f := l.Facts()
		x.d.carried = x.d.carried&^versionMask | inTLS(f.Version)
		x.d.emit(&Secured{Time: t, Facts: f})
	}
}

// Plain implements layer.Sink.
func (x *stacked) Plain(dir capture.Direction, t time.Time, p []byte) {
	x.secured(t)
	x.sum.Out[dir] += int64(len(p))
	if x.of == Compression && x.d.flush == nil {
		p = bytes.Clone(p)
	}
	x.d.pass(x.above, dir, t, p)
}

// Gap implements layer.Sink.
func (x *stacked) Gap(dir capture.Direction, t time.Time, n int64) {
	x.d.lose(x.above, dir, t, n)
}

// Record implements layer.Sink.
func (x *stacked) Record(r *layer.Record) {
	x.show(r.Dir, r.Time)
	if !x.d.open {
		x.d.darken(x.of, r.Time, layer.Sealed)
		return
	}
	x.sum.Records[r.Dir]++
	if r.Fault != "" {
		x.sum.Faults++
	}
	e := &Record{Of: x.of, In: x.in(), Record: *r}
	e.Plain = x.d.top(x.above, r.Dir)
	x.d.emit(e)
}

// layerCounts returns what went through the layers that began.
func (d *Decoder) layerCounts() []LayerCount {
	var list []LayerCount
	for _, x := range d.layers {
		if x.shown {
			list = append(list, x.sum)
		}
	}
	return list
}

// in returns the stream that the layer's plaintext is part of.
func (x *stacked) in() UpgradeTo {
	if x.above < len(x.d.layers) {
		return x.d.layers[x.above].of
	}
	return 0
}

// top returns the position in the stream above k layers.
func (d *Decoder) top(k int, dir capture.Direction) int64 {
	if k < len(d.layers) {
		return d.layers[k].pos[dir]
	}
	return d.side[dir].pos
}

// Dark implements layer.Sink.
func (x *stacked) Dark(t time.Time, why layer.Reason) {
	x.show(capture.ClientToServer, t)
	x.secured(t)
	x.d.darken(x.of, t, why)
}

// Text implements layer.Sink.
func (x *stacked) Text(time.Time) { x.text = true }
