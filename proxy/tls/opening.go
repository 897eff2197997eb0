package tls

import (
	"bytes"
	"errors"
	"net"
)

// TLS record types that a side may begin with (RFC 8446, 5.1).
const (
	recordAlert     = 21
	recordHandshake = 22
)

// maxSmuggled bounds what is dropped before a handshake.
const maxSmuggled = 64 << 10

// opening is a connection on which a handshake comes next. Whatever precedes the first TLS
// record is dropped and counted, including bytes already read: anyone on the network may
// have injected them.
type opening struct {
	net.Conn
	rest    []byte // read but not processed yet
	first   []byte // the types that the first record may have
	begun   bool
	dropped int
}

// Read reads bytes from the first record on.
func (o *opening) Read(p []byte) (int, error) {
	for !o.begun {
		n := o.record()
		o.dropped += n
		o.rest = o.rest[n:]
		if o.begun {
			break
		}
		if o.dropped > maxSmuggled {
			return 0, errors.New("no TLS handshake, only other data")
		}
		n, err := o.Conn.Read(p)
		o.rest = append(o.rest, p[:n]...)
		if n == 0 && err != nil {
			o.dropped += len(o.rest)
			o.rest = nil
			return 0, err
		}
	}
	if len(o.rest) > 0 {
		n := copy(p, o.rest)
		o.rest = o.rest[n:]
		return n, nil
	}
	return o.Conn.Read(p)
}

// record returns how many bytes precede the first record, as far as is known: a record
// begins with its type and version 3.
func (o *opening) record() int {
	for i, c := range o.rest {
		if bytes.IndexByte(o.first, c) < 0 {
			continue
		}
		if i+1 == len(o.rest) {
			return i
		}
		if o.rest[i+1] == 3 {
			o.begun = true
			return i
		}
	}
	return len(o.rest)
}
