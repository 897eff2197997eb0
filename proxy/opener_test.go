package proxy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
	"imapscope/proxy/tls"
)

// opener passes the greeting on itself and hides the sockets, as TLS does.
type opener struct{ err error }

// hidden is a connection that is not a socket to the relay.
type hidden struct{ net.Conn }

func (h hidden) CloseWrite() error { return h.Conn.(*net.TCPConn).CloseWrite() }

func (o opener) Open(_ context.Context, c, u net.Conn, tap tls.Tap) (net.Conn, net.Conn, error) {
	if o.err != nil {
		return nil, nil, o.err
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(u, b); err != nil {
		return nil, nil, err
	}
	tap.Chunk(capture.ServerToClient, time.Now(), b)
	tap.Note(time.Now(), "the greeting was seen")
	if _, err := c.Write(b); err != nil {
		return nil, nil, err
	}
	return hidden{c}, hidden{u}, nil
}

func TestOpener(t *testing.T) {
	leaktest.Check(t)
	s := newSink()
	up := upstream(t, func(c *net.TCPConn) {
		io.WriteString(c, "* OK\r\n")
		io.Copy(struct{ io.Writer }{c}, c)
	})
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s, Opener: opener{}})
	c := r.dial()
	data := random(7, 3<<20)
	go func() { c.Write(data); c.CloseWrite() }()
	want := append([]byte("* OK\r\n"), data...)
	if all, err := io.ReadAll(c); err != nil || !bytes.Equal(all, want) {
		t.Errorf("%d octets, %v", len(all), err)
	}
	s.end(t)
	if got, lost := s.octets(t, 1, capture.ServerToClient); lost != 0 || !bytes.Equal(got, want) {
		t.Errorf("the Sink got %d octets and lost %d", len(got), lost)
	}
	if steps := s.all(); len(steps) < 4 || steps[2].what != "data" || steps[3].text != "the greeting was seen" {
		t.Errorf("%+v", steps[:4])
	}
	if st := r.Stats(); st.Octets != [2]int64{3 << 20, 3<<20 + 6} {
		t.Errorf("%+v", st)
	}
}

func TestOpenerFails(t *testing.T) {
	leaktest.Check(t)
	s := newSink()
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(upstream(t, echo)), Sink: s, Opener: opener{errors.New("certificate has expired")}})
	c := r.dial()
	if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
		t.Errorf("%q, %v", all, err)
	}
	c.Close()
	s.end(t)
	if !strings.Contains(r.log.String(), "certificate has expired") || r.Stats().Failed != 1 {
		t.Errorf("%+v, log:\n%s", r.Stats(), r.log)
	}
}
