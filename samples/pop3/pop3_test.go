package pop3_test

import (
	"strings"
	"testing"
	"time"

	"imapscope/samples/pop3"
	"imapscope/samples/server"
)

func mail(text string) server.Mail {
	return server.Mail{Text: []byte(strings.ReplaceAll(text, "\n", "\r\n")), Arrived: time.Unix(0, 0)}
}

func drop() *pop3.Server {
	return pop3.New(pop3.Options{Mail: []server.Mail{
		mail("Subject: one\n\nfirst\n.hidden\nlast\n"), mail("Subject: two\n\nx\n"), mail("Subject: three\n\ny\n"),
	}})
}

// TestConversations plays what a client sends, and what it gets.
func TestConversations(t *testing.T) {
	const in = "C: USER fred\nS: +OK\nC: PASS secret\nS: +OK\n"
	for name, script := range map[string]string{
		"needs a login":           "C: STAT\nS: -ERR",
		"wrong password":          "C: USER fred\nS: +OK\nC: PASS guess\nS: -ERR\nC: PASS secret\nS: -ERR",
		"unknown user":            "C: USER wilma\nS: +OK\nC: PASS secret\nS: -ERR",
		"no name":                 "C: USER\nS: -ERR",
		"logs in once":            in + "C: USER fred\nS: -ERR",
		"unknown command":         in + "C: FETCH 1 ALL\nS: -ERR",
		"counts":                  in + "C: STAT\nS: +OK 3 78",
		"lists":                   in + "C: LIST\nS: +OK\nS: 1 38\nS: 2 19\nS: 3 21\nS: .",
		"lists one":               in + "C: LIST 2\nS: +OK 2 19",
		"lists none":              in + "C: LIST 4\nS: -ERR\nC: LIST x\nS: -ERR\nC: LIST 0\nS: -ERR",
		"ignores case":            "C: user fred\nS: +OK\nC: pass secret\nS: +OK\nC: noop\nS: +OK",
		"stuffs bytes":            in + "C: RETR 1\nS: +OK\nS: Subject: one\nS: \nS: first\nS: ..hidden\nS: last\nS: .",
		"sends the top":           in + "C: TOP 1 1\nS: +OK\nS: Subject: one\nS: \nS: first\nS: .",
		"sends the header":        in + "C: TOP 1 0\nS: +OK\nS: Subject: one\nS: \nS: .",
		"sends all for the top":   in + "C: TOP 2 9\nS: +OK\nS: Subject: two\nS: \nS: x\nS: .",
		"wants lines for a top":   in + "C: TOP 1\nS: -ERR\nC: TOP 1 -1\nS: -ERR",
		"deletes":                 in + "C: DELE 1\nS: +OK\nC: DELE 1\nS: -ERR\nC: RETR 1\nS: -ERR\nC: STAT\nS: +OK 2 40\nC: LIST\nS: +OK\nS: 2 19\nS: 3 21\nS: .",
		"unmarks":                 in + "C: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: STAT\nS: +OK 3 78",
		"a line that is too long": in + "C: LIST " + strings.Repeat("1", 600) + "\nS: -ERR\nC: NOOP\nS: +OK",
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, 4096} {
				converse(t, drop().NewSession(), script, size)
			}
		})
	}
}

// converse sends the lines of a script in pieces of a size. A line that is expected may go on.
func converse(t *testing.T, x *pop3.Session, script string, size int) {
	t.Helper()
	var got []string
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		if sent, ok := strings.CutPrefix(line, "C: "); ok {
			if len(got) > 0 {
				t.Fatalf("not expected before %q: %q", sent, got)
			}
			var answer []byte
			for p := []byte(sent + "\r\n"); len(p) > 0; {
				n := min(size, len(p))
				a, _ := x.Write(p[:n])
				answer, p = append(answer, a...), p[n:]
			}
			got = strings.Split(strings.TrimSuffix(string(answer), "\r\n"), "\r\n")
			continue
		}
		want := strings.TrimPrefix(line, "S: ")
		if len(got) == 0 || got[0] != want && !(strings.HasPrefix(want, "+OK") || want == "-ERR") || !strings.HasPrefix(got[0], want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		got = got[1:]
	}
	if len(got) > 0 {
		t.Fatalf("not expected: %q", got)
	}
}

func login(t *testing.T, s *pop3.Server) *pop3.Session {
	t.Helper()
	x := s.NewSession()
	converse(t, x, "C: USER fred\nS: +OK\nC: PASS secret\nS: +OK", 4096)
	return x
}

func TestOnlyOneSessionHasTheMaildrop(t *testing.T) {
	s := drop()
	first := login(t, s)
	converse(t, s.NewSession(), "C: USER fred\nS: +OK\nC: PASS secret\nS: -ERR", 4096)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	login(t, s)
}

// TestOnlyQuitRemoves: RFC 1939, section 6, p. 10.
func TestOnlyQuitRemoves(t *testing.T) {
	s := drop()
	x := login(t, s)
	converse(t, x, "C: DELE 2\nS: +OK", 4096)
	_ = x.Close()
	x = login(t, s)
	converse(t, x, "C: STAT\nS: +OK 3 78\nC: DELE 2\nS: +OK", 4096)
	if answer, more := x.Write([]byte("QUIT\r\n")); more || !strings.HasPrefix(string(answer), "+OK") {
		t.Fatalf("%q, %v", answer, more)
	}
	converse(t, login(t, s), "C: STAT\nS: +OK 2 59\nC: LIST\nS: +OK\nS: 1 38\nS: 2 21\nS: .", 4096)
}

// TestUniqueIDsStay: a message keeps its identifier when others go and come (p. 12).
func TestUniqueIDsStay(t *testing.T) {
	s := drop()
	x := login(t, s)
	unique := func(x *pop3.Session, n string) string {
		answer, _ := x.Write([]byte("UIDL " + n + "\r\n"))
		f := strings.Fields(string(answer))
		if len(f) != 3 || f[1] != n || f[2] == "" {
			t.Fatalf("%q", answer)
		}
		return f[2]
	}
	third := unique(x, "3")
	converse(t, x, "C: DELE 1\nS: +OK", 4096)
	x.Write([]byte("QUIT\r\n"))
	s.Deliver(mail("Subject: three\n\ny\n")) // a copy
	x = login(t, s)
	if unique(x, "2") != third || unique(x, "3") == third {
		t.Errorf("%q was %q; its copy has %q", unique(x, "2"), third, unique(x, "3"))
	}
}

func TestDeliveryWaitsForTheNextSession(t *testing.T) {
	s := drop()
	x := login(t, s)
	s.Deliver(mail("Subject: four\n\nz\n"))
	converse(t, x, "C: STAT\nS: +OK 3 78", 4096)
	_ = x.Close()
	converse(t, login(t, s), "C: STAT\nS: +OK 4 98", 4096)
}
