package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// play is sessions that follow transcripts, line by line.
type play struct {
	session.World
	decoders map[capture.ConnID]*decode.Decoder
	now      time.Time
	facts    []string // since they were last looked at
}

func newPlay() *play {
	p := &play{decoders: make(map[capture.ConnID]*decode.Decoder), now: time.Unix(0, 0)}
	p.Report = func(c *capture.Conn, f *session.Fact) { p.facts = append(p.facts, fact(c, f)) }
	return p
}

// fact returns a fact in a line.
func fact(c *capture.Conn, f *session.Fact) string {
	out := fmt.Sprintf("%d.%d %s", c.ID, f.Txn, f.Kind)
	add := func(name string, v any) {
		if s := fmt.Sprint(v); s != "0" && s != "" && s != "false" {
			out += " " + name + "=" + s
		}
	}
	add("own", f.Own)
	add("by", f.By)
	add("mailbox", f.Mailbox)
	add("validity", f.UIDValidity)
	add("next", f.UIDNext)
	add("modseq", f.ModSeq)
	add("count", f.Count)
	add("number", f.Number)
	add("uid", f.UID)
	if f.UIDs {
		add("uids", f.Set)
	} else {
		add("set", f.Set)
	}
	add("to", f.To)
	add("toset", f.ToSet)
	add("removing", f.Removing)
	add("text", f.Text)
	if f.Since != f.Time {
		add("took", f.Time.Sub(f.Since))
	}
	return out
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func (p *play) say(t fataler, id capture.ConnID, text string) {
	t.Helper()
	pieces, err := decodetest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if p.decoders[id] == nil {
		p.decoders[id] = decode.New(decode.Options{})
		p.Open(capture.Conn{ID: id})
	}
	for _, x := range pieces {
		p.now = p.now.Add(time.Second)
		for _, e := range p.decoders[id].Write(x.Dir, p.now, x.Data) {
			decode.Follow(&p.World, id, e)
		}
	}
}

// state returns a session in a line.
func line(s *session.Model) string {
	out := s.State.String()
	if s.User != "" {
		out += ", user " + s.User
	}
	b := s.Mailbox
	if b == nil {
		return out
	}
	out += ", " + b.Name
	if b.ReadOnly {
		out += " read-only"
	}
	if b.Known {
		out += fmt.Sprintf(", %d messages", b.Exists)
	}
	if b.UIDValidity != 0 {
		out += fmt.Sprintf(", UIDVALIDITY %d", b.UIDValidity)
	}
	if b.UIDNext != 0 {
		out += fmt.Sprintf(", UIDNEXT %d", b.UIDNext)
	}
	if b.HighestModSeq != 0 {
		out += fmt.Sprintf(", HIGHESTMODSEQ %d", b.HighestModSeq)
	}
	if b.HasNew {
		out += fmt.Sprintf(", %d recent", b.Recent)
	}
	for m := range b.From(1) {
		out += fmt.Sprintf("; %d", m.Number)
		if m.HasFlag {
			out += fmt.Sprint(" ", m.Flags)
		}
		if m.UID != 0 {
			out += fmt.Sprint(" UID ", m.UID)
		}
	}
	return out
}

// TestTranscripts plays the conversations of testdata. Each line begins with the
// connection's number; what the session is after a server's line is in "want".
func TestTranscripts(t *testing.T) {
	golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		p := newPlay()
		var out strings.Builder
		for text := range strings.Lines(a.Part("talk")) {
			var id capture.ConnID
			fmt.Sscan(text[:1], &id)
			p.facts = p.facts[:0]
			p.say(t, id, text[2:])
			if len(p.facts) > 0 && !strings.HasPrefix(text[2:], "S") {
				out.WriteString(text)
			}
			if strings.HasPrefix(text[2:], "S") {
				fmt.Fprintf(&out, "%s\n    %s\n", strings.TrimRight(text, "\n"), line(p.Session(id)))
			}
			for _, f := range p.facts {
				fmt.Fprintf(&out, "    fact %s\n", f)
			}
		}
		a.Compare("want", out.String())
	})
}

// TestTable checks that every state but the unknown one is reached from the first, every command
// that the table speaks of is permitted where the table has it, and no two rows
// contradict one another.
func TestTable(t *testing.T) {
	table := session.Table()
	reached := protocol.In(protocol.Awaited)
	for range table {
		for _, row := range table {
			if row.From&reached != 0 {
				reached |= protocol.In(row.To)
			}
		}
	}
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		if !reached.Has(s) {
			t.Errorf("%s is never reached", s)
		}
	}
	for i, a := range table {
		for _, b := range table[i+1:] {
			if a.On == b.On && a.From&b.From != 0 {
				t.Errorf("two rows for %q", a.On)
			}
		}
		command, _, _ := strings.Cut(a.On, " ")
		if set, ok := session.Permitted(command); ok && a.To != protocol.Closed && a.From&^set != 0 {
			t.Errorf("%s: the table has it where it is not permitted", a.On)
		}
		if a.Cite == "" || a.Why == "" {
			t.Errorf("%s lacks a reason", a.On)
		}
	}
}

