package replay

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/decode/diff"
	"imapscope/samples/server"
)

// everything is a session in which every quirk of the sample server shows.
var everything = []string{
	"LOGIN fred secret",
	"2: LOGIN fred secret",
	"2: SELECT INBOX",
	"SELECT INBOX",
	"FETCH 1:12 ALL",
	"FETCH 3 (RFC822 RFC822.HEADER RFC822.TEXT)",
	"SEARCH SUBJECT {8}lunch on",
	"2: STORE 1 +FLAGS (\\Flagged)",
	"NOOP",
	"2: STORE 2 +FLAGS (\\Flagged)",
	"CHECK",
	"STORE 8 +FLAGS (\\Deleted)",
	"2: LOGOUT",
	"FIND MAILBOXES *",
	"EXPUNGE",
	"NOOP",
	"LOGOUT",
}

func divergences(t *testing.T, played []*Played, o diff.Options) (lines []string) {
	t.Helper()
	for _, x := range played {
		if x.Err != nil {
			lines = append(lines, x.Err.Error())
			continue
		}
		for _, d := range x.Divergences(o) {
			for _, y := range d.Differences {
				lines = append(lines, fmt.Sprintf("%d/%d %s: %s", x.Session.Conn.ID, d.Recorded, d.Command, y))
			}
		}
		lines = append(lines, x.Trouble...)
	}
	return lines
}

func TestRecordedServerDoesNotDiverge(t *testing.T) {
	s := recording(t, everything...)
	p := &Player{Dial: serveSample(t, server.Options{}), Timeout: 5 * time.Second}
	played := p.PlayAll(t.Context(), s)
	for _, l := range divergences(t, played, diff.Options{}) {
		t.Error(l)
	}
	for _, x := range played {
		if x.Sent < 3 || len(x.LeftOut) > 0 {
			t.Errorf("connection %d: %d commands, left out: %q", x.Session.Conn.ID, x.Sent, x.LeftOut)
		}
	}
}

// Each way in which the sample server can break a rule is reported at the command where
// it shows.
func TestQuirksAreReported(t *testing.T) {
	s := recording(t, everything...)
	caught := map[string]string{ // what one of the lines contains
		"no-greeting":           "connection: no greeting within",
		"greeting-not-ok":       "1/0 : greeting",
		"no-ready":              "A07 SEARCH: no ready within",
		"late-ready":            "A07 SEARCH: no ready within",
		"other-tag":             "SEARCH: status: \"OK\", then \"no response\"",
		"silent":                "SEARCH: status: \"OK\", then \"no response\"",
		"no-status":             "EXPUNGE: status: \"OK\", then \"none\"",
		"select-without-flags":  "SELECT: FLAGS: only the first",
		"select-without-exists": "SELECT: EXISTS: only the first",
		"select-without-recent": "SELECT: RECENT: only the first",
		"exists-shrinks":        "CHECK: EXISTS",
		"silent-expunge":        "EXPUNGE: EXPUNGE: only the first",
		"expunge-beyond":        "EXPUNGE: EXPUNGE",
		"fetch-beyond":          "NOOP: message",
		"logout-without-bye":    "LOGOUT: BYE: only the first",
		"data-after-bye":        "/0 : EXISTS: only the second",
		"unexpected-ready":      "NOOP: ready: only the second",
		"wrong-literal-count":   "FETCH: message 3",
		"wrong-size":            "FETCH: message 1 RFC822.SIZE",
		"header-text-mismatch":  "FETCH: message 3 RFC822.HEADER",
		"envelope-short":        "FETCH: message 1 ENVELOPE",
		"no-defaults":           "ENVELOPE reply-to",
		"search-beyond":         "SEARCH: SEARCH",
		"missing-item":          "FETCH: message 1 RFC822.SIZE: only the first",
		"bad-date":              "FETCH: message 1 INTERNALDATE",
		"obsolete-store":        "STORE: message 8 form: only the second",
		"empty-flags":           "SELECT: FLAGS",
		"escape-sequences":      "status text",
		"no-news":               "CHECK: message 2",
	}
	for _, q := range server.Quirks() {
		t.Run(q.Name, func(t *testing.T) {
			t.Parallel()
			want, known := caught[q.Name]
			if !known {
				t.Fatal("the table lacks the command at which this quirk shows")
			}
			p := &Player{Dial: serveSample(t, server.Options{Quirks: []string{q.Name}}), Timeout: 300 * time.Millisecond}
			var o diff.Options
			o.Strict[diff.Text] = q.Name == "escape-sequences"
			o.Strict[diff.Optional] = q.Name == "obsolete-store" // which is equivalent
			got := strings.Join(divergences(t, p.PlayAll(t.Context(), s), o), "\n")
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		})
	}
}

