package proxy_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
	"imapscope/proxy/tls"
)

func TestLoopToItself(t *testing.T) {
	leaktest.Check(t)
	for _, tt := range []struct{ listen, host string }{
		{"127.0.0.1:0", "127.0.0.1"},
		{"127.0.0.1:0", "localhost"},
		{"0.0.0.0:0", "127.0.0.1"},
		{":0", "127.0.0.1"},
		{"127.0.0.1:0", ""},
	} {
		l, err := proxy.Listen(t.Context(), tt.listen, false)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		p := &proxy.Proxy{Target: proxy.Fixed(net.JoinHostPort(tt.host, port))}
		if err := p.Serve(t.Context(), l); !errors.Is(err, proxy.ErrLoop) {
			t.Errorf("from %s to %s: %v", l.Addr(), p.Target, err)
		}
		if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
			t.Error("still listening")
		}
	}
}

// TestLoopLater has a name lead to the proxy itself only when it is dialled.
func TestLoopLater(t *testing.T) {
	leaktest.Check(t)
	s := newSink()
	l, err := proxy.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	r := serveOn(t, &proxy.Proxy{Target: "mail.example:143", Sink: s, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}}, l)
	c := r.dial()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("octets came")
	}
	eventually(t, "all refused", func() bool { st := r.Stats(); return st.Failed > 0 && st.Open == 0 })
	t.Logf("%d hops", r.Stats().Total)
	if n := r.Stats().Total; n > 500 { // each hop may be ahead of the one that sees it
		t.Errorf("%d connections before the loop was seen", n)
	}
}

// pipes is a Listener whose connections are in this process.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func TestIdleTimeout(t *testing.T) {
	t.Run("relayed", func(t *testing.T) { testIdleTimeout(t, nil) })
	t.Run("stripped", func(t *testing.T) { testIdleTimeout(t, &tls.Config{Strip: []string{"IDLE"}}) })
}

func testIdleTimeout(t *testing.T, opener proxy.Opener) {
	synctest.Test(t, func(t *testing.T) {
		client, near := net.Pipe()
		far, server := net.Pipe()
		s := newSink()
		p := &proxy.Proxy{
			Target: "mail.example:143", Sink: s, IdleTimeout: time.Minute, Opener: opener,
			Dial: func(context.Context, string, string) (net.Conn, error) { return far, nil },
		}
		l := pipes{make(chan net.Conn, 1)}
		done := make(chan error, 1)
		go func() { done <- p.Serve(t.Context(), l) }()
		l.conns <- near
		start := time.Now()
		for range 3 {
			time.Sleep(50 * time.Second)
			go client.Write([]byte("x"))
			if _, err := server.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := client.Read(make([]byte, 1)); err == nil {
			t.Error("octets came")
		}
		if took := time.Since(start); took != 210*time.Second {
			t.Errorf("ended after %s", took)
		}
		if st := <-s.closed; st.cause != capture.Idle {
			t.Errorf("ended by %v", st.cause)
		}
		close(l.conns)
		p.Close()
		<-done
	})
}

// TestNoIdleTimeout has a day without a word.
func TestNoIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, near := net.Pipe()
		far, server := net.Pipe()
		p := &proxy.Proxy{Target: "mail.example:143", Dial: func(context.Context, string, string) (net.Conn, error) { return far, nil }}
		l := pipes{make(chan net.Conn, 1)}
		done := make(chan error, 1)
		go func() { done <- p.Serve(t.Context(), l) }()
		l.conns <- near
		time.Sleep(24 * time.Hour)
		go client.Write([]byte("x"))
		if _, err := server.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		close(l.conns)
		p.Close()
		<-done
	})
}
