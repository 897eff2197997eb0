package lesson

import (
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/samples/server"
)

func TestAnswer(t *testing.T) {
	ask := Step{Ask: "?", Answers: []string{"twelve", "12", `lunch on`}, Not: []Wrong{{"4", "RECENT"}}, Right: "Yes."}
	choose := Step{Ask: "?", Choices: []string{"the client", "the server", "5", "3"}, Answers: []string{"the server", "3"}, Not: []Wrong{{"the client", "No."}}}
	for _, c := range []struct {
		step  *Step
		text  string
		right bool
		say   string
	}{
		{&ask, "12", true, "Yes."},
		{&ask, "  TWELVE ", true, "Yes."},
		{&ask, `"Lunch   on"`, true, "Yes."},
		{&ask, "'lunch on'", true, "Yes."},
		{&ask, " 4", false, "RECENT"},
		{&ask, "", false, ""},
		{&ask, `"`, false, ""},
		{&ask, "120", false, ""},
		{&choose, "2", true, ""},
		{&choose, "2.", true, ""},
		{&choose, "The Server", true, ""},
		{&choose, "1", false, "No."},
		{&choose, "3", true, ""}, // its text goes before its number
		{&choose, "0", false, ""},
		{&choose, "7", false, ""},
	} {
		if right, say := c.step.Answer(c.text); right != c.right || say != c.say {
			t.Errorf("%q: %v, %q", c.text, right, say)
		}
	}
}

func TestFound(t *testing.T) {
	s := Step{Find: []Place{{Conn: 2, Txn: 5}, {Conn: 1, Greeting: true}}, Not: []Wrong{{"5", "Not this connection."}, {"2/greeting", "Not this one."}}, Right: "Yes."}
	for _, c := range []struct {
		conn, txn int
		right     bool
		say       string
	}{
		{2, 5, true, "Yes."},
		{1, 0, true, "Yes."},
		{1, 5, false, "Not this connection."},
		{2, 0, false, "Not this one."},
		{3, 5, false, ""},
	} {
		if right, say := s.Found(c.conn, c.txn); right != c.right || say != c.say {
			t.Errorf("%d/%d: %v, %q", c.conn, c.txn, right, say)
		}
	}
}

func TestTyped(t *testing.T) {
	same := &Step{Type: []string{"LOGIN fred {6}", "secret"}, Right: "Yes."}
	expect := &Step{Type: []string{"SEARCH ALL"}, Expect: `command == "SEARCH" and "SEARCH" in kinds`, Right: "Yes."}
	srv, err := server.New(server.Options{Quirks: []string{"no-status"}})
	if err != nil {
		t.Fatal(err)
	}
	x := newSession(srv)
	for _, c := range []struct {
		step  *Step
		lines []string
		right bool
		say   string
	}{
		{same, []string{"LOGIN fred wrong"}, false, "The server says NO: user and password do not fit"},
		{same, []string{"NOOP"}, false, "The server does it, but it is not what this step asks for."},
		{same, []string{"mine LOGIN fred secret"}, true, "Yes."}, // an atom, and a tag of one's own
		{same, []string{"SELECT INBOX"}, false, "The server does it, but it is not what this step asks for."},
		{&Step{Type: []string{"SELECT INBOX"}}, []string{"select {5}", "inbox"}, true, ""},
		{&Step{Type: []string{"FETCH 1:2 FLAGS"}}, []string{"fetch 1:2 (flags)"}, true, ""},
		{&Step{Type: []string{"FETCH 1:2 FLAGS"}}, []string{"fetch 1:3 (flags)"}, false, "The server does it, but it is not what this step asks for."},
		{expect, []string{"FROB"}, false, "The server says BAD: no such command in IMAP2 (RFC 1176): FROB"},
		{expect, []string{"FETCH 1 FLAGS"}, false, "The server does it, but it is not what this step is about."},
		{expect, []string{"search from {5}", "betty"}, true, "Yes."},
		{&Step{Expect: "kinds[9] == tag"}, []string{"NOOP"}, false, "The expected result cannot be compared: filter, column 6: index out of range: 9 (array length is 0)"},
		{expect, []string{"EXPUNGE"}, false, "The server says neither OK nor NO nor BAD: EXPUNGE completed"},
	} {
		done := x.command(c.lines)
		if done == nil {
			t.Fatalf("%q: no answer", c.lines)
		}
		if right, say := c.step.Typed(done); right != c.right || say != c.say {
			t.Errorf("%q: %v, %q", c.lines, right, say)
		}
	}
	if _, say := expect.Typed(&decode.Transaction{Outcome: decode.Abandoned}); say != "The server does not answer." {
		t.Error(say)
	}
}

func TestRowMasksSecrets(t *testing.T) {
	srv, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	done := newSession(srv).command([]string{"LOGIN fred {6}", "secret"})
	if r := rowOf(done); strings.Contains(r.Request, "secret") || r.Request != "L01 LOGIN fred {6}" || r.Literals != 1 || r.Sent != 28 {
		t.Errorf("%+v", r)
	}
}

func TestCommand(t *testing.T) {
	for line, tagged := range map[string]bool{
		"NOOP": false, "a1 NOOP": true, "FETCH 1 ALL": false, "fetch fetch": false,
		"a1 fetch 1 all": true, "FROB": false, "FROB 1": false, "": false, " NOOP": true,
		"a1 UID FETCH 1 FLAGS": true, "FIND MAILBOXES *": false, "x find bboards *": true,
	} {
		if Tagged(line) != tagged {
			t.Errorf("%q has a tag: %v", line, !tagged)
		}
	}
	if got := string(Command("A1", []string{"LOGIN fred {6}", "secret"})); got != "A1 LOGIN fred {6}\r\nsecret\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(Command("A1", []string{"x NOOP"})); got != "x NOOP\r\n" {
		t.Errorf("%q", got)
	}
}

func TestPrelude(t *testing.T) {
	l := &Lesson{Steps: []Step{
		{},
		{Before: []string{"LOGIN fred secret"}, Type: []string{"SELECT {5}", "INBOX"}},
		{Ask: "?"},
		{Before: []string{"NOOP"}, Type: []string{"CHECK"}},
	}}
	var got []string
	for _, c := range l.Prelude(3) {
		got = append(got, strings.Join(c, "|"))
	}
	if want := "LOGIN fred secret SELECT {5}|INBOX NOOP"; strings.Join(got, " ") != want {
		t.Errorf("%q", got)
	}
	if got := l.Prelude(1); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
