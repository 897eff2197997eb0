package replay

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/decode/decodetest"
	"imapscope/decode/script"
)

// fromTranscript returns the session of a transcript.
func fromTranscript(t testing.TB, text string) *script.Session {
	t.Helper()
	k := script.NewCollector(script.Options{})
	if err := decodetest.Play(text, k); err != nil {
		t.Fatal(err)
	}
	return k.Script().Sessions[0]
}

// played plays a session against a server that gives the scripted answers, and returns
// what it received, line ends unchanged.
func played(t *testing.T, p *Player, s *script.Session, answers map[string]string) string {
	t.Helper()
	x, heard := against(t, p, s, answers)
	for _, l := range x.Trouble {
		t.Error(l)
	}
	return heard
}

// playedResult is like played, and returns the result instead.
func playedResult(t *testing.T, p *Player, s *script.Session, answers map[string]string) *Played {
	t.Helper()
	x, _ := against(t, p, s, answers)
	return x
}

func against(t *testing.T, p *Player, s *script.Session, answers map[string]string) (*Played, string) {
	t.Helper()
	client, srv := net.Pipe()
	heard := make(chan string, 1)
	go func() {
		defer srv.Close()
		var all strings.Builder
		defer func() { heard <- all.String() }()
		fmt.Fprint(srv, "* OK\r\n")
		buf := make([]byte, 4096)
		for {
			n, err := srv.Read(buf)
			if err != nil {
				return
			}
			got := string(buf[:n])
			all.WriteString(got)
			for line := range strings.Lines(got) {
				for has, say := range answers {
					if strings.Contains(line, has) {
						fmt.Fprint(srv, strings.ReplaceAll(say, "\n", "\r\n"))
					}
				}
			}
		}
	}()
	if p.Timeout == 0 {
		p.Timeout = time.Second
	}
	p.Dial = func(context.Context) (net.Conn, []byte, error) { return client, nil, nil }
	x := p.Play(t.Context(), s, time.Now())
	return x, <-heard
}

// Names are replaced in place, in the form they had.
func TestBindingsKeepTheFormOfStrings(t *testing.T) {
	for _, c := range []struct {
		name, recorded, want string
		set                  Bindings
		answers              map[string]string
	}{
		{"atoms", "# greeted\nC: a LOGIN fred secret\nS: a OK\n", "a LOGIN wilma hunter2\r\n", Bindings{User: "wilma", Password: "hunter2"}, map[string]string{"a LOGIN": "a OK\n"}},
		{"quoted", "# greeted\nC: a LOGIN \"fred\" \"secret\"\nS: a OK\n", "a LOGIN \"wilma\" \"hunter 2\"\r\n", Bindings{User: "wilma", Password: "hunter 2"}, map[string]string{"a LOGIN": "a OK\n"}},
		{"an atom that must be a literal", "# greeted\nC: a LOGIN fred secret\nS: a OK\n", "a LOGIN fred {7}\r\n100%\"{}\r\n", Bindings{Password: "100%\"{}"}, map[string]string{"{7}": "+ go\n", "100%": "a OK\n"}},
		{"literals", "# greeted\nC: a LOGIN {4}\nS: + go\nC| fred {6}\nC: \nS: + go\nC| secret\nC: \nS: a OK\n", "a LOGIN {5}\r\nwilma {2}\r\nno\r\n", Bindings{User: "wilma", Password: "no"}, map[string]string{"{5}": "+ go\n", "{2}": "+ go\n", "no\r\n": "a OK\n"}},
		{"SASL PLAIN", "# greeted\nC: a AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a OK\n", "a AUTHENTICATE PLAIN\r\nAHdpbG1hAHNlY3JldA==\r\n", Bindings{User: "wilma"}, map[string]string{"PLAIN": "+ \n", "AHd": "a OK\n"}},
		{"CRAM-MD5, RFC 2195's own example", "# greeted\nC: a AUTHENTICATE CRAM-MD5\nS: + PDE+\nC: Zm9vIGJhcg==\nS: a OK\n",
			"a AUTHENTICATE CRAM-MD5\r\ndGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n", Bindings{User: "tim", Password: "tanstaaftanstaaf"},
			map[string]string{"CRAM": "+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n", "dGlt": "a OK\n"}},
		{"a mailbox", "# logged in\nC: a SELECT INBOX\nS: a OK\nC: b COPY 1 INBOX\nS: b OK\nC: c COPY 1 other\nS: c OK\n",
			"l LOGIN fred secret\r\na SELECT test\r\nb COPY 1 test\r\nc COPY 1 new\r\n", Bindings{Mailbox: "test", Mailboxes: map[string]string{"other": "new"}},
			map[string]string{"l ": "l OK\n", "a ": "a OK\n", "b ": "b OK\n", "c ": "c OK\n"}},
		{"unique identifiers", "# logged in\nC: a SELECT INBOX\nS: a OK\nC: b FETCH 1:3 UID\nS: * 1 FETCH (UID 10)\nS: * 2 FETCH (UID 20)\nS: * 3 FETCH (UID 30)\nS: b OK\nC: c UID FETCH 10,20:30,99 FLAGS\nS: c OK\n",
			"l LOGIN fred secret\r\na SELECT INBOX\r\nb FETCH 1:3 UID\r\nc UID FETCH 101,102:107,176 FLAGS\r\n", Bindings{},
			map[string]string{"l ": "l OK\n", "a ": "a OK\n", "b ": "* 3 FETCH (UID 107)\n* 1 FETCH (UID 101)\n* 2 FETCH (FLAGS () UID 102)\nb OK\n", "c ": "c OK\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			recorded := strings.ReplaceAll(strings.ReplaceAll(c.recorded, "C| fred {6}\nC: \n", "C: fred {6}\n"), "C| secret\nC: \n", "C: secret\n")
			if got := played(t, &Player{Set: c.set}, fromTranscript(t, recorded), c.answers); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// With Player.Login, a session whose beginning was not recorded starts with a LOGIN of
// our own.
func TestMidStreamSessionLogsIn(t *testing.T) {
	s := fromTranscript(t, "# seen from its middle\nC: b NOOP\nS: b OK\nC: c NOOP\nS: c OK\n")
	if !s.Conn.MidStream {
		t.Fatal("the session is not marked as mid-stream")
	}
	x := (&Player{}).Play(t.Context(), s, time.Now())
	if x.Sent > 0 || len(x.LeftOut) != 1 || x.LeftOut[0] != MidStream {
		t.Errorf("%d sent, %q", x.Sent, x.LeftOut)
	}
	got := played(t, &Player{Login: true, Set: Bindings{User: "fred", Password: "a b"}}, s, map[string]string{"LOGIN": "imapscope1 OK\n", "SELECT": "imapscope2 OK\n", "b ": "b OK\n", "c ": "c OK\n"})
	if want := "imapscope1 LOGIN fred \"a b\"\r\nimapscope2 SELECT INBOX\r\nb NOOP\r\nc NOOP\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
