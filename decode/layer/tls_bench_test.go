package layer

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"testing"
	"time"

	"imapscope/capture"
)

// nowhere is a Sink that does nothing.
type nowhere struct{ n int64 }

func (s *nowhere) Plain(_ capture.Direction, _ time.Time, p []byte) { s.n += int64(len(p)) }
func (s *nowhere) Gap(capture.Direction, time.Time, int64)          {}
func (s *nowhere) Record(*Record)                                   {}
func (s *nowhere) Dark(time.Time, Reason)                           {}
func (s *nowhere) Text(time.Time)                                   {}

// sessionOf returns the records of a session after its handshake, as one stream, and what
// comes before them.
func sessionOf(version, suite uint16, size, n int) (before []chunk, stream []byte, keys string) {
	e := newEncoder(version, suite)
	e.shake()
	before, e.chunks = e.chunks, nil
	for range n {
		e.say(1, longText(size))
	}
	for _, c := range e.chunks {
		stream = append(stream, c.data...)
	}
	return before, stream, e.keys.String()
}

// BenchmarkTLS opens records of both sizes of the promise, whole and in packets, beside what
// AES-GCM alone takes for the same records.
func BenchmarkTLS(b *testing.B) {
	for _, size := range []int{16 << 10, 200} {
		const total = 4 << 20
		b.Run(fmt.Sprintf("aead-alone/%d", size), func(b *testing.B) { benchAEAD(b, size, total/size) })
		for _, suite := range []struct {
			name        string
			version, id uint16
		}{{"1.3", version13, 0x1301}, {"1.2", version12, 0xC02F}} {
			before, stream, keys := sessionOf(suite.version, suite.id, size, total/size)
			for _, chunk := range []int{64 << 10, 1448} {
				b.Run(fmt.Sprintf("tls-%s/%d/writes-of-%d", suite.name, size, chunk), func(b *testing.B) {
					benchOpen(b, before, stream, keys, chunk, total/size*size)
				})
			}
			b.Run(fmt.Sprintf("tls-%s/%d/writes-of-a-record", suite.name, size), func(b *testing.B) {
				benchOpen(b, before, stream, keys, 0, total/size*size)
			})
		}
	}
}

func benchAEAD(b *testing.B, size, n int) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	nonce, head := make([]byte, 12), make([]byte, 5)
	sealed := a.Seal(nil, nonce, []byte(longText(size)), head)
	stream := make([]byte, 0, n*len(sealed)) // as far apart in memory as the records are
	for range n {
		stream = append(stream, sealed...)
	}
	dst := make([]byte, 0, 64<<10)
	b.SetBytes(int64(n * size))
	b.ReportAllocs()
	for b.Loop() {
		for at := 0; at < len(stream); at += len(sealed) {
			if _, err := a.Open(dst, nonce, stream[at:at+len(sealed)], head); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchOpen(b *testing.B, before []chunk, stream []byte, keys string, chunk, plain int) {
	k := keysOf(keys)
	b.SetBytes(int64(plain))
	b.ReportAllocs()
	for b.Loop() {
		s := &nowhere{}
		l := NewTLS(k, s)
		when := feedAll(l, before, 0)
		for p := stream; len(p) > 0; {
			n := min(chunk, len(p))
			if chunk == 0 {
				n = recordLen(p)
			}
			l.Write(capture.ServerToClient, when, p[:n])
			p = p[n:]
		}
		l.Close(when)
		if s.n != int64(plain) {
			b.Fatalf("%d bytes of %d", s.n, plain)
		}
	}
}

// TestOpeningDoesNotAllocate: nothing is allocated for a record once a connection runs.
func TestOpeningDoesNotAllocate(t *testing.T) {
	for _, id := range []uint16{0x1301, 0x1303, 0x1304} {
		before, stream, keys := sessionOf(version13, id, 1000, 400)
		l := NewTLS(keysOf(keys), &nowhere{})
		when := feedAll(l, before, 0)
		record := len(stream) / 400
		next := func() {
			l.Write(capture.ServerToClient, when, stream[:record/2])
			l.Write(capture.ServerToClient, when, stream[record/2:2*record])
			stream = stream[2*record:]
		}
		next()
		if n := testing.AllocsPerRun(100, next); n > 0 {
			t.Errorf("%s: %v allocations for two records", suiteNames[id], n)
		}
	}
}
