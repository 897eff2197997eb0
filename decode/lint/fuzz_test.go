package lint

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// Bytes with a special meaning in a fuzzed conversation: no message has them.
const (
	fuzzTurn = 0xff // the other side speaks
	fuzzLost = 0xfe // some bytes of this side were not captured
	fuzzWait = 0xfd // five minutes pass
)

// heard is where a message of either side is.
type heard struct {
	dir      capture.Direction
	off, end int64
	kept     int
}

// converse lints a fuzzed conversation, one chunk per turn, cut after cut bytes if cut
// is not 0, and returns the messages too.
func converse(t *testing.T, data []byte, midStream bool, keep, cut int) (list []Finding, ms []heard) {
	return converseIn(t, data, midStream, keep, cut, true)
}

// converseIn is converse with brief trees, or with whole ones.
func converseIn(t *testing.T, data []byte, midStream bool, keep, cut int, brief bool) (list []Finding, ms []heard) {
	l, err := New(Options{}, func(f Finding) { list = append(list, f) })
	if err != nil {
		t.Fatal(err)
	}
	l.parser.Brief = brief
	conn := capture.Conn{ID: 1, MidStream: midStream, Client: netip.MustParseAddrPort("192.0.2.1:9"), Server: netip.MustParseAddrPort("192.0.2.2:143")}
	l.Open(conn)
	d := decode.New(decode.Options{MidStream: midStream, Keep: keep})
	dir, now := capture.ServerToClient, time.Unix(0, 0)
	lint := func(events []decode.Event) {
		for _, e := range events {
			if m, ok := e.(*decode.Message); ok {
				ms = append(ms, heard{m.Dir, m.Off, m.Off + m.Len + m.Lost, len(m.Raw)})
			}
		}
		l.Events(1, events)
	}
	for len(data) > 0 {
		n := slices.IndexFunc(data, func(c byte) bool { return c >= fuzzWait })
		if n < 0 {
			n = len(data)
		}
		for p := data[:n]; len(p) > 0; {
			k := len(p)
			if cut > 0 {
				k = min(k, cut)
			}
			lint(d.Write(dir, now, p[:k:k]))
			p = p[k:]
		}
		if n == len(data) {
			break
		}
		switch data[n] {
		case fuzzTurn:
			dir = dir.Reverse()
			now = now.Add(time.Millisecond)
		case fuzzLost:
			lint(d.Lost(dir, now, 7))
		case fuzzWait:
			now = now.Add(5 * time.Minute)
		}
		data = data[n+1:]
	}
	lint(d.Close(now, capture.RST))
	return list, ms
}

// within reports whether the bytes of a finding are inside a message.
func within(f Finding, ms []heard) bool {
	if f.Rule.ID == "N001" || f.Len == 0 && f.Span.Len() == 0 {
		return f.Off >= 0 && f.Len >= 0
	}
	return slices.ContainsFunc(ms, func(m heard) bool {
		return m.dir == f.Dir && m.off <= f.Off && f.Off+f.Len <= m.end && f.Span.Start >= 0 && f.Span.End <= m.kept && f.Span.Len() >= 0
	})
}

// FuzzLinter checks that no conversation makes the linter panic, that findings lie
// within messages and have printable texts, and that neither how chunks are cut nor that
// plain responses are parsed briefly makes a difference.
func FuzzLinter(f *testing.F) {
	for _, r := range rules {
		for _, text := range []string{r.Bad, r.Good} {
			f.Add(conversation(f, text), false, 0)
		}
	}
	f.Add([]byte("* 2 FETCH (RFC822 {9000}\r\n"+strings.Repeat("x", 9000)+")\r\n\xffa OK\r\n"), true, 256)
	f.Add([]byte("* OK IMAP2 ready\r\n* 9 EXISTS\r\n\xffa FETCH 1:9 ALL\r\n\xff* 1 FETCH (FLAGS () UID 4 INTERNALDATE \" 7-May-1991 12:34:56 +0000\" RFC822.SIZE 3)\r\n* 2 FETCH (FLAGS (\\Seen x) FLAGS () RFC822.SIZE 368)\r\na OK\r\n"), false, 0)
	f.Fuzz(func(t *testing.T, data []byte, midStream bool, keep int) {
		keep = min(max(keep, 0), 1<<16)
		if keep > 0 {
			keep = max(keep, 64)
		}
		list, ms := converse(t, data, midStream, keep, 0)
		for _, x := range list {
			if !within(x, ms) {
				t.Errorf("%s at %d, %d bytes, span %v: in none of %v", x.Rule.ID, x.Off, x.Len, x.Span, ms)
			}
			if strings.ContainsFunc(x.Message, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%s: %q", x.Rule.ID, x.Message)
			}
		}
		if n := len(list); n > len(rules)*MaxFindings {
			t.Errorf("%d findings", n)
		}
		same := func(a, b Finding) bool { a.Event, b.Event = nil, nil; return a == b }
		again, _ := converse(t, data, midStream, keep, 3)
		if !slices.EqualFunc(list, again, same) {
			t.Errorf("cut in threes:\n%v\nand whole:\n%v", again, list)
		}
		full, _ := converseIn(t, data, midStream, keep, 0, false)
		if !slices.EqualFunc(list, full, same) {
			t.Errorf("in whole trees:\n%v\nand in brief ones:\n%v", full, list)
		}
	})
}

// conversation returns an example as the bytes of a fuzzed conversation.
func conversation(t testing.TB, text string) []byte {
	conv := talk{dir: capture.ServerToClient}
	if err := decodetest.Play(text, &conv); err != nil {
		t.Fatal(err)
	}
	return conv.out
}

type talk struct {
	out  []byte
	dir  capture.Direction
	last time.Time
}

func (t *talk) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		t.last = e.Time
		return nil
	case capture.Data, capture.Gap:
	default:
		return nil
	}
	if e.Time.Sub(t.last) > time.Millisecond {
		t.out = append(t.out, fuzzWait)
	}
	if e.Dir != t.dir {
		t.out = append(t.out, fuzzTurn)
	}
	if e.Kind == capture.Gap {
		t.out = append(t.out, fuzzLost)
	}
	t.dir, t.last = e.Dir, e.Time
	t.out = append(t.out, e.Data...)
	return nil
}
