package proxy

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// fed returns a socketReader, its socket, and the other end of that.
func fed(t *testing.T, m *memory) (r *socketReader, here, there *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	here, there = c.(*net.TCPConn), d.(*net.TCPConn)
	t.Cleanup(func() { here.Close(); there.Close() })
	return newSocketReader(here, m).(*socketReader), here, there
}

// fill waits until n bytes can be read, or no more come.
func fill(c *net.TCPConn, n int) {
	for before, same := -1, 0; before < n && same < 10; time.Sleep(time.Millisecond) {
		if now := unread(c); now != before {
			before, same = now, 0
		}
		same++
	}
}

// readAll reads to the end, each time after as much has come as fits in a bulk buffer, and
// returns how often a bulk buffer was read into.
func readAll(t *testing.T, r *socketReader, c *net.TCPConn, size int) (bulks int) {
	t.Helper()
	for got := 0; ; {
		fill(c, min(bulkBufferSize, size-got))
		p, err := r.read()
		if errors.Is(err, io.EOF) && got == size {
			return bulks
		}
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", got, size, err)
		}
		got += len(p)
		if len(r.buffer().Bytes()) == bulkBufferSize {
			bulks++
			if len(p) < bulkBufferSize/2 {
				t.Errorf("%d bytes were read into a bulk buffer", len(p))
			}
		}
		r.release()
	}
}

// TestBulkBuffers: where much waits to be read, much is read at once, into buffers that are
// filled by half at least; only so many directions have one.
func TestBulkBuffers(t *testing.T) {
	const size = 2 << 20
	var m memory
	m.init()
	for _, limited := range []bool{false, true} {
		if limited {
			m.bulky.Store(maxBulk)
		}
		r, here, there := fed(t, &m)
		if err := here.SetReadBuffer(2 * bulkBufferSize); err != nil {
			t.Fatal(err)
		}
		go func() {
			there.Write(make([]byte, size))
			there.CloseWrite()
		}()
		bulks := readAll(t, r, here, size)
		if (bulks > 0) == limited {
			t.Errorf("limit reached %t: %d bulk buffers", limited, bulks)
		}
		want := int32(0)
		if limited {
			want = maxBulk
		}
		if n := m.bulky.Load(); n != want {
			t.Errorf("limit reached %t: %d directions have a bulk buffer at the end, not %d", limited, n, want)
		}
	}
}

// TestSmallReadsKeepSmallBuffers: what comes in small pieces is read into small buffers.
func TestSmallReadsKeepSmallBuffers(t *testing.T) {
	var m memory
	m.init()
	r, _, there := fed(t, &m)
	for range 20 {
		if _, err := there.Write(make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.read(); err != nil || len(r.buffer().Bytes()) != socketBufferSize {
			t.Fatalf("%v, into %d bytes", err, len(r.buffer().Bytes()))
		}
		r.release()
	}
}

// TestWriterWaits: a socket that takes no more is waited for, and what comes after its end is an
// error with the number of bytes that were written.
func TestWriterWaits(t *testing.T) {
	const size = 8 << 20
	_, here, there := fed(t, new(memory))
	got := make(chan int64)
	go func() {
		time.Sleep(20 * time.Millisecond) // until no more is taken
		n, _ := io.Copy(io.Discard, io.LimitReader(there, size))
		there.SetLinger(0)
		there.Close()
		got <- n
	}()
	w := newWriter(&headed{Conn: here})
	if _, ok := w.(*socketWriter); !ok {
		t.Fatalf("the writer is a %T", w)
	}
	if n, err := w.Write(make([]byte, size)); n != size || err != nil {
		t.Errorf("%d bytes written, %v", n, err)
	}
	if n := <-got; n != size {
		t.Errorf("%d bytes came", n)
	}
	if n, err := w.Write(make([]byte, size)); err == nil || n == size {
		t.Errorf("%d bytes written after the reset, %v", n, err)
	}
}
