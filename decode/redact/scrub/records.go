package scrub

// records is a direction's position in a sequence of TLS records (RFC 8446, "Record
// Layer", p. 77: type, version and length, then that many bytes).
type records struct {
	from   int64 // where the first begins
	head   [5]byte
	have   int // bytes of head
	left   int // bytes of the record
	broken bool
}

// hide replaces the content of records, and everything that is not a record.
func (r *records) hide(b []byte) {
	for len(b) > 0 {
		switch {
		case r.broken:
			fill(b)
			return
		case r.left > 0:
			n := min(r.left, len(b))
			fill(b[:n])
			r.left -= n
			b = b[n:]
		default:
			n := copy(r.head[r.have:], b)
			r.have += n
			if r.have < len(r.head) {
				r.broken = !r.plausible()
				if r.broken {
					continue
				}
				return
			}
			if !r.plausible() {
				r.broken = true
				continue
			}
			r.left, r.have = int(r.head[3])<<8|int(r.head[4]), 0
			b = b[n:]
		}
	}
}

// plausible reports whether the bytes of a header so far are valid.
func (r *records) plausible() bool {
	kind := r.head[0] >= 20 && r.head[0] <= 24 // change cipher spec to heartbeat
	return kind && (r.have < 2 || r.head[1] == 3) && (r.have < 4 || r.head[3] <= 0x48)
}
