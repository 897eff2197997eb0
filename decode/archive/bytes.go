package archive

import (
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/decode"
)

// raw reads what was kept of a message's bytes, and the fields that are part of them.
func (r *Reader) raw(c *conn, m *decode.Message, s stored) error {
	kept := m.Len - m.Elided
	var err error
	m.Raw = m.Raw[:0]
	if s.together {
		m.Raw, err = r.piece(m, 0, stretch{kept: true, pos: s.pos, n: m.Len})
	} else {
		err = r.walk(c, streamOf(0, m.Dir), m.Off, m.Len, func(at int64, k stretch) error {
			m.Raw, err = r.piece(m, at, k)
			return err
		})
	}
	if err != nil {
		return err
	}
	tag, tagged := s.tag.of(m.Raw)
	text, texted := s.text.of(m.Raw)
	if int64(len(m.Raw)) != kept || !tagged && s.tag.n >= 0 || !texted && s.text.n >= 0 {
		return errBroken
	}
	m.Tag, m.Text = tag, text
	for i := range m.Literals {
		if l := &m.Literals[i]; !inside(l.Head.Start, l.Head.End, kept) || !inside(l.Body.Start, l.Body.End, kept) {
			return errBroken
		}
	}
	return nil
}

// piece appends what is kept of a chunk of m: at is how many bytes of m came before
// it.
func (r *Reader) piece(m *decode.Message, at int64, k stretch) ([]byte, error) {
	b, end := m.Raw, at+k.n
	var err error
	from, elided := at, int64(0)
	for _, g := range m.Gaps {
		gap := int64(g.At) + elided // in what was received
		if n := min(gap, end) - from; n > 0 {
			if b, err = r.kept(b, k, from-at, n); err != nil {
				return b, err
			}
		}
		elided += g.N
		if from = max(from, gap+g.N); from >= end {
			return b, nil
		}
	}
	if from >= end {
		return b, nil
	}
	return r.kept(b, k, from-at, end-from)
}

func (r *Reader) kept(b []byte, k stretch, from, n int64) ([]byte, error) {
	if !k.kept {
		return b, ErrNotKept
	}
	return r.bytes(b, k.pos+from, n)
}

// walk calls f for the stretches that contain n captured bytes of a stream, from a
// stream position on. A stretch with other bytes is cut to those. at is the number of
// the n bytes before it.
func (r *Reader) walk(c *conn, of stream, off, n int64, f func(at int64, k stretch) error) error {
	end, first := r.pageOf(c, of, off)
	if err := r.octs.seek(c, place{page: first}); err != nil {
		return err
	}
	pos := r.octs.off[of]
	for at := int64(0); at < n; {
		_, kd, body, ok, err := r.octs.next(end)
		if err != nil {
			return err
		}
		if !ok {
			return errBroken
		}
		if kd != streamEntry {
			continue
		}
		d := r.decoder(c, body)
		k := d.stream()
		if d.broken {
			return errBroken
		}
		if k.of != of {
			continue
		}
		pos += k.lost
		k.off = pos
		pos += k.n
		if skip := off - k.off; skip > 0 {
			skip = min(skip, k.n)
			k.off, k.pos, k.n = k.off+skip, k.pos+skip, k.n-skip
		}
		k.n = min(k.n, n-at)
		if k.n == 0 {
			continue
		}
		if err := f(at, k); err != nil {
			return err
		}
		at += k.n
	}
	return nil
}

func (r *Reader) pageOf(c *conn, of stream, off int64) (end place, first uint32) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	return c.here(), c.pageOf(of, off)
}

// Octets writes n captured bytes of one direction of the text of IMAP to w, from a
// stream position on, skipping lost ones. They are complete, regardless of what was
// kept of a message: a decode.Message has its Dir, Off and Len.
func (r *Reader) Octets(w io.Writer, id capture.ConnID, dir capture.Direction, off, n int64) error {
	return r.Stream(w, id, 0, dir, off, n)
}

// Stream does as Octets for any stream: see decode.Bytes.
func (r *Reader) Stream(w io.Writer, id capture.ConnID, of decode.UpgradeTo, dir capture.Direction, off, n int64) error {
	c, _, err := r.journalOf(id)
	if err != nil {
		return err
	}
	most := int64(r.a.spool.block)
	buf := make([]byte, 0, most)
	err = r.walk(c, streamOf(of, dir), off, n, func(_ int64, k stretch) error {
		for from := int64(0); from < k.n; {
			b, err := r.kept(buf[:0], k, from, min(k.n-from, most))
			if err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			from += int64(len(b))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bytes %d to %d of the %s of connection %d: %w", off, off+n, dir, id, err)
	}
	return nil
}

func inside(start, end int, n int64) bool { return 0 <= start && start <= end && int64(end) <= n }
