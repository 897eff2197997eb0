package stage_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/samples/server"
	"imapscope/samples/stage"
)

// heard is a Sink that writes down what is reported, and holds the Source's promises
// against it.
type heard struct {
	t    *testing.T
	text strings.Builder
	off  map[capture.ConnID]*[2]int64
	last time.Time
	ends []string // half-closes
}

func (h *heard) at(t time.Time) int64 {
	if t.Before(h.last) {
		h.t.Errorf("%s after %s", t, h.last)
	}
	h.last = t
	return t.Sub(time.Date(1991, 5, 13, 9, 0, 0, 0, time.UTC)).Milliseconds()
}

func (h *heard) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		h.off[e.Conn] = new([2]int64)
		fmt.Fprintf(&h.text, "%d %d open %s\n", h.at(e.Time), e.Conn, e.Info.Client)
	case capture.Data, capture.Gap:
		off := &h.off[e.Conn][e.Dir]
		if *off != e.Off {
			h.t.Errorf("%s at %d, not %d", e.Dir, e.Off, *off)
		}
		*off += e.N + int64(len(e.Data))
		if e.Kind == capture.Gap {
			fmt.Fprintf(&h.text, "%d %d %c lost %d\n", h.at(e.Time), e.Conn, e.Dir.String()[0], e.N)
			return nil
		}
		fmt.Fprintf(&h.text, "%d %d %c %q\n", h.at(e.Time), e.Conn, e.Dir.String()[0], e.Data)
	case capture.Again:
		fmt.Fprintf(&h.text, "%d %d %c again %d\n", h.at(e.Time), e.Conn, e.Dir.String()[0], e.N)
	case capture.HalfClosed:
		h.ends = append(h.ends, e.Dir.String()+" "+e.Cause.String())
	case capture.Closed:
		fmt.Fprintf(&h.text, "%d %d %v\n", h.at(e.Time), e.Conn, e.Cause)
	}
	return nil
}

// play is what a sink hears of a script.
func play(t *testing.T, o stage.Options, text string) string {
	t.Helper()
	script, err := stage.Parse("test.txt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return perform(t, o, script)
}

func perform(t *testing.T, o stage.Options, script *stage.Script) string {
	t.Helper()
	mail, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{t: t, off: make(map[capture.ConnID]*[2]int64)}
	s := stage.New(o, h)
	if err := s.Add(mail, script); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	return h.text.String()
}

func TestPlay(t *testing.T) {
	for _, x := range []struct{ name, script, want string }{
		{"a literal waits for ready", `
a1 LOGIN fred {6}
secret
a2 LOGOUT
`, `0 1 open 127.0.0.1:59001
15 1 s "* OK imap2.example IMAP2 server ready\r\n"
415 1 c "a1 LOGIN fred {6}\r\n"
430 1 s "+ ready\r\n"
431 1 c "secret\r\n"
446 1 s "a1 OK LOGIN completed, fred\r\n"
846 1 c "a2 LOGOUT\r\n"
861 1 s "* BYE imap2.example closes the connection\r\na2 OK LOGOUT completed\r\n"
863 1 closed by both sides
`},
		{"it does not, and what follows it goes on; two at once; a pause", `
a1 LOGIN {4!}
fred {6!}
secret
~ 1s
a2 NOOP
& a3 NOOP
`, `0 1 open 127.0.0.1:59001
15 1 s "* OK imap2.example IMAP2 server ready\r\n"
415 1 c "a1 LOGIN {4}\r\nfred {6}\r\nsecret\r\n"
430 1 s "+ ready\r\n"
433 1 s "+ ready\r\n"
436 1 s "a1 OK LOGIN completed, fred\r\n"
1836 1 c "a2 NOOP\r\na3 NOOP\r\n"
1851 1 s "a2 OK NOOP completed\r\n"
1854 1 s "a3 OK NOOP completed\r\n"
2254 1 closed by both sides
`},
		{"a server that never answers, in one exchange, and a reset", `end: rst

a1 LOGIN fred secret
a2 SELECT empty
@ quirk silent
a3 SEARCH ALL
a4 SEARCH ALL
~ 2m
`, `0 1 open 127.0.0.1:59001
15 1 s "* OK imap2.example IMAP2 server ready\r\n"
415 1 c "a1 LOGIN fred secret\r\n"
430 1 s "a1 OK LOGIN completed, fred\r\n"
830 1 c "a2 SELECT empty\r\n"
845 1 s "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* 0 EXISTS\r\n* 0 RECENT\r\na2 OK [READ-WRITE] SELECT completed\r\n"
1245 1 c "a3 SEARCH ALL\r\n"
11645 1 c "a4 SEARCH ALL\r\n"
11660 1 s "* SEARCH\r\na4 OK SEARCH completed\r\n"
132060 1 reset
`},
		{"mail that another client hears of", `
a1 LOGIN fred secret
a2 SELECT INBOX
~ 1s
a3 NOOP
= 127.0.0.1:59002 +1s
@ deliver fred
From wilma@quarry.example Mon May 13 09:00:00 1991
Subject: hello

Hello.
@ end
b1 LOGOUT
`, `0 1 open 127.0.0.1:59001
15 1 s "* OK imap2.example IMAP2 server ready\r\n"
415 1 c "a1 LOGIN fred secret\r\n"
430 1 s "a1 OK LOGIN completed, fred\r\n"
830 1 c "a2 SELECT INBOX\r\n"
845 1 s "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* 12 EXISTS\r\n* 2 RECENT\r\na2 OK [READ-WRITE] SELECT completed\r\n"
1000 2 open 127.0.0.1:59002
1015 2 s "* OK imap2.example IMAP2 server ready\r\n"
1415 2 c "b1 LOGOUT\r\n"
1430 2 s "* BYE imap2.example closes the connection\r\nb1 OK LOGOUT completed\r\n"
1431 2 closed by both sides
2245 1 c "a3 NOOP\r\n"
2260 1 s "* 13 EXISTS\r\n* 3 RECENT\r\na3 OK NOOP completed\r\n"
2660 1 closed by both sides
`},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := play(t, stage.Options{}, x.script); got != x.want {
				t.Errorf("got\n%s\nwant\n%s", got, x.want)
			}
		})
	}
}