// A replay ends whatever the server does, and reports what it did.
func TestReplayEndsWithFaultyServers(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "SELECT INBOX", "FETCH 1 ALL", "SEARCH SUBJECT {600000}x", "NOOP", "LOGOUT")
	greet := func(c net.Conn) *bufio.Reader {
		fmt.Fprint(c, "* OK hello\r\n")
		return bufio.NewReader(c)
	}
	line := func(r *bufio.Reader) string {
		l, err := r.ReadString('\n')
		if err != nil {
			return ""
		}
		tag, _, _ := strings.Cut(l, " ")
		return tag
	}
	for name, f := range map[string]struct {
		want  string
		serve func(c net.Conn)
	}{
		"hangs at once": {"connection: no greeting within 200ms", func(c net.Conn) { io.Copy(io.Discard, c) }},
		"hangs later": {"transaction 2, A02 SELECT: no answer within 200ms", func(c net.Conn) {
			r := greet(c)
			fmt.Fprintf(c, "%s OK in\r\n", line(r))
			io.Copy(io.Discard, r)
		}},
		"closes": {"transaction 2, A02 SELECT: the server closed the connection", func(c net.Conn) {
			r := greet(c)
			fmt.Fprintf(c, "%s OK in\r\n", line(r))
			line(r)
		}},
		"says BYE": {"the server said BYE and closed the connection", func(c net.Conn) {
			r := greet(c)
			fmt.Fprintf(c, "%s OK in\r\n", line(r))
			line(r)
			fmt.Fprint(c, "* BYE enough\r\n")
		}},
		"resets": {"transaction 2, A02 SELECT: the server reset the connection", func(c net.Conn) {
			r := greet(c)
			fmt.Fprintf(c, "%s OK in\r\n", line(r))
			line(r)
			c.(*net.TCPConn).SetLinger(0)
		}},
		"sends rubbish": {"transaction 1, A01 LOGIN: no answer within 200ms", func(c net.Conn) {
			r := greet(c)
			line(r)
			for range 50 {
				fmt.Fprint(c, "\x00\xff{{{{ \r\r\n\n* \r\n")
			}
			io.Copy(io.Discard, r)
		}},
		"never stops": {"no answer within 200ms", func(c net.Conn) {
			r := greet(c)
			line(r)
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(c, "* OK still %d\r\n", i); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}},
		"asks for a literal that the recording lacks": {"A04 SEARCH: the server waits for a literal that the recording never sent", func(c net.Conn) {
			r := greet(c)
			for {
				tag := line(r)
				switch tag {
				case "":
					return
				case "A04":
					fmt.Fprint(c, "+ go ahead\r\n")
				default:
					fmt.Fprintf(c, "%s OK\r\n", tag)
				}
			}
		}},
		"answers with another tag": {`then "no response"`, func(c net.Conn) {
			r := greet(c)
			for {
				tag := line(r)
				if tag == "" {
					return
				}
				fmt.Fprintf(c, "x%s OK\r\n", tag)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dial := listen(t, func(ctx context.Context, l net.Listener) {
				c, err := l.Accept()
				if err != nil {
					return
				}
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				defer c.Close()
				f.serve(c)
			})
			p := &Player{Dial: dial, Timeout: 200 * time.Millisecond}
			if name == "answers with another tag" || strings.HasPrefix(name, "asks") {
				p.Timeout = 3 * time.Second
			}
			got := strings.Join(divergences(t, p.PlayAll(t.Context(), s), diff.Options{}), "\n")
			if !strings.Contains(got, f.want) {
				t.Errorf("%q is not in\n%s", f.want, got)
			}
		})
	}
	t.Run("refuses", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		p := &Player{Dial: func(ctx context.Context) (net.Conn, []byte, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
			return c, nil, err
		}}
		x := p.Play(t.Context(), s.Sessions[0], time.Now())
		if x.Err == nil || !strings.Contains(x.Err.Error(), "refused") || x.Sent > 0 {
			t.Errorf("%v, %d sent", x.Err, x.Sent)
		}
	})
}

func TestReplayEndsWhenCancelled(t *testing.T) {
	s := recording(t, "LOGIN fred secret", "NOOP", "LOGOUT")
	ctx, cancel := context.WithCancel(t.Context())
	dial := listen(t, func(_ context.Context, l net.Listener) {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "* OK\r\n")
		bufio.NewReader(c).ReadString('\n')
		cancel()
		io.Copy(io.Discard, c)
	})
	x := (&Player{Dial: dial}).Play(ctx, s.Sessions[0], time.Now())
	if x.Sent != 1 {
		t.Errorf("%d commands went out", x.Sent)
	}
}
