package door

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestAttackSlowCallers checks that those who send slowly, or nothing, are given up after a time.
func TestAttackSlowCallers(t *testing.T) {
	for name, begin := range map[string]string{
		"nothing":      "",
		"a head":       "GET / HTTP/1.1\r\n",
		"a header":     "GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
		"a body":       "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n",
		"a short body": "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
		"chunks":       "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, l := inMemory(t, func(http.ResponseWriter, *http.Request) {})
				c := l.dial()
				defer c.Close()
				go io.Copy(io.Discard, c)
				start := time.Now()
				_, err := io.WriteString(c, begin)
				for ; err == nil && time.Since(start) < time.Hour; _, err = io.WriteString(c, "a") {
					time.Sleep(time.Second)
				}
				if d := time.Since(start); d > 2*readTimeout {
					t.Errorf("given up after %s", d)
				}
			})
		})
	}
}

// TestAttackSlowReader checks that a reader who reads nothing of a response, or of a stream, is
// given up after a time, and that one who reads may follow a stream for long.
func TestAttackSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats atomic.Int64
		failed := make(chan time.Duration, 1)
		d, l := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 100)); err != nil {
					break
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					break
				}
				beats.Add(1)
				time.Sleep(time.Minute)
			}
			failed <- time.Since(start)
		})
		c := l.dial()
		fmt.Fprint(c, d.get("/events")+"\r\n")
		reading, stop := context.WithCancel(t.Context())
		go func() {
			b := make([]byte, 4096)
			for reading.Err() == nil {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}()
		time.Sleep(100*time.Minute + time.Second)
		if n := beats.Load(); n < 100 {
			t.Errorf("a stream ended after %d minutes", n)
		}
		stop()
		before := time.Now()
		<-failed
		if took := time.Since(before); took > 3*time.Minute {
			t.Errorf("a reader who stopped was given up after %s", took)
		}
		c.Close()
	})
}

// TestAttackManyConnections checks that callers who connect and send nothing keep no others out:
// those of another address are answered at once, and those of the same once there is room.
func TestAttackManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := inMemory(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
		answer := func(c net.Conn) string {
			defer c.Close()
			go fmt.Fprint(c, d.get("/")+"Connection: close\r\n\r\n")
			b, _ := io.ReadAll(c)
			return string(b)
		}
		for n := range 1000 {
			c := l.dial()
			defer c.Close()
			if n >= maxConnsOfOne { // it is closed at once
				if _, err := c.Read(make([]byte, 1)); err != io.EOF {
					t.Fatalf("connection %d: %v", n, err)
				}
			}
		}
		if got := answer(l.dialFrom("192.0.2.9")); !strings.Contains(got, "hello") {
			t.Errorf("another address: %q", got)
		}
		if got := answer(l.dial()); got != "" {
			t.Errorf("the same address: %q", got)
		}
		time.Sleep(readTimeout + time.Second)
		if got := answer(l.dial()); !strings.Contains(got, "hello") {
			t.Errorf("the same address, after a while: %q", got)
		}
	})
}

// TestAttackManyStreams checks that streams beyond maxRequests are refused, that there is room
// when they end, and that all end when the Door closes.
func TestAttackManyStreams(t *testing.T) {
	d := atHome()
	d.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{}, maxRequests)
	h := d.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	}))
	var streams sync.WaitGroup
	for range maxRequests {
		streams.Go(func() {
			ask(d, h, "GET", "http://127.0.0.1/events", func(q *http.Request) { *q = *q.WithContext(ctx) })
		})
	}
	for range maxRequests {
		<-begun
	}
	if w := ask(d, h, "GET", "http://127.0.0.1/", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", w.Code)
	}
	cancel()
	streams.Wait()
	done, stop := context.WithCancel(t.Context())
	stop()
	if w := ask(d, h, "GET", "http://127.0.0.1/", func(q *http.Request) { *q = *q.WithContext(done) }); w.Code != http.StatusOK {
		t.Errorf("after they ended: %d", w.Code)
	}
}