// TestTagsInMail checks that a line of a message that begins with the tag of an outstanding
// command is no response to it: the client waits for the real one.
func TestTagsInMail(t *testing.T) {
	got := play(t, stage.Options{}, `
a1 LOGIN fred secret
@ deliver fred
From wilma@quarry.example Mon May 13 09:00:00 1991
Subject: tags

a4 OK this is mail
@ end
a2 SELECT INBOX
a3 FETCH 13 RFC822
& a4 NOOP
a5 NOOP
`)
	lines := strings.Split(got, "\n")
	answered := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"a4 OK NOOP`) })
	if answered < 0 || answered+1 >= len(lines) {
		t.Fatal(got)
	}
	var at, next int
	var side, text string
	if _, err := fmt.Sscanf(lines[answered], "%d 1 %s", &at, &side); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(lines[answered+1], "%d 1 %s %q", &next, &side, &text); err != nil {
		t.Fatal(err)
	}
	if text != "a5 NOOP\r\n" || next-at != 400 {
		t.Errorf("%d ms after the response to a4 the client sends %q", next-at, text)
	}
}

// TestRefusedLiteral: the server says BAD to an announcement, and the client goes on.
func TestRefusedLiteral(t *testing.T) {
	big := strings.Repeat("x", 500_000)
	got := play(t, stage.Options{}, "\na1 LOGIN fred {500000}\n"+big+"\na2 LOGOUT\n")
	if !strings.Contains(got, `a1 BAD this literal is too long`) || strings.Contains(got, "xxx") || !strings.Contains(got, "a2 OK") {
		t.Error(got)
	}
}

