package tls

import (
	"bufio"
	"context"
	ctls "crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
)

// patience is the time after which these tests give up.
const patience = 10 * time.Second

const mailHost = "mail.example"

// rig is a client and a server, both played by the test, and Open between them.
type rig struct {
	t      *testing.T
	client *end
	server *end
	tap    *tapLog
	opened chan error // what Open returned
	over   chan struct{}
}

// end is one end of the conversation.
type end struct {
	t    *testing.T
	name string
	conn net.Conn
	r    *bufio.Reader
}

// tapLog is a Tap that records.
type tapLog struct {
	mu    sync.Mutex
	said  [2]strings.Builder
	notes []string
}

func (l *tapLog) Chunk(dir capture.Direction, _ time.Time, p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said[dir].Write(p)
}

func (l *tapLog) Note(_ time.Time, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, text)
}

func (l *tapLog) text(dir capture.Direction) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said[dir].String()
}

// noted reports whether there is a remark with a text.
func (l *tapLog) noted(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.Join(l.notes, "\n"), text)
}

// cas returns the upstream's CA and the proxy's, made once because keys take time.
var cas = sync.OnceValues(func() (upstream, own *CA) {
	upstream, err := NewCA("")
	if err != nil {
		panic(err)
	}
	if own, err = NewCA(""); err != nil {
		panic(err)
	}
	return upstream, own
})

func pool(ca *CA) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(ca.Certificate())
	return p
}

// newRig opens a connection through a Config, whose CA, Host and RootCAs are set if they
// are not.
func newRig(t *testing.T, c *Config) *rig {
	t.Helper()
	leaktest.Check(t)
	leaktest.Check(t)
	upstream, own := cas()
	if c.CA == nil {
		c.CA = own
	}
	if c.Host == "" {
		c.Host = mailHost
	}
	if c.RootCAs == nil {
		c.RootCAs = pool(upstream)
	}
	near, client := pair(t)
	far, server := pair(t)
	r := &rig{
		t: t, tap: new(tapLog), opened: make(chan error, 1), over: make(chan struct{}),
		client: newEnd(t, "client", client), server: newEnd(t, "server", server),
	}
	go func() {
		defer close(r.over)
		defer near.Close()
		defer far.Close()
		cl, up, err := c.Open(context.Background(), near, far, r.tap)
		r.opened <- err
		if err == nil {
			relay(cl, up)
		}
	}()
	t.Cleanup(func() {
		client.Close()
		server.Close()
		select {
		case <-r.over:
		case <-time.After(patience):
			t.Error("the relay does not end")
		}
	})
	return r
}

// relay relays between the two connections as a proxy does.
func relay(cl, up net.Conn) {
	one := func(to, from net.Conn) {
		_, err := io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from})
		if c, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
			c.CloseWrite()
			return
		}
		to.Close()
	}
	done := make(chan struct{})
	go func() { defer close(done); one(up, cl) }()
	one(cl, up)
	<-done
}

// pair returns the two ends of a TCP connection.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

func newEnd(t *testing.T, name string, c net.Conn) *end {
	c.SetDeadline(time.Now().Add(patience))
	return &end{t: t, name: name, conn: c, r: bufio.NewReader(c)}
}

// send writes text.
func (e *end) send(text string) {
	e.t.Helper()
	if _, err := io.WriteString(e.conn, text); err != nil {
		e.t.Errorf("%s says %q: %v", e.name, text, err)
	}
}

// expect reads exactly the text that is wanted.
func (e *end) expect(want string) {
	e.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(e.r, got)
	if err != nil || string(got) != want {
		e.t.Errorf("%s hears %q, %v, want %q", e.name, got[:n], err, want)
	}
}

// line reads a line.
func (e *end) line() string {
	e.t.Helper()
	s, err := e.r.ReadString('\n')
	if err != nil {
		e.t.Errorf("%s hears %q, %v, and no line", e.name, s, err)
	}
	return s
}

// expectEOF reads the end of the connection, and nothing before it.
func (e *end) expectEOF() {
	e.t.Helper()
	if rest, err := io.ReadAll(e.r); len(rest) > 0 || err != nil {
		e.t.Errorf("%s hears %q, %v, want the end", e.name, rest, err)
	}
}

// secure starts TLS on an end.
func (e *end) secure(c *ctls.Conn) *end {
	e.t.Helper()
	if n := e.r.Buffered(); n > 0 {
		rest, _ := e.r.Peek(n)
		e.t.Errorf("%s has read %q before TLS", e.name, rest)
	}
	if err := c.Handshake(); err != nil {
		e.t.Errorf("%s: %v", e.name, err)
	}
	e.conn, e.r = c, bufio.NewReader(c)
	return e
}

// accept starts TLS as the mail server.
func (e *end) accept() *ctls.Conn {
	upstream, _ := cas()
	leaf, err := upstream.Leaf(mailHost)
	if err != nil {
		e.t.Fatal(err)
	}
	c := ctls.Server(e.conn, &ctls.Config{Certificates: []ctls.Certificate{*leaf}, NextProtos: []string{"imap"}})
	e.secure(c)
	return c
}

// trust starts TLS as a client that trusts the proxy.
func (e *end) trust() *ctls.Conn {
	_, own := cas()
	c := ctls.Client(e.conn, &ctls.Config{ServerName: mailHost, RootCAs: pool(own)})
	e.secure(c)
	return c
}

// fails waits for Open's error, and checks that it contains all parts.
func (r *rig) fails(parts ...string) error {
	r.t.Helper()
	select {
	case err := <-r.opened:
		if err == nil {
			r.t.Error("Open went well")
			return nil
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				r.t.Errorf("the error is %q, without %q", err, p)
			}
		}
		return err
	case <-time.After(patience):
		r.t.Error("Open does not return")
		return errors.New("none")
	}
}

// opens waits for Open to return without an error.
func (r *rig) opens() {
	r.t.Helper()
	select {
	case err := <-r.opened:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(patience):
		r.t.Error("Open does not return")
	}
}

// both plays the two ends concurrently.
func both(client, server func()) {
	var wg sync.WaitGroup
	wg.Go(server)
	client()
	wg.Wait()
}
