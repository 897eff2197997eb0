package session_test

import (
	"strings"
	"testing"
	"time"

	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// TestDialectAndState checks what a connection has shown, seen from its greeting and not.
func TestDialectAndState(t *testing.T) {
	const greeted = "S: * OK ready\n"
	for _, c := range []struct {
		script string
		mid    bool
		want   string // dialect, state, user, mailbox
	}{
		{"C: a NOOP\n", false, "unknown, greeting awaited, , "},
		{greeted, false, "unknown, not authenticated, , "},
		{"S: * OK IMAP2 ready\n", false, "IMAP2, not authenticated, , "},
		{"S: * OK x.example IMAP4rev1 ready\n", false, "IMAP4rev1, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\n", false, "IMAP4rev1, not authenticated, , "},
		{"S: * PREAUTH hi\n", false, "unknown, authenticated, , "},
		{"S: * BYE busy\n", false, "unknown, logout, , "},
		{greeted + "C: a LOGIN fred secret\nS: a OK in\n", false, "IMAP2, authenticated, fred, "},
		{greeted + "C: a LOGIN fred secret\nS: a OK [CAPABILITY IMAP4rev1] in\n", false, "IMAP4rev1, authenticated, fred, "},
		{greeted + "C: a CAPABILITY\nS: * CAPABILITY IMAP2\nS: a OK\n", false, "IMAP2, not authenticated, , "},
		{greeted + "C: a CAPABILITY\nS: * CAPABILITY IMAP4 AUTH=X\nS: a OK\n", false, "IMAP4, not authenticated, , "},
		{greeted + "C: a GETACL INBOX\nS: a OK done\n", false, "IMAP4rev1, not authenticated, , "},
		{greeted + "C: a GETACL INBOX\nS: a BAD what is IMAP4rev1\n", false, "IMAP2, not authenticated, , "},
		{greeted + "C: a AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a OK in\n", false, "IMAP4, authenticated, fred, "},
		{greeted + "C: a LOGIN {4}\nS: +\nC: fred secret\nS: a OK\nC: b SELECT {3}\nS: +\nC: box\nS: b OK\n", false, "IMAP2, selected, fred, box"},
		{greeted + "C: a LOGIN fred secret\nS: a OK\nC: b SELECT box\nS: b OK\nC: c SELECT none\nS: c NO\n", false, "IMAP2, authenticated, fred, "},
		{greeted + "C: a LOGIN fred secret\nS: a OK\nC: b SELECT box\nS: b OK\nC: c SELECT\nS: c BAD\n", false, "IMAP2, selected, fred, box"},
		{greeted + "C: a LOGIN fred secret\nS: a OK\nC: b SELECT box\nS: b OK\nC: c CLOSE\nS: c OK\n", false, "IMAP4, authenticated, fred, "},
		{greeted + "C: a LOGOUT\nS: * BYE\nS: a OK\n", false, "IMAP2, logout, , "},

		{"S: * OK IMAP3 Server Ready\n", false, "IMAP3, not authenticated, , "},
		{greeted + "C: a SELECT.VERSION (3 0)\nS: a OK Version 3.0 Selected.\n", false, "IMAP3, not authenticated, , "},
		{"S: * OK IMAP3 Server Ready\nC: a CREATE box\nS: a OK created\n", false, "IMAP2bis, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev2 MOVE] ready\n", false, "IMAP4rev2, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2] ready\n", false, "IMAP4rev1, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2] ready\nC: a ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: a OK enabled\n", false, "IMAP4rev2, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2] ready\nC: a ENABLE IMAP4rev2\nS: * ENABLED\nS: a OK enabled\n", false, "IMAP4rev1, not authenticated, , "},
		{"S: * OK [CAPABILITY IMAP4rev1 ENABLE] ready\nC: a ENABLE CONDSTORE\nS: * ENABLED CONDSTORE\nS: a OK enabled\n", false, "IMAP4rev1, not authenticated, , "},
		{greeted + "C: a CAPABILITY\nS: * CAPABILITY IMAP4 IMAP4rev1\nS: a OK\n", false, "IMAP4rev1, not authenticated, , "},
		{greeted + "C: a CREATE box\nS: a NO exists\n", false, "IMAP2bis, not authenticated, , "},
		{greeted + "C: a FIND ALL.MAILBOXES *\nS: * MAILBOX box\nS: a OK done\n", false, "IMAP2bis, not authenticated, , "},
		{"S: * OK IMAP2bis Service 7.8(92)\n", false, "IMAP2bis, not authenticated, , "},
		{greeted + "C: a NOOP\nS: * LIST () \"/\" box\nS: a OK done\n", false, "IMAP2, not authenticated, , "},

		{"C: a NOOP\nS: * LIST () \"/\" box\nS: a OK done\n", true, "IMAP4, unknown, , "},
		{"C: a NOOP\nS: * VANISHED 3\nS: a OK done\n", true, "IMAP4rev1, unknown, , "},
		{"C: a SELECT box\nS: * OK [UIDVALIDITY 3] ok\nS: a OK done\n", true, "IMAP4, selected, , box"},
		{"C: a NOOP\nS: * 3 EXISTS\nS: a OK done\n", true, "unknown, unknown, , "},
		{"C: a ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: a OK done\n", true, "IMAP4rev2, authenticated, , "},
		{"C: a NOOP\nS: a OK done\n", true, "unknown, unknown, , "},
		{"C: a FETCH 1 FLAGS\nS: a NO done\n", true, "unknown, unknown, , "},
		{"C: a FETCH 1 FLAGS\nS: a OK done\n", true, "unknown, selected, , "},
		{"C: a FIND MAILBOXES *\nS: a OK done\n", true, "IMAP2, unknown, , "},
		{"C: a SELECT box\nS: a OK done\n", true, "unknown, selected, , box"},
		{"C: a LOGIN fred secret\nS: a OK done\n", true, "unknown, authenticated, fred, "},
		{"C: a UNSELECT\nS: a OK done\n", true, "IMAP4rev1, authenticated, , "},
		{"C: a NOOP\nS: * BYE\nS: a OK done\n", true, "unknown, logout, , "},
	} {
		ps, err := decodetest.Parse(c.script)
		if err != nil {
			t.Fatal(err)
		}
		d := decode.New(decode.Options{MidStream: c.mid})
		for _, p := range ps {
			d.Write(p.Dir, time.Unix(0, 0), p.Data)
		}
		s := d.Session()
		if got := strings.Join([]string{s.Dialect.String(), s.State.String(), s.User, s.Name}, ", "); got != c.want {
			t.Errorf("%q, mid-stream %v: %q, want %q", c.script, c.mid, got, c.want)
		}
	}
}

// TestCapabilitiesAreThoseListedLast checks that capabilities are those that were listed last.
func TestCapabilitiesAreThoseListedLast(t *testing.T) {
	s := session.New(false)
	if _, known := s.Offers("IDLE"); known {
		t.Error("known before any was said")
	}
	d := decode.New(decode.Options{})
	for _, line := range []string{"* OK [CAPABILITY IMAP4rev1 IDLE] x\r\n", "* CAPABILITY IMAP4rev1 Starttls\r\n"} {
		for _, e := range d.Write(1, time.Unix(0, 0), []byte(line)) {
			e.(*decode.Message).Feed(&s)
		}
		want := strings.Contains(line, "IDLE")
		if got, known := s.Offers("idle"); got != want || !known {
			t.Errorf("%q: IDLE %v, known %v", line, got, known)
		}
	}
	if got, _ := s.Offers("STARTTLS"); !got {
		t.Error("no STARTTLS")
	}
}

// TestForcedDialect checks that nothing changes a dialect that is forced.
func TestForcedDialect(t *testing.T) {
	const script = "S: * OK [CAPABILITY IMAP4rev1] ready\nC: a UID FETCH 1 FLAGS\nS: a OK done\nC: b ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: b OK done\n"
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(protocol.Dialects(), protocol.UnknownDialect) {
		d := decode.New(decode.Options{Dialect: want})
		for _, p := range ps {
			d.Write(p.Dir, time.Unix(0, 0), p.Data)
		}
		if want == protocol.UnknownDialect { // nothing is forced
			want = protocol.IMAP4rev2
		}
		if got := d.Session().Dialect; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
