package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
)

func TestHalfClose(t *testing.T) {
	leaktest.Check(t)
	t.Run("client first", func(t *testing.T) {
		up := upstream(t, func(c *net.TCPConn) {
			all, _ := io.ReadAll(c)
			fmt.Fprintf(c, "got %s", all)
		})
		s := newSink()
		c := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s}).dial()
		io.WriteString(c, "question")
		c.CloseWrite()
		if all, err := io.ReadAll(c); err != nil || string(all) != "got question" {
			t.Errorf("%q, %v", all, err)
		}
		if end := s.end(t); end.cause != capture.FIN {
			t.Errorf("ended by %v", end.cause)
		}
	})
	t.Run("server first", func(t *testing.T) {
		got := make(chan string, 1)
		up := upstream(t, func(c *net.TCPConn) {
			io.WriteString(c, "* BYE")
			c.CloseWrite()
			all, _ := io.ReadAll(c)
			got <- string(all)
		})
		c := serve(t, &proxy.Proxy{Target: proxy.Fixed(up)}).dial()
		if all, err := io.ReadAll(c); err != nil || string(all) != "* BYE" {
			t.Errorf("%q, %v", all, err)
		}
		io.WriteString(c, "one more thing")
		c.Close()
		if all := <-got; all != "one more thing" {
			t.Errorf("%q", all)
		}
	})
}

// TestReset has one side send and reset: the other gets the bytes, then a reset.
func TestReset(t *testing.T) {
	leaktest.Check(t)
	last := random(5, 300<<10)
	for _, sinks := range []bool{true, false} {
		t.Run(fmt.Sprintf("by the client, sink %v", sinks), func(t *testing.T) {
			type result struct {
				n    int64
				err  error
				took time.Duration
			}
			got, sent := make(chan result, 1), make(chan time.Time, 1)
			up := upstream(t, func(c *net.TCPConn) {
				n, err := io.CopyN(io.Discard, c, int64(len(last)))
				if err == nil {
					at := <-sent
					var m int64
					m, err = io.Copy(io.Discard, c)
					got <- result{n + m, err, time.Since(at)}
					return
				}
				got <- result{n, err, 0}
			})
			s := newSink()
			p := &proxy.Proxy{Target: proxy.Fixed(up)}
			if sinks {
				p.Sink = s
			}
			r := serve(t, p)
			c := r.dial()
			c.Write(last)
			eventually(t, "all octets read", func() bool { return r.Stats().Octets[capture.ClientToServer] == int64(len(last)) })
			sent <- time.Now()
			c.SetLinger(0)
			c.Close()
			res := <-got
			if res.n != int64(len(last)) || !errors.Is(res.err, syscall.ECONNRESET) || res.took > time.Second {
				t.Errorf("%+v", res)
			}
			if !sinks {
				return
			}
			if end := s.end(t); end.cause != capture.RST {
				t.Errorf("ended by %v", end.cause)
			}
		})
		t.Run(fmt.Sprintf("by the server, sink %v", sinks), func(t *testing.T) {
			up := upstream(t, func(c *net.TCPConn) {
				io.ReadFull(c, make([]byte, 1))
				c.Write(last)
				// A RST overtakes what the proxy's kernel has not got yet.
				time.Sleep(50 * time.Millisecond)
				c.SetLinger(0)
			})
			s := newSink()
			p := &proxy.Proxy{Target: proxy.Fixed(up)}
			if sinks {
				p.Sink = s
			}
			r := serve(t, p)
			c := r.dial()
			c.Write([]byte("x"))
			n, err := io.Copy(io.Discard, c)
			if n != int64(len(last)) || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%d octets, %v", n, err)
			}
			if !sinks {
				return
			}
			if end := s.end(t); end.cause != capture.RST {
				t.Errorf("ended by %v", end.cause)
			}
		})
	}
	t.Run("while the other side does not read", func(t *testing.T) {
		type result struct {
			n   int64
			err error
		}
		got, read := make(chan result, 1), make(chan struct{})
		up := upstream(t, func(c *net.TCPConn) {
			<-read
			n, err := io.Copy(io.Discard, c)
			got <- result{n, err}
		})
		r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: newSink()})
		c := r.dial()
		c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		c.Write(make([]byte, 64<<20)) // until everything is full, or time is up
		c.SetLinger(0)
		c.Close()
		time.Sleep(300 * time.Millisecond)
		close(read)
		res := <-got
		if sent := r.Stats().Octets[capture.ClientToServer]; !errors.Is(res.err, syscall.ECONNRESET) || res.n != sent {
			t.Errorf("%d octets arrived of %d, %v", res.n, sent, res.err)
		}
	})
}

// refused returns an address where no one listens.
func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestNoUpstream(t *testing.T) {
	leaktest.Check(t)
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, tt := range []struct {
		name, says string
		p          *proxy.Proxy
	}{
		{"refuses", "connection refused", &proxy.Proxy{Target: proxy.Fixed(refused(t))}},
		{"does not answer", "did not answer within 20ms", &proxy.Proxy{Target: "mail.example:143", Dial: hang, DialTimeout: 20 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSink()
			tt.p.Sink = s
			r := serve(t, tt.p)
			c := r.dial()
			io.WriteString(c, "A1 NOOP\r\n") // unread bytes must not turn the close into a reset
			if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
				t.Errorf("%q, %v", all, err)
			}
			c.Close()
			if end := s.end(t); end.cause != capture.FIN {
				t.Errorf("ended by %v", end.cause)
			}
			steps := s.all()
			if len(steps) != 3 || steps[0].what != "opened" || !strings.HasPrefix(steps[1].text, capture.NoServer) || !strings.Contains(steps[1].text, tt.says) {
				t.Errorf("%+v", steps)
			}
			if !strings.Contains(r.log.String(), tt.says) || r.Stats().Failed != 1 {
				t.Errorf("%+v, log:\n%s", r.Stats(), r.log)
			}
		})
	}
}
