package mirror_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
)

// scripted runs a server that greets and lets answer write to each connection, once for each line of the
// client; false ends the connection. Its connections end with the test.
func scripted(t *testing.T, answer func(c net.Conn, tag, line string) bool) string {
	t.Helper()
	return listening(t, func(ctx context.Context, l net.Listener) {
		done := make(chan struct{})
		n := 0
		for {
			c, err := l.Accept()
			if err != nil {
				break
			}
			n++
			stop := context.AfterFunc(ctx, func() { c.Close() })
			go func() {
				defer func() { stop(); c.Close(); done <- struct{}{} }()
				fmt.Fprint(c, "* OK ready\r\n")
				for in := bufio.NewScanner(c); in.Scan(); {
					tag, line, _ := strings.Cut(in.Text(), " ")
					if !answer(c, tag, line) {
						return
					}
				}
			}()
		}
		for range n {
			<-done
		}
	})
}

func TestSecondServerFails(t *testing.T) {
	short := func(o *mirror.Options) { o.Player.Timeout = 200 * time.Millisecond }
	long := func(o *mirror.Options) { o.Player.Timeout = time.Minute }
	login := func(c net.Conn, tag, line string) bool {
		if strings.HasPrefix(line, "LOGIN") {
			fmt.Fprint(c, tag, " OK in\r\n")
			return true
		}
		return false
	}
	for name, x := range map[string]struct {
		second func(t *testing.T) string
		want   string
	}{
		"dead": {func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			return l.Addr().String()
		}, "connection refused"},
		"silent": {func(t *testing.T) string {
			return listening(t, func(_ context.Context, l net.Listener) {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					defer c.Close()
				}
			})
		}, "no greeting within 200ms"},
		"stalled": {func(t *testing.T) string {
			return scripted(t, func(c net.Conn, tag, line string) bool { return login(c, tag, line) || true })
		}, "SELECT: no answer within 200ms"},
		"closes": {func(t *testing.T) string { return scripted(t, login) }, "SELECT: the server closed the connection"},
		"refuses": {func(t *testing.T) string {
			return scripted(t, func(c net.Conn, tag, _ string) bool { fmt.Fprint(c, tag, " NO no\r\n"); return true })
		}, "the second server refused the login"},
		"another tag": {func(t *testing.T) string {
			return scripted(t, func(c net.Conn, _, _ string) bool { fmt.Fprint(c, "X OK done\r\n"); return true })
		}, "a response with the tag X came in place of its own"},
		"floods": {func(t *testing.T) string {
			flood := bytes.Repeat([]byte("* OK "+strings.Repeat("more ", 5000)+"\r\n"), 100)
			return scripted(t, func(c net.Conn, _, _ string) bool {
				for {
					if _, err := c.Write(flood); err != nil {
						return false
					}
				}
			})
		}, "MiB"},
		"junk": {func(t *testing.T) string {
			return scripted(t, func(c net.Conn, _, _ string) bool { _, _ = c.Write([]byte("\x00\xff{99\r\n)(\r\n")); return true })
		}, "LOGIN: no answer within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			a := imap4(t, 0, "one", "two")
			timeout := short
			if name == "floods" { // however slow this machine is
				timeout = long
			}
			r := mirrored(t, a.addr, x.second(t), timeout)
			heard := converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `FETCH 1:* (FLAGS)`, `LOGOUT`)
			if !strings.Contains(heard, "T03 OK") {
				t.Errorf("the client heard %q", heard)
			}
			if name == "floods" { // Stop waits for some seconds only
				r.awaitEnd()
			}
			r.finish()
			if len(r.ended) != 1 || !strings.Contains(r.ended[0], x.want) || !r.report.Failed() {
				t.Errorf("ended %q, not because of %q; %+v", r.ended, x.want, r.report)
			}
		})
	}
}

// A second server that does not read what it is sent holds up no client.
func TestBacklogIsBounded(t *testing.T) {
	block := make(chan struct{})
	b := scripted(t, func(net.Conn, string, string) bool { <-block; return false })
	a := imap4(t, 0, "one", "two")
	r := mirrored(t, a.addr, b, func(o *mirror.Options) { o.Backlog = 32 << 10 })
	commands := []string{`LOGIN alice secret`, `SELECT INBOX`}
	for range 100 {
		commands = append(commands, `FETCH 1:* (FLAGS ENVELOPE)`)
	}
	converse(t, r.addr, commands...)
	close(block)
	r.finish()
	if len(r.ended) != 1 || !strings.Contains(r.ended[0], "cannot keep up") {
		t.Fatalf("ended %q", r.ended)
	}
	if r.skipped(mirror.Unplayed) == 0 {
		t.Errorf("%+v", r.report)
	}
}

