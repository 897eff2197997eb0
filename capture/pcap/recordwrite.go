package pcap

import (
	"fmt"
	"io"

	"imapscope/capture"
)

// blocks are whole blocks that wait to be written. Data that a Buffer holds is not copied: it is
// written from where it is, in its place between the bytes of buf.
type blocks struct {
	buf     []byte
	apart   []apart
	outside int // bytes that are apart
	holds   []capture.Hold
	vectors [][]byte // scratch of write

	packets int64
	data    int64  // bytes of events, for NotRecorded
	some    bool   // first is known
	first   uint64 // stamp of the first event
}

// apart is data that belongs before buf[at:].
type apart struct {
	at   int
	data []byte
}

// size returns the number of bytes that wait.
func (w *blocks) size() int { return len(w.buf) + w.outside }

// since records that what waits includes an event at t.
func (w *blocks) since(t uint64) {
	if !w.some && w.size() > 0 {
		w.first, w.some = t, true
	}
}

// packet adds a packet.
func (w *blocks) packet(path *path, p *tcpPacket, t uint64) {
	b, at := appendPacket(w.buf, path, p, t)
	w.buf = b
	w.packets++
	if p.apart {
		w.apart = append(w.apart, apart{at, p.data})
		w.outside += len(p.data)
	}
}

// parts returns what waits, in order: buf, with what is apart between. It is valid until the
// next call.
func (w *blocks) parts() [][]byte {
	v, from := w.vectors[:0], 0
	for _, a := range w.apart {
		v = append(v, w.buf[from:a.at], a.data)
		from = a.at
	}
	w.vectors = append(v, w.buf[from:])
	return w.vectors
}

// clear drops everything that waits; the memory of the lists is kept.
func (w *blocks) clear() {
	for i := range w.holds {
		w.holds[i].Release()
	}
	clear(w.apart)
	clear(w.vectors[:cap(w.vectors)])
	*w = blocks{buf: w.buf[:0], apart: w.apart[:0], holds: w.holds[:0], vectors: w.vectors[:0], data: w.data}
}

// hold reports whether the data of an event remains where it is until it is written.
func (r *Recorder) hold(e *capture.Event) bool {
	if r.series == nil || !r.series.vectors {
		return false
	}
	h, ok := e.Hold()
	if ok {
		r.wait.holds = append(r.wait.holds, h)
	}
	return ok
}

// Flush writes what waits because of RecorderOptions.Batch. Keys alone wait for the next packet,
// which may be that of another file.
func (r *Recorder) Flush() {
	r.mu.Lock()
	defer r.unlock()
	if r.wait.packets > 0 {
		r.flush()
	}
}

// flush writes what waits, which is that of whole events.
func (r *Recorder) flush() {
	if r.wait.size() > 0 {
		r.write()
	}
	r.wait.data = 0
}

// write writes what waits, to the next file if that is due. An error ends the recording.
func (r *Recorder) write() {
	if r.err == nil && r.series != nil && r.full() {
		if err := r.series.next(r); err != nil {
			r.fail(err)
		}
	}
	if r.err != nil {
		r.wait.clear()
		return
	}
	if !r.some && r.wait.some {
		r.first, r.some = r.wait.first, true
	}
	if err := r.writeBlocks(); err != nil {
		r.fail(err)
		return
	}
	r.stats.Packets += r.wait.packets
	r.wait.clear()
}

// writeBlocks makes the Write.
func (r *Recorder) writeBlocks() error {
	if len(r.wait.apart) == 0 {
		return r.writeBytes(r.wait.buf)
	}
	n, err := writeVectors(r.series.file, r.wait.parts())
	if err == nil {
		r.size += n
		r.stats.Octets += n
	}
	return err
}

// begin writes the header of a file.
func (r *Recorder) begin() error {
	r.size, r.some = 0, false
	r.stats.Files++
	return r.writeBytes(appendHeader(nil, commentText(r.opts.Application), commentText(r.opts.Comment)))
}

func (r *Recorder) writeBytes(b []byte) error {
	n, err := r.out.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	r.size += int64(n)
	r.stats.Octets += int64(n)
	return nil
}

// fail ends the recording.
func (r *Recorder) fail(err error) {
	r.done = true
	r.err = fmt.Errorf("the recording ended early: %w", err)
	r.missing.Add(r.wait.data)
	r.wait.clear()
	r.wait, r.conns, r.used, r.gapped = blocks{}, nil, [2]map[path]bool{}, nil
	if r.series != nil {
		r.series.trim(r.size)
	}
}
