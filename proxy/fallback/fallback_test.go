package fallback_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/decode/decodetest"
	"imapscope/decode/script"
	"imapscope/proxy/fallback"
)

// recording is a session that shows something of three messages and three mailboxes.
const recording = `
S: * OK [CAPABILITY IMAP4rev1] ready
C: a LOGIN fred secret
S: a OK done
C: b LIST "" *
S: * LIST (\HasNoChildren) "." INBOX
S: * LIST (\HasNoChildren) "." "Entw&APw-rfe"
S: * LIST () "." work.old
S: b OK done
C: c LSUB "" *
S: * LSUB () "." work.old
S: c OK done
C: d CREATE new
S: d OK done
C: e SELECT INBOX
S: * FLAGS (\Answered \Flagged \Deleted \Seen)
S: * 3 EXISTS
S: * OK [UIDVALIDITY 3857529045] ok
S: * OK [UIDNEXT 31] ok
S: e OK [READ-WRITE] done
C: f FETCH 1:3 (UID FLAGS INTERNALDATE)
S: * 1 FETCH (UID 10 FLAGS (\Seen \Recent) INTERNALDATE "17-Jul-1996 02:44:25 -0700")
S: * 2 FETCH (UID 20 FLAGS (\Flagged Important) INTERNALDATE " 7-Jul-1996 02:44:25 -0700")
S: * 3 FETCH (UID 30 FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700")
S: f OK done
C: g FETCH 1 BODY[]
S: * 1 FETCH (BODY[] {28}
S: Subject: one
S: 
S: The whole
S: )
S: g OK done
C: h FETCH 2 (RFC822.HEADER BODY[HEADER.FIELDS (DATE)] BODY[1] BODY[]<0>)
S: * 2 FETCH (RFC822.HEADER {16}
S: Subject: two
S: 
S:  BODY[HEADER.FIELDS (DATE)] "no" BODY[1] "no" BODY[]<0> "no")
S: h OK done
C: i FETCH 3 ENVELOPE
S: * 3 FETCH (ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "three" (("Terry Gray" NIL "gray" "cac.washington.edu")) NIL NIL NIL NIL NIL NIL "<B27397@cac.washington.edu>"))
S: i OK done
C: j STORE 2 +FLAGS (\Deleted)
S: * 2 FETCH (FLAGS (\Flagged Important \Deleted))
S: j OK done
C: k EXPUNGE
S: * 2 EXPUNGE
S: k OK done
C: l FETCH 2 FLAGS
S: * 2 FETCH (FLAGS (\Answered))
S: l OK done
C: m COPY 1 new
S: m OK done
`

func scripted(t testing.TB, text string) *script.Script {
	t.Helper()
	k := script.NewCollector(script.Options{})
	if err := decodetest.Play(strings.TrimPrefix(text, "\n"), k); err != nil {
		t.Fatal(err)
	}
	return k.Script()
}

