package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
	"imapscope/samples/server"
)

// listening runs a server until the test ends, and returns its address.
func listening(t testing.TB, serve func(context.Context, net.Listener)) string {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); serve(ctx, l) }()
	t.Cleanup(func() { cancel(); l.Close(); <-done })
	return l.Addr().String()
}

// imap2 runs the sample server, which speaks IMAP2, and returns its address.
func imap2(t testing.TB, o server.Options) string {
	t.Helper()
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return listening(t, func(ctx context.Context, l net.Listener) { s.Serve(ctx, l) })
}

// account is a server that speaks IMAP4rev1, with one user.
type account struct {
	*imapmemserver.User
	addr string
}

// imap4 runs a server on which alice has an INBOX with messages, before which so many others were
// deleted: their unique identifiers are gone.
func imap4(t testing.TB, deleted int, subjects ...string) *account {
	t.Helper()
	return imap4Of(t, "alice", "secret", deleted, subjects...)
}

func imap4Of(t testing.TB, user, password string, deleted int, subjects ...string) *account {
	t.Helper()
	a := &account{User: imapmemserver.NewUser(user, password)}
	if deleted > 0 { // then INBOX has another UIDVALIDITY
		if err := errors.Join(a.Create("Before", nil), a.Delete("Before")); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for i := range deleted {
		a.deliver(t, fmt.Sprint("gone ", i))
	}
	if deleted > 0 {
		a.each(t, func(s *imapmemserver.UserSession, set imap.NumSet) error {
			return s.Store(&imapserver.FetchWriter{}, set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, &imap.StoreOptions{})
		})
	}
	for _, s := range subjects {
		a.deliver(t, s)
	}
	mem := imapmemserver.New()
	mem.AddUser(a.User)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapMove: {}, imap.CapNamespace: {}},
		InsecureAuth: true,
	})
	a.addr = listening(t, func(_ context.Context, l net.Listener) { _ = s.Serve(l) })
	t.Cleanup(func() { _ = s.Close() })
	return a
}

func (a *account) each(t testing.TB, f func(*imapmemserver.UserSession, imap.NumSet) error) {
	t.Helper()
	s := imapmemserver.NewUserSession(a.User)
	if _, err := s.Select("INBOX", &imap.SelectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := f(s, imap.SeqSet{{Start: 1, Stop: 0}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Expunge(nil, nil); err != nil {
		t.Fatal(err)
	}
	_ = s.Unselect()
}

func (a *account) deliver(t testing.TB, subject string, flags ...imap.Flag) {
	t.Helper()
	text := fmt.Sprintf("From: bob@example.com\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\n\r\nHello.\r\n", subject, strings.ReplaceAll(subject, " ", "."))
	_, err := a.Append("INBOX", literal{bytes.NewReader([]byte(text)), int64(len(text))}, &imap.AppendOptions{Time: time.Unix(1e9, 0), Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// rig is a proxy with a mirror.
type rig struct {
	addr   string
	mirror *mirror.Mirror

	mu     sync.Mutex
	diffs  []string
	ended  []string
	stop   func()
	report *mirror.Report
}

// mirrored runs a proxy for first whose traffic is also sent to second.
func mirrored(t testing.TB, first, second string, change ...func(*mirror.Options)) *rig {
	t.Helper()
	r := &rig{}
	dial := func(ctx context.Context) (net.Conn, []byte, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", second)
		return c, nil, err
	}
	o := mirror.Options{
		Player: replay.Player{Dial: dial, Timeout: 20 * time.Second},
		Differs: func(d *mirror.Difference) {
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, x := range d.List {
				command := ""
				if d.First.Transaction != nil {
					command = d.First.Command + " "
				}
				r.diffs = append(r.diffs, command+x.String())
			}
		},
		Ended: func(_ capture.ConnID, why string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.ended = append(r.ended, why)
		},
	}
	for _, f := range change {
		f(&o)
	}
	r.mirror = mirror.New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	source := proxy.Source{Proxy: &proxy.Proxy{Target: proxy.Fixed(first)}, Listener: l, Copies: capture.Tee{r.mirror}}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- source.Run(ctx, nil) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		r.report = r.mirror.Stop()
	})
	t.Cleanup(r.stop)
	return r
}

// finish ends the proxy and the mirror, and returns what differs.
func (r *rig) finish() []string {
	r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.diffs)
}

// endings returns how many connections are no longer mirrored.
func (r *rig) endings() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ended)
}

// awaitEnd waits until a connection is no longer mirrored.
func (r *rig) awaitEnd() {
	for r.endings() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
}

// skipped returns how many commands were skipped for a reason.
func (r *rig) skipped(why mirror.Reason) int64 {
	for _, c := range r.report.Skipped {
		if c.Why == string(why) {
			return c.N
		}
	}
	return 0
}

// converse sends commands, each once the one before it is answered, and returns all that was
// received. A literal is written as {n}text, and a line within a command as {}text. The connection ends with the last answer.
func converse(t testing.TB, addr string, commands ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	var heard strings.Builder
	buf := make([]byte, 16<<10)
	until := func(text string) { // and the end of its line
		for from := heard.Len(); ; {
			if _, after, ok := strings.Cut(heard.String()[from:], text); ok && strings.Contains(text+after, "\r\n") {
				return
			}
			n, err := c.Read(buf)
			heard.Write(buf[:n])
			if err != nil {
				t.Fatalf("waiting for %q: %v; heard %q", text, err, heard.String())
			}
		}
	}
	until("\r\n")
	for i, command := range commands {
		tag := fmt.Sprintf("T%02d", i)
		text := tag + " " + command + "\r\n"
		if at := strings.IndexByte(text, '}'); at >= 0 {
			fmt.Fprint(c, strings.TrimSuffix(text[:at+1], "{}"), "\r\n")
			until("+ ")
			text = text[at+1:]
		}
		fmt.Fprint(c, text)
		until(tag + " ")
	}
	return heard.String()
}
