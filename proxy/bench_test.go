package proxy_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"imapscope/capture"
	"imapscope/proxy"
)

// counter is the cheapest Sink.
type counter struct{ octets atomic.Int64 }

func (c *counter) Event(e *capture.Event) error {
	c.octets.Add(int64(len(e.Data)))
	return nil
}

// plain relays with one function for each direction.
func plain(b *testing.B, to string, move func(dst, src *net.TCPConn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				u, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer u.Close()
				var wg sync.WaitGroup
				wg.Go(func() { move(u.(*net.TCPConn), c.(*net.TCPConn)) })
				wg.Go(func() { move(c.(*net.TCPConn), u.(*net.TCPConn)) })
				wg.Wait()
			}()
		}
	}()
	b.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func copying(dst, src *net.TCPConn) {
	io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, make([]byte, 64<<10))
	dst.CloseWrite()
}

func splicing(dst, src *net.TCPConn) {
	io.Copy(dst, src)
	dst.CloseWrite()
}

func imapscope(b *testing.B, to string, s capture.Sink, queue int) string {
	l, err := proxy.Listen(b.Context(), "127.0.0.1:0", false)
	if err != nil {
		b.Fatal(err)
	}
	p := &proxy.Proxy{Target: proxy.Fixed(to)}
	var q *capture.Queue
	if s != nil {
		q = capture.NewQueue(s, queue)
		p.Sink = q
	}
	done := make(chan error, 1)
	go func() { done <- p.Serve(b.Context(), l) }()
	b.Cleanup(func() {
		p.Close()
		<-done
		if q == nil {
			return
		}
		if err := q.Stop(); err != nil {
			b.Error(err)
		}
		if n := q.Lost(); n > 0 {
			b.Logf("LOST %d bytes of %d", n, p.Stats().Octets)
		}
	})
	return l.Addr().String()
}

// ways are the paths that are compared, in one run.
func ways(b *testing.B, server func(*net.TCPConn), run func(b *testing.B, addr string)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); server(c.(*net.TCPConn)) }()
		}
	}()
	to := l.Addr().String()
	for _, w := range []struct {
		name string
		addr func(b *testing.B) string
	}{
		{"direct", func(*testing.B) string { return to }},
		{"copying", func(b *testing.B) string { return plain(b, to, copying) }},
		{"splicing", func(b *testing.B) string { return plain(b, to, splicing) }},
		{"imapscope/no-sink", func(b *testing.B) string { return imapscope(b, to, nil, 0) }},
		{"imapscope/sink", func(b *testing.B) string { return imapscope(b, to, &counter{}, 16<<20) }},
	} {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			run(b, w.addr(b))
		})
	}
}

// BenchmarkRelay moves 1 MiB an operation from server to client.
func BenchmarkRelay(b *testing.B) {
	const size = 1 << 20
	block := make([]byte, 256<<10)
	ways(b, func(c *net.TCPConn) {
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}, func(b *testing.B, addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		b.SetBytes(size)
		buf := make([]byte, 256<<10)
		for b.Loop() {
			for n := 0; n < size; {
				m, err := c.Read(buf[:min(len(buf), size-n)])
				if err != nil {
					b.Fatal(err)
				}
				n += m
			}
		}
	})
}

// BenchmarkRoundTrip asks NOOP and waits for the answer.
func BenchmarkRoundTrip(b *testing.B) {
	ways(b, func(c *net.TCPConn) {
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if _, err := c.Write(buf[:n]); err != nil {
				return
			}
		}
	}, func(b *testing.B, addr string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		line, buf := []byte("A001 NOOP\r\n"), make([]byte, 64)
		for b.Loop() {
			if _, err := c.Write(line); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf[:len(line)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
