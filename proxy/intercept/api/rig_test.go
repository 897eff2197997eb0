package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

const token = "0123456789abcdef"

// rig is a proxy with its API.
type rig struct {
	*API
	t    testing.TB
	addr string // of the proxy
	url  string // of the API
}

// newRig starts a proxy with the API, in front of a server that play plays for each connection.
func newRig(t testing.TB, play func(net.Conn), faults ...string) *rig {
	t.Helper()
	leaktest.Check(t)
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				play(c)
			}()
		}
	}()
	o := Options{Token: token, Version: "7", Upstream: up.Addr().String(), Roster: new(Roster), Faults: fault.NewSet(), Holds: intercept.NewHolds()}
	for _, text := range faults {
		f, err := fault.Parse(text)
		if err == nil {
			_, err = o.Faults.Add(f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	listen := func(addr string) (net.Listener, error) { return proxy.Listen(ctx, addr, false) }
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Door = NewDoor(l, listen)
	p := &proxy.Proxy{Target: proxy.Fixed(o.Upstream), Hook: intercept.New(intercept.Options{
		Stages: []intercept.Stage{o.Roster, o.Faults, o.Holds}, Row: intercepttest.Row,
	})}
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, o.Door) }()
	at, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := New(o)
	stop := a.Serve(at, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		up.Close()
		cancel()
		p.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		stop()
		http.DefaultClient.CloseIdleConnections()
	})
	return &rig{API: a, t: t, addr: l.Addr().String(), url: "http://" + at.Addr().String()}
}

// request returns a request with the token.
func (r *rig) request(method, path, body string) *http.Request {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	return q
}

// do sends a request, and returns the status and the body, which must be JSON.
func (r *rig) do(q *http.Request) (status int, body string) {
	r.t.Helper()
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if res.StatusCode != http.StatusNoContent && (!json.Valid(b) || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json")) {
		r.t.Errorf("%s %s: not JSON: %q", q.Method, q.URL, b)
	}
	return res.StatusCode, strings.TrimSpace(string(b))
}

// must sends a request that must have a status, and returns the body.
func (r *rig) must(status int, method, path, body string) string {
	r.t.Helper()
	got, answer := r.do(r.request(method, path, body))
	if got != status {
		r.t.Errorf("%s %s %s: %d %s; want %d", method, path, body, got, answer, status)
	}
	return answer
}

// client is a connection through the proxy.
type client struct {
	net.Conn
	lines *bufio.Reader
	t     testing.TB
}

// dial connects through the proxy, and reads the greeting.
func (r *rig) dial() *client {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	cl := &client{Conn: c, lines: bufio.NewReader(c), t: r.t}
	cl.expect("* OK ready")
	return cl
}

func (c *client) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\r\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) expect(want string) {
	c.t.Helper()
	got, err := c.lines.ReadString('\n')
	if err != nil || strings.TrimRight(got, "\r\n") != want {
		c.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}
