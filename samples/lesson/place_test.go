package lesson

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples"
)

func TestPlace(t *testing.T) {
	b, err := samples.Read("raw-literals--imap-2.4")
	if err != nil {
		t.Fatal(err)
	}
	var said recordings
	if err := said.read("raw-literals--imap-2.4", b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at     string
		octets string // of the line, at the place; "": the transaction as a whole
		span   string
	}{
		{"1", "", ""},
		{"1 line 1", "a001 LOGIN {4}\r\nfred {6}\r\nsecret\r\n", ""}, // first, though "+" came before its end
		{"1 line 2", "+ Ready for argument\r\n", ""},
		{"1 line 1 word login", "a001 LOGIN {4}\r\nfred {6}\r\nsecret\r\n", "LOGIN"},
		{"1 word OK", "a001 OK LOGIN completed\r\n", "OK"},
		{"1 line 2 octet 2", "+ Ready for argument\r\n", "R"},
		{"greeting word ok", "* OK panda.lab.example IMAP2bis Service 7.0(52) at Mon, 23 Nov 2026 01:29:25 +0000 (UTC)\r\n", "OK"},
		{"greeting octet 0", "* OK panda.lab.example IMAP2bis Service 7.0(52) at Mon, 23 Nov 2026 01:29:25 +0000 (UTC)\r\n", "*"},
		{`2 word \seen`, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n", `\Seen`},
	} {
		p, err := parsePlace(c.at)
		if err != nil || p.String() != c.at {
			t.Fatalf("%s: %s, %v", c.at, p, err)
		}
		messages := said.conns[0].at(p)
		i, span, err := p.In(messages)
		if err != nil {
			t.Errorf("%s: %v", c.at, err)
			continue
		}
		if i < 0 {
			if c.octets != "" {
				t.Errorf("%s: no line", c.at)
			}
			continue
		}
		if raw := messages[i].Raw; string(raw) != c.octets || string(span.Of(raw)) != c.span {
			t.Errorf("%s: %q in %q", c.at, span.Of(raw), raw)
		}
	}
	if !(Place{}).IsZero() || (Place{}).String() != "" {
		t.Error("the zero place")
	}
}

func TestText(t *testing.T) {
	l, err := Parse("dir/some-lesson.md", []byte("\ufeff---\r\ntitle: T\r\n---\r\nOne `two\\` *three*\r\nfour * five.\r\n- item\r\n  goes on\r\n- *second*\r\n\r\nA tag <.\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l.ID != "some-lesson" || len(l.Steps) != 1 || l.Steps[0].Heading != "T" {
		t.Fatalf("%+v", l)
	}
	want := []Block{
		{Spans: []Span{{"One ", Plain}, {`two\`, Code}, {" ", Plain}, {"three", Emphasis}, {" four * five.", Plain}}},
		{Item: true, Spans: []Span{{"item goes on", Plain}}},
		{Item: true, Spans: []Span{{"second", Emphasis}}},
		{Spans: []Span{{"A tag <.", Plain}}},
	}
	if d := cmpBlocks(want, l.Steps[0].Text); d != "" {
		t.Error(d)
	}
	if got := want[0].Text(); got != `One two\ three four * five.` {
		t.Error(got)
	}
}

func TestSource(t *testing.T) {
	l := &Lesson{Recordings: []string{"broken-2", "raw-newmail-readonly2nd--imap-1.pcap", "broken-4"}}
	var said recordings
	said.open = map[capture.ConnID]*conversation{}
	if err := l.Source(Beside("x.md")).Run(context.Background(), decode.NewDemux(decode.Options{}, &said)); err != nil {
		t.Fatal(err)
	}
	if len(said.conns) != 4 || len(said.open) != 4 {
		t.Fatalf("%d connections, %d of them by number", len(said.conns), len(said.open))
	}
	for i, want := range []string{"A001 LOGIN fred secret\r\n", "a001 LOGIN fred secret\r\n", "z1 LOGIN fred secret\r\n", "A001 LOGIN fred secret\r\n"} {
		if got := said.conns[i].txns[1][0].Raw; string(got) != want {
			t.Errorf("connection %d: %q", i+1, got)
		}
	}
	l.Recordings = append(l.Recordings, "nowhere")
	if err := l.Source(Beside("x.md")).Run(context.Background(), decode.NewDemux(decode.Options{}, &said)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