// TestTroubleOfTheNetwork: what the network does.
func TestTroubleOfTheNetwork(t *testing.T) {
	script, err := stage.Parse("test.txt", []byte("\na1 LOGIN fred secret\na2 NOOP\na3 LOGOUT\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := script.Clients[0].Commands
	c[0].Trouble.LoseAnswer = stage.Stretch{From: 5, N: 10}
	c[1].Slow = time.Second
	c[1].Trouble.Again = 200 * time.Millisecond
	c[2].Trouble.Cut = 9
	const want = `0 1 open 127.0.0.1:59001
15 1 s "* OK imap2.example IMAP2 server ready\r\n"
415 1 c "a1 LOGIN fred secret\r\n"
430 1 s "a1 OK"
430 1 s lost 10
430 1 s "pleted, fred\r\n"
830 1 c "a2 NOOP\r\n"
1030 1 c again 9
1845 1 s "a2 OK NOOP completed\r\n"
2245 1 c "a3 LOGOUT\r\n"
2260 1 s "* BYE ima"
2261 1 closed by both sides
`
	if got := perform(t, stage.Options{}, script); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestSameSeedGivesTheSame: the same seed gives the same bytes, another one other times; and what is
// recorded is read back as it was reported.
func TestSameSeedGivesTheSame(t *testing.T) {
	text, err := stage.Parse("test.txt", []byte("\na1 LOGIN fred secret\na2 SELECT INBOX\n& a3 FETCH 1:12 ALL\n& a4 FETCH 3 RFC822\na5 LOGOUT\n= 127.0.0.1:2 +10ms\nb1 LOGIN fred {6}\nsecret\nb2 NOOP\n"))
	if err != nil {
		t.Fatal(err)
	}
	record := func(seed uint64) []byte {
		mail, err := server.New(server.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		rec, err := pcap.NewRecorder(&b, pcap.RecorderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := stage.New(stage.Options{Jitter: rand.New(rand.NewPCG(seed, 0))}, rec)
		if err := s.Add(mail, text); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
		if err := rec.Finish(s.Now()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one := record(1)
	if !bytes.Equal(one, record(1)) {
		t.Error("the same seed, and another recording")
	}
	if bytes.Equal(one, record(2)) {
		t.Error("another seed, and the same recording")
	}
	told := perform(t, stage.Options{Jitter: rand.New(rand.NewPCG(1, 0))}, text)
	read := &heard{t: t, off: make(map[capture.ConnID]*[2]int64)}
	if err := pcap.Stream(bytes.NewReader(one), "one", pcap.Options{}).Run(context.Background(), read); err != nil {
		t.Fatal(err)
	}
	if read.text.String() != told {
		t.Errorf("told\n%s\nread\n%s", told, read.text.String())
	}
}

func TestParseErrors(t *testing.T) {
	for _, x := range []struct{ script, want string }{
		{"colour: red\n\na1 NOOP\n", `test.txt:1: "colour" is no header: they are about, client, server, quirk and end; a blank line ends them`},
		{"client: nowhere\n", "test.txt:1: "},
		{"end: never\n", `test.txt:1: the end is fin, rst, none, not "never"`},
		{"about: x\n\n", "test.txt:2: 127.0.0.1:59001 says nothing"},
		{"\n~ soon\n", `test.txt:2: a pause is like ~ 500ms, not "~ soon"`},
		{"\na1 LOGIN fred {6}\n", "test.txt:2: the literal announced here has 6 bytes, and the script ends before them"},
		{"\na1 LOGIN fred {6}\nshort\n", "test.txt:2: the literal announced here has 6 bytes, and the script ends before them"},
		{"\na1 LOGIN fred {5}\nfred\nx\n", "test.txt:4: the literal ends within a line end"},
		{"\n@ sing\n", `test.txt:2: a direction is @ quirk NAME or @ deliver USER, not "@ sing"`},
		{"\n@ deliver fred\nFrom x\n", "test.txt:2: no @ end follows this delivery"},
		{"\na1 NOOP\n= 127.0.0.1:59001\n", "test.txt:3: there is a client 127.0.0.1:59001 already"},
		{"\na1 NOOP\n= there\n", `test.txt:3: another client is like = 127.0.0.1:59002 +3s, not "= there"`},
		{"\na1 NOOP\n@ quirk silent\n", "test.txt:3: no command follows this direction"},
		{"\n= 127.0.0.1:59002\na1 NOOP\n", "test.txt:2: 127.0.0.1:59001 says nothing"},
		{"\n& \n", "test.txt:2: what is to be sent together with the command before?"},
		{"\n a1 NOOP\n", "test.txt:2: a line that begins with a blank"},
	} {
		if _, err := stage.Parse("test.txt", []byte(x.script)); err == nil || !strings.HasPrefix(err.Error(), x.want) {
			t.Errorf("%q: %v", x.script, err)
		}
	}
	mail, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	script, err := stage.Parse("test.txt", []byte("\na1 NOOP\n@ quirk moody\na2 NOOP\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = stage.New(stage.Options{}, capture.Tee{}).Add(mail, script)
	if err == nil || !strings.HasPrefix(err.Error(), `test.txt:4: unknown quirk "moody"`) {
		t.Error(err)
	}
}

// FuzzParse: a script is refused or played, and ends.
func FuzzParse(f *testing.F) {
	f.Add("about: x\nquirk: late-ready\n\na1 LOGIN {4!}\nfred {6}\nsecret\n~ 1s\n& a2 NOOP\n= 127.0.0.1:2 +1s\n@ quirk silent\nb NOOP\n")
	f.Add("\n@ deliver fred\nFrom x Mon May 13 09:00:00 1991\n\nx\n@ end\na SELECT INBOX\n")
	f.Add("\na {0}\n{3}\nx\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := stage.Parse("x", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x:") {
				t.Error(err)
			}
			return
		}
		mail, err := server.New(server.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := stage.New(stage.Options{}, capture.Tee{})
		if s.Add(mail, script) == nil {
			_ = s.Run() // a delivery may go to no one
		}
	})
}
