package traffic

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// stream is one direction of a connection, put together by a reader that
// knows only what Write may do: no retransmission, no fragments.
type stream struct {
	isn      uint32
	segments map[uint32][]byte // by offset from the first octet
	acked    uint32            // by the other side, likewise
	fin      bool
	end      uint32 // offset of the octet after the last, by the FIN
}

// pair is a connection.
type pair struct{ client, server stream }

// readCapture takes a capture apart; it fails on anything malformed.
func readCapture(t *testing.T, file []byte, port uint16) (pairs map[string]*pair, packets, late int64) {
	t.Helper()
	if len(file) < fileHeader || binary.LittleEndian.Uint32(file) != 0xa1b23c4d {
		t.Fatal("no pcap header")
	}
	pairs = map[string]*pair{}
	last := int64(0)
	for b := file[fileHeader:]; len(b) > 0; packets++ {
		when := int64(binary.LittleEndian.Uint32(b))*1e9 + int64(binary.LittleEndian.Uint32(b[4:]))
		size := binary.LittleEndian.Uint32(b[8:])
		if when <= last || int(size)+recordHeader > len(b) || size != binary.LittleEndian.Uint32(b[12:]) {
			t.Fatalf("packet %d: time %d after %d, size %d of %d", packets, when, last, size, len(b))
		}
		frame := b[recordHeader : recordHeader+size]
		b, last = b[recordHeader+size:], when

		ip, tcp := frame[14:34], frame[34:]
		if int(binary.BigEndian.Uint16(ip[2:])) != len(frame)-14 || slowSum(ip) != 0xffff {
			t.Fatalf("packet %d: bad IP header %x", packets, ip)
		}
		pseudo := append(append([]byte{}, ip[12:20]...), 0, 6, byte(len(tcp)>>8), byte(len(tcp)))
		if slowSum(append(pseudo, tcp...)) != 0xffff {
			t.Fatalf("packet %d: bad TCP checksum", packets)
		}
		if isLate := segmentOf(t, pairs, packets, port, ip, tcp); isLate {
			late++
		}
	}
	return pairs, packets, late
}

// slowSum is the Internet checksum as RFC 1071 explains it; 0xffff is right.
func slowSum(b []byte) uint16 {
	var c uint32
	for ; len(b) > 1; b = b[2:] {
		c += uint32(b[0])<<8 + uint32(b[1])
	}
	if len(b) > 0 {
		c += uint32(b[0]) << 8
	}
	for c > 0xffff {
		c = c>>16 + c&0xffff
	}
	return uint16(c)
}

func segmentOf(t *testing.T, pairs map[string]*pair, packet int64, port uint16, ip, tcp []byte) (late bool) {
	src, dst := binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	key := fmt.Sprintf("%v:%d", ip[12:16], src)
	fromServer := src == port
	if fromServer {
		key = fmt.Sprintf("%v:%d", ip[16:20], dst)
	} else if dst != port {
		t.Fatalf("packet %d: from port %d to %d", packet, src, dst)
	}
	seq, acked, flags := binary.BigEndian.Uint32(tcp[4:]), binary.BigEndian.Uint32(tcp[8:]), tcp[13]
	data := tcp[tcp[12]>>4*4:]
	p := pairs[key]
	if p == nil {
		if flags != syn {
			t.Fatalf("packet %d: %s begins with flags %#x", packet, key, flags)
		}
		p = &pair{}
		pairs[key] = p
	}
	from, to := &p.client, &p.server
	if fromServer {
		from, to = to, from
	}
	if flags&syn != 0 {
		if from.segments != nil {
			t.Fatalf("packet %d: %s begins twice", packet, key)
		}
		*from = stream{isn: seq, segments: map[uint32][]byte{}}
	}
	if flags&ack != 0 {
		to.acked = max(to.acked, acked-to.isn-1)
	}
	at := seq - from.isn - 1
	if flags&fin != 0 {
		from.fin, from.end = true, at
	}
	if len(data) == 0 {
		return false
	}
	if at < from.acked || from.segments[at] != nil {
		t.Fatalf("packet %d: octets at %d come after their acknowledgement (%d), or twice", packet, at, from.acked)
	}
	for other := range from.segments {
		late = late || other > at
	}
	from.segments[at] = data
	return late
}

// octets are the stream's, in order; lost ones are counted and left out.
func (s *stream) octets(t *testing.T) (_ []byte, lost int64) {
	t.Helper()
	if !s.fin {
		t.Fatal("a stream without its end")
	}
	var b bytes.Buffer
	left := len(s.segments)
	for at := uint32(0); at < s.end; {
		data, ok := s.segments[at]
		if !ok {
			lost++
			at++
			continue
		}
		left--
		b.Write(data)
		at += uint32(len(data))
	}
	if left != 0 {
		t.Fatalf("%d segments overlap, or stand behind the end", left)
	}
	return b.Bytes(), lost
}