// opener returns a function that begins conversations, which end with the test.
func opener(t testing.TB, text string) func() fallback.Session {
	t.Helper()
	leaktest.Check(t)
	open, _, err := fallback.New(scripted(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return func() fallback.Session {
		x := open()
		t.Cleanup(func() { x.Close() })
		return x
	}
}

// ask sends a command, and returns the answer with "\n" for each line end.
func ask(t testing.TB, x fallback.Session, command string) string {
	t.Helper()
	answer, _ := x.Write([]byte(strings.ReplaceAll(command, "\n", "\r\n") + "\r\n"))
	return strings.ReplaceAll(string(answer), "\r\n", "\n")
}

// want fails the test if an answer lacks a line.
func want(t testing.TB, x fallback.Session, command string, lines ...string) {
	t.Helper()
	got := ask(t, x, command)
	for _, l := range lines {
		if !strings.Contains("\n"+got, "\n"+l) {
			t.Errorf("%s: no line %q in\n%s", command, l, got)
		}
	}
}

// It begins with the mailboxes as they were before the first command of the recording, and
// with nothing that the recording made.
func TestItHasWhatTheRecordingShows(t *testing.T) {
	x := opener(t, recording)()
	want(t, x, "a0 LOGIN fred wrong", "a0 NO [AUTHENTICATIONFAILED] ")
	want(t, x, "a1 LOGIN somebody secret", "a1 NO [AUTHENTICATIONFAILED] ")
	want(t, x, "a LOGIN fred secret", "a OK [CAPABILITY IMAP4rev1 ")
	if got, want := ask(t, x, `b LIST "" *`), "* LIST () \".\" \"Entw&APw-rfe\"\n* LIST () \".\" INBOX\n* LIST () \".\" \"work.old\"\nb OK LIST completed\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := ask(t, x, `c LSUB "" *`); strings.Count(got, "LSUB (") != 1 || !strings.Contains(got, "work.old") {
		t.Errorf("subscribed: %s", got)
	}
	want(t, x, `c LIST "" ""`, `* LIST (\Noselect) "." ""`)
	want(t, x, `c LIST work. %`, `* LIST () "." "work.old"`)
	want(t, x, "d SELECT INBOX", "* 3 EXISTS", `* OK [UNSEEN 2]`, "d OK [READ-WRITE]")
	want(t, x, "e FETCH 1:3 (FLAGS INTERNALDATE)",
		`* 1 FETCH (UID 1 FLAGS (\seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700")`,
		`* 2 FETCH (UID 2 FLAGS (`, `* 3 FETCH (UID 3 FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700")`)
	want(t, x, "f FETCH 1 BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {28}\nSubject: one\n\nThe whole\n)")
	want(t, x, "g FETCH 2 BODY.PEEK[]", "* 2 FETCH (UID 2 BODY[] {71}\nSubject: two\n\nThe recording does not have the text of this message.\n)")
	want(t, x, "h FETCH 3 ENVELOPE", `* 3 FETCH (UID 3 ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "three" (("Terry Gray" NIL "gray" "cac.washington.edu"))`)
	want(t, x, "i SEARCH KEYWORD important", "* SEARCH 2\n")
	want(t, x, "j CREATE new", "j OK")
}

// The text of the recorded answer to UID FETCH has identifiers that the map knows.
func TestItKnowsTheRecordedIdentifiers(t *testing.T) {
	leaktest.Check(t)
	_, values, err := fallback.New(scripted(t, recording))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ request, want string }{
		{"a UID FETCH 10,20,30,31 FLAGS", "a UID FETCH 1,2,3,4 FLAGS\r\n"},
		{"a SELECT INBOX (QRESYNC (3857529045 7))", "a SELECT INBOX (QRESYNC (1 7))\r\n"},
	} {
		if got := bound(values, "fred", "INBOX", c.request); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// All clients of a user see one state; EXAMINE changes nothing.
func TestClientsShareOneState(t *testing.T) {
	open := opener(t, recording)
	x, y := open(), open()
	for _, s := range []fallback.Session{x, y} {
		want(t, s, "a LOGIN fred secret", "a OK")
		want(t, s, "b SELECT INBOX", "b OK [READ-WRITE]")
	}
	want(t, x, `c STORE 3 +FLAGS.SILENT (\Deleted)`, "c OK")
	want(t, x, "d EXPUNGE", "d OK")
	want(t, y, "d NOOP", "* 3 EXPUNGE", "d OK")
	want(t, x, "e APPEND INBOX (\\Seen) {13+}\nA: b\n\nhello", "* 3 EXISTS", "e OK [APPENDUID 1 4]")
	want(t, y, "f FETCH 3 BODY.PEEK[]", "* 3 EXISTS")
	want(t, y, "g FETCH 3 BODY.PEEK[]", "* 3 FETCH (UID 4 BODY[] {13}\nA: b\n\nhello)")
	want(t, y, "h EXAMINE INBOX", "h OK [READ-ONLY]")
	want(t, y, `i STORE 1 +FLAGS (\Deleted)`, "i NO [READ-ONLY]")
	want(t, y, `j FETCH 2 BODY[]`, "j OK")
	want(t, y, `k FETCH 2 FLAGS`, `* 2 FETCH (UID 2 FLAGS (`)
	if got := ask(t, y, `l FETCH 2 FLAGS`); strings.Contains(got, `\seen`) {
		t.Errorf("reading changed it: %s", got)
	}
	want(t, y, `m CLOSE`, "m OK")
	want(t, x, `n STATUS INBOX (MESSAGES)`, "* STATUS INBOX (MESSAGES 3)")
}

// A command with a fault in it is answered BAD, and the conversation goes on where it was.
func TestItSurvivesFaults(t *testing.T) {
	x := opener(t, recording)()
	want(t, x, "a XYZZY", "a BAD")
	want(t, x, "b FETCH 1 FLAGS", "b BAD")
	want(t, x, "c LOGIN {4+}\nfred {6+}\nsecret", "c OK")
	want(t, x, "d SELECT INBOX", "d OK")
	for i, bad := range []string{
		"FETCH (", `FETCH 1 (BODY[`, "UID", `LOGIN "`, "SELECT {100000000}", "SELECT {99999+}\n" + strings.Repeat("x", 99999),
		"APPEND INBOX {99999999999}", strings.Repeat("x", 60_000), `SEARCH ` + strings.Repeat("(", 40_000), "\x00\x01",
	} {
		tag := fmt.Sprint("e", i)
		if got := ask(t, x, tag+" "+bad); !strings.Contains(got, tag+" BAD") && !strings.Contains(got, tag+" NO") {
			t.Errorf("%.40q: %q", bad, got)
			x = opener(t, recording)() // it may wait for more
			want(t, x, "c LOGIN fred secret", "c OK")
			want(t, x, "d SELECT INBOX", "d OK")
		}
		want(t, x, "f FETCH 1 UID", "* 1 FETCH (UID 1)", "f OK")
	}
	want(t, x, "g IDLE", "+ idling")
	want(t, x, "DONE", "g OK")
	want(t, x, "h AUTHENTICATE PLAIN", "h BAD")
	want(t, x, "i APPEND nowhere {5+}\nhello", "i NO [TRYCREATE]")
	answer, more := x.Write([]byte("j LOGOUT\r\n"))
	if more || !strings.Contains(string(answer), "* BYE") || !strings.Contains(string(answer), "j OK") {
		t.Errorf("%q, more: %t", answer, more)
	}
}

// What arrives split anywhere is answered the same.
func TestAnswersDoNotDependOnSplits(t *testing.T) {
	text := "a LOGIN {4}\r\nfred {6}\r\nsecret\r\nb SELECT INBOX\r\nc APPEND INBOX {5}\r\nhello\r\nd FETCH 4 BODY[]\r\ne IDLE\r\nDONE\r\nf LOGOUT\r\n"
	whole, _ := opener(t, recording)().Write([]byte(text))
	for _, size := range []int{1, 3, 10} {
		x := opener(t, recording)()
		var got []byte
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			answer, _ := x.Write([]byte(rest[:n]))
			got, rest = append(got, answer...), rest[n:]
		}
		if string(got) != string(whole) {
			t.Errorf("in pieces of %d: %s\nwhole: %s", size, got, whole)
		}
	}
}

// The number of mailboxes is bounded.
func TestMailboxesAreBounded(t *testing.T) {
	x := opener(t, recording)()
	want(t, x, "a LOGIN fred secret", "a OK")
	refused := false
	for i := 0; i < 10_010 && !refused; i++ {
		refused = strings.HasPrefix(ask(t, x, fmt.Sprint("b CREATE box", i)), "b NO [LIMIT]")
	}
	if !refused {
		t.Error("there is no limit")
	}
}

// The number of messages is bounded, although a COPY doubles it for a few bytes.
func TestMessagesAreBounded(t *testing.T) {
	x := opener(t, recording)()
	want(t, x, "a LOGIN fred secret", "a OK")
	want(t, x, "b CREATE box", "b OK")
	boxes := []string{"INBOX", "box"}
	refused := false
	for i := 0; i < 100 && !refused; i++ {
		want(t, x, "c SELECT "+boxes[i%2], "c OK")
		refused = strings.Contains(ask(t, x, "d COPY 1:* "+boxes[(i+1)%2]), "d NO [OVERQUOTA]")
	}
	if !refused {
		t.Error("there is no limit")
	}
	want(t, x, "e NOOP", "e OK")
	x.Write(fmt.Appendf(nil, "f APPEND box (\\Seen) {%d+}\r\n%s\r\n", 40<<20, make([]byte, 40<<20)))
	want(t, x, "g NOOP", "g OK")
}

// An answer that would be longer than the limit is a BAD, and the conversation goes on.
func TestAnswersAreBounded(t *testing.T) {
	x := opener(t, recording)()
	want(t, x, "a LOGIN fred secret", "a OK")
	want(t, x, "b SELECT INBOX", "b OK")
	text := "\r\n" + strings.Repeat("x", 2<<20)
	x.Write(fmt.Appendf(nil, "c APPEND INBOX {%d+}\r\n%s\r\n", len(text), text))
	want(t, x, "d FETCH 4 (BODY.PEEK[]"+strings.Repeat(" BODY.PEEK[]", 40)+")", "d BAD")
	want(t, x, "e FETCH 4 RFC822.SIZE", fmt.Sprintf("* 4 FETCH (UID 4 RFC822.SIZE %d)", len(text)), "e OK")
}

// A recording of IMAP2 falls back to the sample server, which does not know CAPABILITY.
func TestIMAP2FallsBackToIMAP2(t *testing.T) {
	x := opener(t, "# logged in\nC: a FIND MAILBOXES *\nS: * MAILBOX INBOX\nS: a OK done\n")()
	want(t, x, "a CAPABILITY", "a BAD")
	want(t, x, "b LOGIN fred secret", "b OK")
}