// TestFollowedMailboxHasTheSameMessages checks that a mailbox that is only followed has the messages that a plain list
// of numbers has.
func TestFollowedMailboxHasTheSameMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlay()
		p.say(t, 1, "S: * OK hi\nC: a LOGIN u p\nS: a OK\nC: b SELECT INBOX\n")
		n := rapid.IntRange(0, 12).Draw(t, "exists")
		p.say(t, 1, fmt.Sprintf("S: * %d EXISTS\nS: b OK\n", n))
		names := make([]string, n) // flags by number; "" is not known
		next := 0
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				names = append(names, "")
				p.say(t, 1, fmt.Sprintf("S: * %d EXISTS\n", len(names)))
			case 1:
				if len(names) > 0 {
					k := rapid.IntRange(0, len(names)-1).Draw(t, "expunged")
					names = slices.Delete(names, k, k+1)
					p.say(t, 1, fmt.Sprintf("S: * %d EXPUNGE\n", k+1))
				}
			default:
				if len(names) > 0 {
					k := rapid.IntRange(0, len(names)-1).Draw(t, "flagged")
					next++
					names[k] = fmt.Sprint("flag", next)
					p.say(t, 1, fmt.Sprintf("S: * %d FETCH (FLAGS (%s))\n", k+1, names[k]))
				}
			}
		}
		b := p.Session(1).Mailbox
		if int(b.Exists) != len(names) {
			t.Fatalf("%d messages, want %d", b.Exists, len(names))
		}
		known := 0
		for k, want := range names {
			m := b.At(uint32(k + 1))
			if (m != nil) != (want != "") || m != nil && !slices.Equal(m.Flags, []string{want}) {
				t.Fatalf("message %d: %v, want %q", k+1, m, want)
			}
			if want != "" {
				known++
			}
		}
		if known != b.Len() {
			t.Fatalf("%d messages known, want %d", b.Len(), known)
		}
	})
}

// TestLengthsAreThoseLastShown checks the lengths of a message and its parts, as they were last shown; by the
// announcement, if they are literals.
func TestLengthsAreThoseLastShown(t *testing.T) {
	p := newPlay()
	p.say(t, 1, "S: * OK hi\nC: a LOGIN u p\nS: a OK\nC: b SELECT INBOX\nS: * 9 EXISTS\nS: b OK\n"+
		"S: * 3 FETCH (RFC822.SIZE 7 RFC822.HEADER {3}\nS: abc RFC822.TEXT \"defg\")\nS: * 4 FETCH (RFC822 \"a\\\\b\" RFC822.TEXT NIL)\n")
	b := p.Session(1).Mailbox
	if m := b.At(3); m.Size != 7 || m.Octets != (session.Octets{3, 4, -1}) {
		t.Errorf("%+v", m)
	}
	if m := b.At(4); m.Size != -1 || m.Octets != (session.Octets{-1, 0, -1}) {
		t.Errorf("%+v", m)
	}
}

// TestParsedMessageIsFollowedToo checks that a message that is already parsed is followed too.
func TestParsedMessageIsFollowedToo(t *testing.T) {
	const text = "S: * OK hi\nC: a LOGIN u p\nS: a OK\nC: b SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 9 EXISTS\nS: b OK [READ-ONLY] x\nS: * 3 FETCH (FLAGS (\\Seen))\n"
	pieces, err := decodetest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var plain, parsed session.World
	plain.Open(capture.Conn{ID: 1})
	parsed.Open(capture.Conn{ID: 1})
	d := decode.New(decode.Options{})
	for _, x := range pieces {
		for _, e := range d.Write(x.Dir, time.Unix(0, 0), x.Data) {
			decode.Follow(&plain, 1, e)
			if m, ok := e.(*decode.Message); ok {
				decode.FollowParsed(&parsed, 1, m, m.Parse(new(syntax.Parser)))
			}
		}
	}
	want := "selected, user u, INBOX read-only, 9 messages; 3 [\\Seen]"
	if a, b := line(plain.Session(1)), line(parsed.Session(1)); a != want || b != want {
		t.Errorf("%s\n%s\nwant %s", a, b, want)
	}
}
