package conform

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"imapscope/capture/leaktest"
	"imapscope/proxy/fallback"
	"imapscope/proxy/proxytest"
	"imapscope/samples/server"
)

type dial = func(context.Context) (net.Conn, []byte, error)

// serve answers connections with serveOne until the test ends, and returns what dials it.
func serve(t testing.TB, serveOne func(net.Conn)) dial {
	t.Helper()
	return dialing(proxytest.Serve(t, serveOne))
}

func dialing(addr string) dial {
	return func(ctx context.Context) (net.Conn, []byte, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		return c, nil, err
	}
}

// rewriting serves what another server answers, each line changed by f: an empty one is left
// out.
func rewriting(t testing.TB, to dial, f func(line string) string) dial {
	t.Helper()
	return serve(t, func(c net.Conn) {
		up, _, err := to(context.Background())
		if err != nil {
			return
		}
		defer up.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.Copy(up, c)
			up.(*net.TCPConn).CloseWrite()
		}()
		r := bufio.NewReader(up)
		for {
			line, err := r.ReadString('\n')
			if line != "" {
				if _, err := io.WriteString(c, f(line)); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		c.Close()
		up.Close()
		<-done
	})
}

// imap2 serves the sample server.
func imap2(t testing.TB) dial {
	t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(c net.Conn) { s.ServeConn(context.Background(), c) })
}

// imap4 serves go-imap's server.
func imap4(t testing.TB) dial {
	t.Helper()
	box := fallback.NewMailbox("fred", "secret", nil)
	return serve(t, func(c net.Conn) {
		x, greeting := box.Open()
		defer x.Close()
		if _, err := c.Write(greeting); err != nil {
			return
		}
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			answer, more := x.Write(buf[:n])
			if _, err := c.Write(answer); err != nil || !more {
				return
			}
		}
	})
}

// imap4rev2 serves go-imap's server of IMAP4rev2.
func imap4rev2(t testing.TB) dial {
	t.Helper()
	mem := imapmemserver.New()
	user := imapmemserver.NewUser("fred", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev2: {}, imap.CapIMAP4rev1: {}},
		Logger:       log.New(io.Discard, "", 0),
		InsecureAuth: true,
	})
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return dialing(l.Addr().String())
}

// run plays scripts against a server.
func run(t testing.TB, d dial, r *Runner, scripts ...*Script) *Report {
	t.Helper()
	r.Dial, r.User, r.Password = d, "fred", "secret"
	if r.Timeout == 0 {
		r.Timeout = 10 * time.Second
	}
	out, err := r.Run(context.Background(), scripts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// failures returns a line for each step that did not pass, apart from those skipped.
func failures(out *Report) (list []string) {
	for _, r := range out.Results {
		for _, s := range r.Steps {
			if s.Outcome != Failed {
				continue
			}
			var b strings.Builder
			b.WriteString(s.Level.String() + " " + r.Name + ": " + s.String() + ": " + strings.Join(s.Reasons, "; "))
			for _, m := range s.Messages {
				b.WriteString("\n\t" + strings.TrimSpace(string(m.Raw[:min(len(m.Raw), 300)])))
			}
			list = append(list, b.String())
		}
	}
	for _, f := range out.Findings {
		list = append(list, "finding "+f.Rule.ID+" "+f.Message)
	}
	return append(list, out.Trouble...)
}

func embeddedScripts(t testing.TB, prefix string) (out []*Script) {
	t.Helper()
	list, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if strings.HasPrefix(s.Name, prefix) {
			out = append(out, s)
		}
	}
	return out
}
