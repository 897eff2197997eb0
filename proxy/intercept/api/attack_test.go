package api

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

// TestAttackHugeBody checks that no more of a body is read than its limit.
func TestAttackHugeBody(t *testing.T) {
	r := newRig(t, intercepttest.Answers)
	for _, route := range r.routes() {
		limit := route.limit
		if limit == 0 {
			limit = maxBody
		}
		method, path := path(route.pattern)
		if method == "GET" {
			continue
		}
		q := r.request(method, path, "")
		sent := &counted{left: 100 << 20}
		q.Body, q.ContentLength = io.NopCloser(sent), -1
		res, err := http.DefaultClient.Do(q)
		if err == nil {
			res.Body.Close()
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d", route.pattern, res.StatusCode)
			}
		} // else the connection was reset while the body was sent
		if sent.n.Load() > limit+16<<20 {
			t.Errorf("%s: %d bytes were sent; the limit is %d", route.pattern, sent.n.Load(), limit)
		}
	}
}

// TestAttackSlowCaller checks that a caller who sends a head or a body byte by byte, or nothing
// at all, is given up after a time.
func TestAttackSlowCaller(t *testing.T) {
	for name, begin := range map[string]string{
		"nothing":      "",
		"head":         "GET /faults HTTP/1.1\r\n",
		"body":         "POST /faults HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 60000\r\n\r\n{",
		"unauthorized": "POST /faults HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
				stop := New(Options{Token: token, Faults: fault.NewSet(), Holds: intercept.NewHolds()}).Serve(l, slog.New(slog.DiscardHandler))
				defer stop()
				c := l.dial()
				defer c.Close()
				go io.Copy(io.Discard, c)
				start := time.Now()
				_, err := io.WriteString(c, begin)
				for ; err == nil; _, err = io.WriteString(c, " ") {
					time.Sleep(time.Second)
				}
				if d := time.Since(start); d > writeTimeout {
					t.Errorf("given up after %s", d)
				}
			})
		})
	}
}

// TestAttackManyConnections checks that callers who connect and send nothing keep no more than
// maxConns connections, and that others are answered once these are given up.
func TestAttackManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		stop := New(Options{Token: token, Faults: fault.NewSet(), Holds: intercept.NewHolds()}).Serve(l, slog.New(slog.DiscardHandler))
		defer stop()
		for range maxConns {
			defer l.dial().Close()
		}
		start := time.Now()
		c := l.dial() // accepted once there is room
		defer c.Close()
		if d := time.Since(start); d == 0 || d > readTimeout {
			t.Errorf("there was room after %s", d)
		}
		go io.WriteString(c, "GET /faults HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+token+"\r\nConnection: close\r\n\r\n")
		if b, err := io.ReadAll(c); err != nil || !bytes.HasPrefix(b, []byte("HTTP/1.1 200 OK\r\n")) {
			t.Errorf("answered %q, %v", b, err)
		}
	})
}

// pipes is a listener for connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial() net.Conn {
	c, s := net.Pipe()
	p.conns <- s
	return c
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// TestAttackManyCallers changes faults by 100 callers at once while traffic passes.
func TestAttackManyCallers(t *testing.T) {
	r := newRig(t, intercepttest.Answers, "delay tagged 1ms")
	stop := make(chan struct{})
	var traffic, callers sync.WaitGroup
	for range 4 {
		c := r.dial()
		traffic.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				c.send(fmt.Sprintf("t%d NOOP", n))
				for {
					line, err := c.lines.ReadString('\n')
					if err != nil {
						t.Errorf("after %d commands: %v", n, err)
						return
					}
					if strings.HasPrefix(line, fmt.Sprintf("t%d ", n)) {
						break
					}
				}
			}
		})
	}
	for n := range 100 {
		callers.Go(func() {
			name := fmt.Sprintf("/faults/f%d", n%10)
			for _, q := range []struct{ method, path, body string }{
				{"PUT", name, `{"fault":"split bytes probability 0.5"}`},
				{"POST", "/proxies/imap/toxics", fmt.Sprintf(`{"name":"t%d","type":"latency","attributes":{"latency":1}}`, n)},
				{"PATCH", name, `{"enabled":false}`},
				{"GET", "/faults", ""},
				{"GET", "/proxies", ""},
				{"GET", "/connections", ""},
				{"DELETE", fmt.Sprintf("/proxies/imap/toxics/t%d", n), ""},
				{"DELETE", name, ""},
				{"POST", "/reset", ""},
			} {
				status, body := r.do(r.request(q.method, q.path, q.body))
				switch status {
				case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusNotFound, http.StatusConflict:
				default:
					t.Errorf("%s %s: %d %s", q.method, q.path, status, body)
				}
			}
		})
	}
	callers.Wait()
	close(stop)
	traffic.Wait()
	r.must(http.StatusNoContent, "POST", "/reset", "")
	if got, want := r.must(http.StatusOK, "GET", "/faults", ""), `[{"name":"delay-1","fault":"delay tagged 1ms","enabled":true,"acted":0}]`; !strings.Contains(got, `"fault":"delay tagged 1ms"`) || strings.Count(got, `"name"`) != 1 {
		t.Errorf("after a reset: %s; want %s", got, want)
	}
}

// FuzzBodies checks that no body makes a route fail in itself.
func FuzzBodies(f *testing.F) {
	for _, s := range []string{`{}`, `[]`, `null`, `{"fault":"reset","enabled":null}`, `{"type":"latency","attributes":{"latency":1e400}}`,
		`{"type":"bandwidth","attributes":{"rate":"1\r\n"},"toxicity":0}`, `[{"name":"imap","enabled":false}]`, `{"text":"NO"}`, `{"command":"NOOP"}`} {
		f.Add(s)
	}
	door := NewDoor(&pipes{closed: make(chan struct{})}, func(string) (net.Listener, error) { return &pipes{closed: make(chan struct{})}, nil })
	a := New(Options{Token: token, Faults: fault.NewSet(), Holds: intercept.NewHolds(), Roster: new(Roster), Door: door})
	h := a.Handler()
	f.Fuzz(func(t *testing.T, body string) {
		for _, route := range a.routes() {
			method, path := path(route.pattern)
			q := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
			q.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, q)
			if w.Code >= 500 && w.Code != http.StatusInsufficientStorage {
				t.Errorf("%s %q: %d %s", route.pattern, body, w.Code, w.Body)
			}
			if i := bytes.IndexFunc(w.Body.Bytes(), func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
				t.Errorf("%s %q: a control character in %q", route.pattern, body, w.Body)
			}
		}
	})
}

// counted is a body that counts what is read of it.
type counted struct {
	left int64
	n    atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n := min(int64(len(p)), c.left-c.n.Load())
	if n <= 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	c.n.Add(n)
	return int(n), nil
}