// No account is locked by logins that are refused.
func TestRefusedLogins(t *testing.T) {
	var logins atomic.Int64
	b := scripted(t, func(c net.Conn, tag, line string) bool {
		if strings.HasPrefix(line, "LOGIN") {
			logins.Add(1)
		}
		fmt.Fprint(c, tag, " NO no\r\n")
		return true
	})
	a := imap4(t, 0, "one")
	r := mirrored(t, a.addr, b)
	for range 3 {
		converse(t, r.addr, `LOGIN alice wrong`)
	}
	for range 6 {
		converse(t, r.addr, `LOGIN alice secret`, `LOGOUT`)
	}
	r.finish()
	if n := logins.Load(); n == 0 || n > 6 || r.skipped(mirror.Refused) != 3 {
		t.Fatalf("the second server was asked %d times; %+v", n, r.report)
	}
}

// What the client sends and hears is the same, byte by byte, with a mirror and without.
func TestRelayIsTheSame(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	seconds := map[string]string{
		"answers": imap4(t, 3, "one", "two", "three").addr,
		"stalls":  scripted(t, func(net.Conn, string, string) bool { <-stuck; return false }),
	}
	want := converse(t, imap4(t, 0, "one", "two", "three").addr, reading...)
	for name, second := range seconds {
		r := mirrored(t, imap4(t, 0, "one", "two", "three").addr, second, func(o *mirror.Options) { o.Player.Timeout = 100 * time.Millisecond })
		if got := converse(t, r.addr, reading...); got != want {
			t.Errorf("%s: heard %q, not %q", name, got, want)
		}
		r.finish()
	}
}

// The credentials of the second server are those that Bindings name.
func TestCredentialsAreThoseOfBindings(t *testing.T) {
	a, b := imap4(t, 0, "one"), imap4Of(t, "bob", "other", 0, "one")
	set, err := replay.ParseBindings([]string{"user=bob,password=other", "mailbox:Nowhere=INBOX"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Create("Nowhere", nil); err != nil {
		t.Fatal(err)
	}
	r := mirrored(t, a.addr, b.addr, func(o *mirror.Options) { o.Player.Set = set })
	converse(t, r.addr, `LOGIN alice secret`, `EXAMINE Nowhere`, `LOGOUT`)
	if d := r.finish(); !strings.Contains(strings.Join(d, "\n"), `EXAMINE EXISTS: "0", then "1"`) {
		t.Fatalf("%q, ended %q", d, r.ended)
	}
}

// A connection that is not decoded to its end, as the proxy ends first, is played as far as it was.
func TestStopEndsWhatIsOpen(t *testing.T) {
	a, b := imap4(t, 0, "one"), imap4(t, 0, "one")
	r := mirrored(t, a.addr, b.addr)
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "A LOGIN alice secret\r\n")
	for in := bufio.NewReader(c); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "A ") {
			break
		}
	}
	report := r.mirror.Stop()
	if report.Same != 1 {
		t.Errorf("%+v", report)
	}
	c.Close()
	_, _ = io.Copy(io.Discard, c)
}

// A login whose answers differ each time needs the password.
func TestChallengesNeedAPassword(t *testing.T) {
	challenging := func() string {
		return scripted(t, func(c net.Conn, tag, line string) bool {
			switch line {
			case "AUTHENTICATE CRAM-MD5":
				fmt.Fprint(c, "+ PDEyMz4=\r\n")
			case "AUTHENTICATE GSSAPI":
				fmt.Fprint(c, "+ \r\n")
			default:
				fmt.Fprint(c, "T00 OK in\r\n")
			}
			return true
		})
	}
	for command, want := range map[string]string{
		"AUTHENTICATE CRAM-MD5{}ZnJlZCAwMTIz": "clients log in with CRAM-MD5, whose answers differ each time, and no password is set for the second server",
		"AUTHENTICATE GSSAPI{}YWJj":           "clients log in with GSSAPI, which cannot be played",
	} {
		r := mirrored(t, challenging(), challenging())
		converse(t, r.addr, command)
		r.finish()
		if len(r.ended) != 1 || r.ended[0] != want {
			t.Errorf("%s: ended %q, not %q", command, r.ended, want)
		}
	}
}

// What a connection changes that is no longer mirrored is no difference on another one.
func TestChangesOfUnmirroredConnections(t *testing.T) {
	a, b := imap4(t, 0, "one", "two"), imap4(t, 0, "one", "two")
	r := mirrored(t, a.addr, b.addr, func(o *mirror.Options) { o.Backlog = 20_000 })
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `SEARCH`+strings.Repeat(` SUBJECT one`, 3_000), `STORE 1 +FLAGS (\Flagged)`)
	if r.awaitEnd(); r.endings() != 1 {
		t.Fatalf("ended %q", r.ended)
	}
	converse(t, r.addr, `LOGIN alice secret`, `SELECT INBOX`, `FETCH 1:2 (FLAGS)`, `SEARCH FLAGGED`, `LOGOUT`)
	if d := r.finish(); len(d) > 0 || r.skipped(mirror.After) != 1 {
		t.Fatalf("differences %q, %+v", d, r.report)
	}
}
