package coverage

import (
	"os"
	"slices"
	"testing"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/protocol"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }

// play returns the reports of transcripts, a connection each.
func play(t *testing.T, forced protocol.Dialect, transcripts ...string) []*Report {
	t.Helper()
	c := New(forced)
	for i, text := range transcripts {
		d := decode.NewDemux(decode.Options{Dialect: forced}, renumbered{c, capture.ConnID(i + 1)})
		if err := decodetest.Play(text, d); err != nil {
			t.Fatal(err)
		}
	}
	return c.Reports()
}

// renumbered gives a connection another number.
type renumbered struct {
	*Collector
	id capture.ConnID
}

func (r renumbered) Open(c capture.Conn) error {
	c.ID = r.id
	return r.Collector.Open(c)
}

func (r renumbered) Events(_ capture.ConnID, events []decode.Event) error {
	return r.Collector.Events(r.id, events)
}

// item returns what a group has of a name.
func item(t *testing.T, r *Report, group, name string) (Item, bool) {
	t.Helper()
	for _, g := range r.Groups {
		if g.Name != group {
			continue
		}
		i := slices.IndexFunc(g.Items, func(x Item) bool { return x.Name == name })
		if i < 0 {
			return Item{}, false
		}
		return g.Items[i], true
	}
	return Item{}, false
}

// counts checks how often words were exercised; -1 is for those that could not be.
func counts(t *testing.T, r *Report, group string, want map[string]int64) {
	t.Helper()
	for name, n := range want {
		x, ok := item(t, r, group, name)
		switch {
		case ok != (n >= 0):
			t.Errorf("%s: %s is among them: %v", group, name, ok)
		case ok && x.Count != n:
			t.Errorf("%s: %s %d, want %d", group, name, x.Count, n)
		case ok && x.Cite == "" && group != "states":
			t.Errorf("%s: %s has no citation", group, name)
		}
	}
}

const old = `S: * OK ready
C: a1 LOGIN fred secret
S: a1 OK
C: a2 SELECT INBOX
S: * FLAGS (\Answered \Deleted)
S: * 3 EXISTS
S: a2 OK [READ-WRITE] done
C: a3 FETCH 1 FAST
S: * 1 FETCH (FLAGS (\Seen) INTERNALDATE " 7-May-1991 12:34:56 -0700" RFC822.SIZE 12)
S: a3 OK
C: a4 SEARCH FROM {5}
S: + go on
C: UNSEEN
S: * SEARCH
S: a4 NO
C: a5 FIND MAILBOXES *
S: * MAILBOX INBOX
S: a5 OK
C: a9 FIND NOTHING
S: a9 BAD
C: a6 SELECT none
S: a6 NO no such mailbox
C: a7 LOGOUT
S: * BYE
S: a7 OK
# closed by the server
`

func TestWordsOfIMAP2(t *testing.T) {
	list := play(t, protocol.UnknownDialect, old)
	if len(list) != 1 || list[0].Dialect != protocol.IMAP2 || list[0].Connections != 1 {
		t.Fatalf("%+v", list)
	}
	r := list[0]
	counts(t, r, "commands", map[string]int64{
		"LOGIN": 1, "SELECT": 2, "FETCH": 1, "SEARCH": 1, "FIND MAILBOXES": 1, "FIND BBOARDS": 0, "FIND": -1, "LOGOUT": 1, "NOOP": 0, "EXAMINE": -1,
	})
	counts(t, r, "fetch macros", map[string]int64{"FAST": 1, "ALL": 0, "FULL": -1})
	counts(t, r, "fetch items", map[string]int64{"FLAGS": 1, "RFC822.SIZE": 1, "ENVELOPE": 0, "UID": -1})
	counts(t, r, "message properties", map[string]int64{"FLAGS": 1, "RFC822.SIZE": 1, "RFC822": 0})
	counts(t, r, "search keys", map[string]int64{"FROM": 1, "UNSEEN": 0}) // the content of a literal is no key
	counts(t, r, "responses", map[string]int64{"EXISTS": 1, "MAILBOX": 1, "+": 1, "BYE": 1, "RECENT": 0, "FLAGS": 1})
	counts(t, r, "completions", map[string]int64{"OK": 5, "NO": 2, "BAD": 1})
	counts(t, r, "response codes", map[string]int64{"READ-WRITE": 1, "READ-ONLY": 0})
	counts(t, r, "states", map[string]int64{"selected": 1, "authenticated": 2, "logout": 1, "closed": 1, "greeting awaited": 1})
	counts(t, r, "changes of state", map[string]int64{
		"not authenticated: LOGIN OK → authenticated": 1, "authenticated: SELECT OK → selected": 1, "selected: SELECT NO → authenticated": 1,
		"authenticated: LOGOUT OK → logout": 1, "authenticated: BYE → logout": 1, "logout: close → closed": 1, "selected: SELECT OK → selected": 0,
		"authenticated: EXAMINE OK → selected": -1,
	})
	selects, _ := item(t, r, "commands", "SELECT")
	if len(selects.Answers) != 2 || selects.Answers[0] != (Answer{"OK", 1}) || selects.Answers[1] != (Answer{"NO", 1}) {
		t.Errorf("%+v", selects)
	}
	n, of := r.Total()
	if n >= of || n < 20 {
		t.Errorf("%d of %d", n, of)
	}
}

// TestWordsOfCapabilities: an extension counts if it was offered, or used without that.
func TestWordsOfCapabilities(t *testing.T) {
	const offered = `S: * OK [CAPABILITY IMAP4rev1 IDLE MOVE] ready
C: a1 LOGIN fred secret
S: a1 OK [CAPABILITY IMAP4rev1 IDLE MOVE SORT]
C: a2 SELECT INBOX
S: a2 OK
C: a3 UID FETCH 1 (UID BODY.PEEK[HEADER.FIELDS (FROM)])
S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] NIL)
S: a3 OK
C: a4 IDLE
S: + idling
C: DONE
S: a4 OK
C: a5 STATUS x (MESSAGES)
S: * STATUS x (MESSAGES 3)
S: a5 OK
C: a6 ENABLE CONDSTORE
`
	list := play(t, protocol.UnknownDialect, offered, old)
	if len(list) != 2 || list[0].Dialect != protocol.IMAP2 || list[1].Dialect != protocol.IMAP4rev1 {
		t.Fatalf("%d dialects", len(list))
	}
	r := list[1]
	counts(t, r, "commands", map[string]int64{"UID FETCH": 1, "UID": -1, "FETCH": 0, "IDLE": 1, "DONE": 1, "MOVE": 0, "THREAD": -1, "SORT": 0, "ENABLE": 1, "FIND MAILBOXES": -1})
	counts(t, r, "capabilities", map[string]int64{"IDLE": 2, "SORT": 1, "THREAD=REFERENCES": -1, "CONDSTORE": -1})
	counts(t, r, "message sections", map[string]int64{"HEADER.FIELDS": 1, "TEXT": 0})
	counts(t, r, "fetch items", map[string]int64{"UID": 1, "BODY.PEEK[]": 1, "BODY[]": 0, "FLAGS": 0})
	counts(t, r, "status items", map[string]int64{"MESSAGES": 1, "UNSEEN": 0})
	counts(t, r, "sort keys", map[string]int64{"ARRIVAL": 0})
	counts(t, list[0], "sort keys", map[string]int64{"ARRIVAL": -1})
	enable, _ := item(t, r, "commands", "ENABLE")
	if len(enable.Answers) != 1 || enable.Answers[0] != (Answer{"", 1}) {
		t.Errorf("%+v", enable.Answers)
	}
	counts(t, r, "changes of state", map[string]int64{"selected: close → closed": 0}) // the capture ended
}

// TestForcedDialect: the dialect says what could have been exercised.
func TestForcedDialect(t *testing.T) {
	list := play(t, protocol.IMAP4rev1, old)
	if len(list) != 1 || list[0].Dialect != protocol.IMAP4rev1 {
		t.Fatalf("%+v", list)
	}
	counts(t, list[0], "commands", map[string]int64{"EXAMINE": 0, "LOGIN": 1, "FIND MAILBOXES": 1, "FIND BBOARDS": -1})
}

// TestSecretsAreNoWords: a password that looks like a command is none.
func TestSecretsAreNoWords(t *testing.T) {
	r := play(t, protocol.UnknownDialect, `S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
C: a1 AUTHENTICATE PLAIN
S: + 
C: NOOP
S: a1 OK
C: a2 LOGIN CHECK EXPUNGE
S: a2 BAD
`)[0]
	counts(t, r, "commands", map[string]int64{"AUTHENTICATE": 1, "NOOP": 0, "CHECK": 0, "EXPUNGE": 0, "LOGIN": 1})
}

// TestServerLegsDoNotCount: what a proxy sends to the server was sent by the client before.
func TestServerLegsDoNotCount(t *testing.T) {
	c := New(protocol.UnknownDialect)
	m := &decode.Message{Kind: decode.Greeting, Dir: capture.ServerToClient, Leg: capture.ServerLeg}
	if err := c.Open(capture.Conn{ID: 1}); err != nil {
		t.Fatal(err)
	}
	if err := c.Events(1, []decode.Event{m, &decode.Closed{}}); err != nil || len(c.Reports()) != 0 {
		t.Errorf("%v, %d reports", err, len(c.Reports()))
	}
	if err := c.Events(7, []decode.Event{m}); err != nil {
		t.Errorf("a connection that was not opened: %v", err)
	}
}
