package conform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// noEnv is an environment without variables, but for SET.
func noEnv(name string) (string, bool) { return "", name == "SET" }

// appending is a test in imaptest's format that uses most of it.
const appending = `connections: 2
state: created
messages: all

# a comment
1 ok select $mailbox
* 0 exists
2 select $mailbox
* ok [uidvalidity $validity]
2 ok [read-write]

1 ok append $mailbox (\seen \flagged)
* 1 exists
2 ok noop
* 1 exists
2 ok fetch 1 (uid flags)
* 1 fetch (uid $uid1 flags (\seen \flagged))
1 ok uid fetch $uid1 flags
* 1 fetch ($!unordered=2 flags ($!unordered $!noextra $!ignore=\recent \flagged \seen) uid $uid1)
! 2 fetch (uid $)

!ifenv SET
1 ok append
!else
1 bad this is not sent
!endif
1 "" noop
1 ok append $mailbox {{{
Subject: in the script

body
}}}
1 ok store 1,3 +flags \deleted
1 ok fetch 3 body.peek[text]
* 3 fetch (body[text] {{{
body
}}})
2 ok noop
1 ok expunge
* $1 expunge
* $3 expunge
2 ok noop
* $1 expunge
* $3 expunge
1 tag1 status ${mailbox} (messages)
1 tag2 status ${mailbox}-none (messages)
* status ${mailbox} (messages 1)
1 tag1 ok
1 tag2 no
1 ok list "" $mailbox
* list () $ $mailbox
`

// TestImapTestScript plays a script in imaptest's format.
func TestImapTestScript(t *testing.T) {
	s, err := parseImapTest("append", []byte(appending), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) != 16 || s.Conns != 2 || s.State != Created {
		t.Errorf("%d steps, %d connections, state %s", len(s.Steps), s.Conns, s.State)
	}
	out := run(t, dovecot(t), new(Runner), s)
	if f := failures(out); len(f) > 0 {
		t.Error(strings.Join(f, "\n"))
	}
}

// TestImapTestFinds checks that expectations that are not met fail.
func TestImapTestFinds(t *testing.T) {
	for text, want := range map[string]string{
		"\nok fetch 1 flags\n* 1 fetch (flags (\\seen))\n": `the server did not send: * 1 fetch (flags (\seen))`,
		"\nok fetch 1:2 uid\n! 2 fetch (uid $)\n":          "the server sent what it must not",
		"\nno noop\n":          "the server answered OK to NOOP; expected: NO",
		"\nnoop\nok [alert]\n": "the text of the OK does not begin with: [alert]",
		"ignore_extra_untagged: no\n\nok fetch 1:2 uid\n* 1 fetch (uid $uid)\n":         "untagged data that is not expected: * 2 FETCH",
		"\nok fetch 1:2 uid\n* 2 fetch (uid $)\n* 1 fetch (uid $)\n!ordered\n":          "the server did not send: * 1 fetch",
		"\nok fetch 1:2 uid\n* 1 fetch (uid $modseq5)\n":                                "the server did not send",
		"\nok status $mailbox (messages)\n* status $mailbox (messages 4)\n* 9 exists\n": "the server did not send: * 9 exists",
	} {
		s, err := parseImapTest("test", []byte(text), noEnv)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		out := run(t, imap4(t), new(Runner), s)
		if f := failures(out); len(f) != 1 || !strings.Contains(f[0], want) {
			t.Errorf("%q: %q", text, f)
		}
	}
}

// TestImapTestErrors checks that what cannot be played is refused, by its line.
func TestImapTestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "x: there are no commands",
		"nonsense\n\nok noop\n":                 "x, line 1: a line of the header is of the form name: value",
		"colour: red\n\nok noop\n":              `x, line 1: unknown name "colour" in the header`,
		"title: not imaptest's\n\nok noop\n":    `x, line 1: unknown name "title"`,
		"user 2: $user2\n\nok noop\n":           "x, line 1: user: want a name; variables are not supported there",
		"state: asleep\n\nok noop\n":            "x, line 1: state: want one of nonauth",
		"connections: 99\n\nok noop\n":          "x, line 1: connections: want a number from 1 to 16",
		"connections: 2\n\nok noop\n":           "x, line 3: the number of the connection is missing",
		"\nnoop\n* 1 exists\n":                  "x: the command of line 2 has no response",
		"\nnoop\nnoop\nok\n":                    "x, line 3: the command before has no response yet",
		"\nok noop\n* (\n":                      "x, line 3:",
		"\nok noop\n* 1 fetch ($!whatever)\n":   "x, line 3: unknown directive $!whatever",
		"\nok noop\n* fetch (a $!unordered)\n":  "x, line 3: $!unordered is not at the beginning of a list",
		"\nok noop\n* esearch all $5\n":         "x, line 3: $ and a number is a message number",
		"\nok fetch $5 flags\n":                 "x, line 2: ${5}: only an expectation can have it",
		"\nok noop\n!sleep 5\n":                 "x, line 3: !sleep is not supported",
		"\n!output foo\nok noop\n":              "x, line 2: !output is not supported",
		"\n!ifenv SET\nok noop\n":               "x: !endif is missing",
		"\n!else\nok noop\n":                    "x, line 2: !else without !ifenv",
		"\n!ifenv SET\nok noop\n!endif\n!endif": "x, line 5: !endif without !ifenv",
		"\nok append $mailbox {{{\nabc\n":       "x, line 2: }}} is missing",
		"\ntag1 noop\ntag1 noop\n":              "x, line 3: the command before has no response yet",
		"\ntag1 noop\ntag2 ok\n":                "x, line 3: the response is for a command that was not sent",
	} {
		_, err := parseImapTest("x", []byte(text), noEnv)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLoad checks how files and folders become scripts, and where their messages come from.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"one": "\nok noop\n", "two": "title: ours\n\n= a step\nMUST RFC 3501, \"6.1.2. NOOP Command\", p. 25\nC: NOOP\nS: OK\n",
		"one.mbox": "From x\nSubject: own\n\nbody\n", "default.mbox": "From x\nSubject: first\n\nFrom y\nSubject: second\n\n", ".hidden": "nonsense",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Load(dir)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if one := list[0]; one.Name != "one" || len(one.Mail) != 1 || string(one.Mail[0]) != "Subject: own\r\n\r\nbody\r\n" {
		t.Errorf("%s: %q", one.Name, one.Mail)
	}
	if two := list[1]; two.Title != "ours" || len(two.Mail) != 2 {
		t.Errorf("%s: %q", two.Title, two.Mail)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there")
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "there are no scripts") {
		t.Errorf("an empty folder: %v", err)
	}
}