// TestAttackBytes sends requests that do not come from net/http: too large, malformed, or of a
// shape that a second server before this one could read differently. None reaches the handler
// but those that are complete, and none is read as two.
func TestAttackBytes(t *testing.T) {
	var reached atomic.Int64
	d, _, _ := serving(t, Options{}, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	key := "Cookie: " + d.cookie.Name + "=" + d.cookie.Value + "\r\n"
	host := "Host: 127.0.0.1\r\n" + key
	hidden := "GET /hidden HTTP/1.1\r\n" + host + "\r\n"
	for name, request := range map[string]string{
		"a large header":       "GET / HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"many headers":         "GET / HTTP/1.1\r\n" + host + strings.Repeat("X: x\r\n", 200_000) + "\r\n",
		"a long path":          "GET /" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\n" + host + "\r\n",
		"no host":              "GET / HTTP/1.1\r\n" + key + "\r\n",
		"two hosts":            "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n",
		"absolute elsewhere":   "GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n",
		"HTTP/0.9":             "GET /\r\n",
		"HTTP/2 preface":       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"TLS":                  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"IMAP":                 "a001 LOGIN MRC SECRET\r\n",
		"length and chunks":    "GET / HTTP/1.1\r\n" + host + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":          "GET / HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: " + fmt.Sprint(len(hidden)) + "\r\n\r\n" + hidden,
		"a signed length":      "GET / HTTP/1.1\r\n" + host + "Content-Length: +0\r\n\r\n" + hidden,
		"a body of a GET":      "GET / HTTP/1.1\r\n" + host + "Content-Length: " + fmt.Sprint(len(hidden)) + "\r\n\r\n" + hidden,
		"a body of a POST":     "POST / HTTP/1.1\r\n" + host + "Content-Length: " + fmt.Sprint(len(hidden)) + "\r\n\r\n" + hidden,
		"chunks of a POST":     "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden),
		"spaced chunked":       "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
		"odd encoding":         "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n" + hidden,
		"two encodings":        "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"folded header":        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n Content-Length: 5\r\n\r\n" + hidden,
		"a bare CR":            "GET / HTTP/1.1\r\nHost: 127.0.0.1\rX: y\r\n" + key + "\r\n",
		"a NUL":                "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n" + key + "\r\n",
		"a header in the line": "GET / HTTP/1.1 \r\nX: y\r\n" + host + "\r\n",
		"encoded climb":        "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + host + "\r\n",
		"plain climb":          "GET /../../etc/passwd HTTP/1.1\r\n" + host + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			before := reached.Load()
			c, err := net.Dial("tcp", d.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			go func() {
				io.WriteString(c, request)
				c.(*net.TCPConn).CloseWrite()
			}()
			b, _ := io.ReadAll(c)
			if bytes.HasPrefix(b, []byte("HTTP/1.1 2")) || bytes.Contains(b, []byte("HTTP/1.1 200")) {
				t.Errorf("answered %q", b)
			}
			if n := reached.Load() - before; n > 0 {
				t.Errorf("the handler was reached %d times", n)
			}
		})
	}
	c, err := net.Dial("tcp", d.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, hidden)
	if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK || reached.Load() != 1 {
		t.Errorf("a request that is well formed: %v, %v; the handler was reached %d times", res, err, reached.Load())
	}
}

// TestAttackTLSVersions checks that TLS before 1.2, and HTTP, get no answer of the handler where
// other machines are served.
func TestAttackTLSVersions(t *testing.T) {
	ca := testCA(t)
	d, _, _ := serving(t, Options{Listen: "0.0.0.0:0", Certificate: ca.Shared}, func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(d.listener.Addr().String())
	addr := net.JoinHostPort("127.0.0.1", port)
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if c != nil {
			c.Close()
		}
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + addr + "/?token=" + d.token)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest || len(res.Cookies()) > 0 {
		t.Errorf("over HTTP: %s", res.Status)
	}
}

// pipes is a listener for connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial() net.Conn { return p.dialFrom("127.0.0.1") }

func (p *pipes) dialFrom(ip string) net.Conn {
	c, s := net.Pipe()
	p.conns <- from{s, &net.TCPAddr{IP: net.ParseIP(ip), Port: 9}}
	return c
}

// from is a connection with a remote address.
type from struct {
	net.Conn
	addr net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.addr }

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
