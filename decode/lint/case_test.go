package lint

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// summary returns the rules and severities of findings, in order.
func summary(list []Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprint(f.Rule.ID, " ", f.Severity))
	}
	return strings.Join(out, ", ")
}

// TestCases covers what a rule's own example does not show: when it is milder or silent.
func TestCases(t *testing.T) {
	const envelope = `("Sat, 4 Jun 88 13:27:11 PDT" "hi" (("Larry Fagan" NIL "FAGAN" "S")) (("Larry Fagan" NIL "FAGAN" "S")) (("Larry Fagan" NIL "FAGAN" "S")) ((NIL NIL "r" "S")) NIL NIL NIL "<1>")`
	resyncs := "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred x\nS: l OK done\nC: e ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: e OK done\n" + selects("s", 9)
	for _, c := range []struct{ name, text, want string }{
		{"RFC 1176's sample session, p. 22, including its mistake", `
S: * OK SUMEX-AIM.Stanford.EDU Interim Mail Access Protocol II Service 6.1(349) at Thu, 9 Jun 88 14:58:30 PDT
C: a001 login crispin secret
S: a002 OK User CRISPIN logged in at Thu, 9 Jun 88 14:58:42 PDT, job 76
C: a002 select inbox
S: * FLAGS (Bugs SF Party Skating Meeting Flames Request AI Question Note \XXXX \YYYY \Answered \Flagged \Deleted \Seen)
S: * 16 EXISTS
S: * 0 RECENT
S: a002 OK Select complete
C: a003 fetch 16 all
S: * 16 Fetch (Flags (\Seen) InternalDate " 9-Jun-88 12:55:44 PDT" RFC822.Size 8 Envelope ` + envelope + `)
S: a003 OK Fetch completed
C: a004 fetch 16 rfc822
S: * 16 Fetch (RFC822 {8}
S: a: b
S| \x0d\x0a
S: )
S: a004 OK Fetch completed
C: a005 logout
S: * BYE DEC-20 IMAP II server terminating connection
S: a005 OK SUMEX-AIM.Stanford.EDU Interim Mail Access Protocol Service logout
# closed`, "S004 error"},

		{"captured from the middle", "# seen from its middle\nS: * 8 EXPUNGE\nC: a9 FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS (\\Seen))\nS: a9 OK done\nS: a8 OK done\n", ""},
		{"after a loss, rules that need earlier messages are silent", "# INBOX selected, 9 messages\nS! 50\nS: * 3 EXISTS\nS: * 12 EXPUNGE\nC: a1 FETCH 99 FLAGS\nS: a1 OK done\nS: a0 OK done\n# closed\n", "N001 warning"},
		{"data about a mailbox that the client left in lost bytes", "# INBOX selected, 9 messages\nS: * 3 EXISTS\nS: * 7 EXPUNGE\nC! 50\nC: a1 NOOP\nS: a1 OK done\n", "N001 warning"},
		{"SELECT restores the state", "# INBOX selected, 9 messages\nS! 50\nS: * 3 EXISTS\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: a1 OK done\nC: a2 FETCH 4 FLAGS\nS: a2 BAD no\n", "N001 warning, C008 error"},

		{"IMAP4 is not checked against RFC 1176", "# INBOX selected, 9 messages\nC: a1 UID FETCH 1:* (UID FLAGS)\nS: * 1 FETCH (UID 4 FLAGS ())\nS: a1 OK done\nC: a2 FETCH * (FLAGS INTERNALDATE)\nS: * 9 FETCH (FLAGS () INTERNALDATE \"07-May-1991 12:34:56 +0000\")\nS: a2 OK done\nC: a3 XLIST \"\" %\nS: * XLIST () \"/\" \"\"\nS: a3 OK done\n", ""},
		{"a server's own command", "# greeted\nC: a1 VERSION 4\nS: a1 OK done\n", ""},
		{"pipelined: LOGIN's OK comes in time for SELECT", "# greeted\nC: a1 LOGIN fred secret\nC: a2 SELECT INBOX\nC: a3 FETCH 1:9 FAST\nS: a1 OK done\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: a2 OK done\nS: * 9 FETCH (FLAGS (\\Seen) INTERNALDATE \" 9-Jun-88 12:55:44 PDT\" RFC822.SIZE 4)\nS: a3 OK done\n", "S021 note"},
		{"pipelined: EXPUNGE makes the number right or wrong", "# INBOX selected, 9 messages\nC: a1 EXPUNGE\nC: a2 FETCH 9 FLAGS\nS: * 1 EXPUNGE\nS: a1 OK done\nS: a2 BAD no such message\n", "S032 warning"},

		{"VANISHED removes messages, and VANISHED (EARLIER) does not", "# logged in\nC: e ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: e OK done\nC: s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: s OK done\nC: a1 UID EXPUNGE 500:600\nS: * VANISHED (EARLIER) 1:4\nS: * VANISHED 505,507:508\nS: a1 OK done\nC: a2 FETCH 6 FLAGS\nS: * 6 FETCH (FLAGS (\\Seen))\nS: a2 OK done\nC: a3 NOOP\nS: * 6 EXISTS\nS: a3 OK done\n", ""},
		{"a number beyond EXISTS in IMAP4", in4 + "C: a1 FETCH 3:12 UID\nS: * 3 FETCH (UID 3)\nS: a1 OK done\nC: a2 STORE 10 +FLAGS (\\Deleted)\nS: a2 BAD no such message\nC: a3 UID FETCH 10 UID\nS: a3 OK done\nC: a4 FETCH 9:* UID\nS: * 9 FETCH (UID 9)\nS: a4 OK done\n", "C008 warning, C008 error"},
		{"\"*\" that a server of IMAP2 refuses", "# INBOX selected, 9 messages\nC: a1 FETCH 1:* FLAGS\nS: a1 BAD no\n", "C008 error"},
		{"\"*\" that a server accepts, of which nothing shows the dialect", "# INBOX selected, 9 messages\nC: a1 FETCH 9:* FLAGS\nS: * 9 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n", "C008 note"},
		{"VANISHED while FETCH is answered, and while no command is in progress", resyncs + "C: a1 FETCH 1 UID\nS: * VANISHED 21\nS: * 1 FETCH (UID 1)\nS: a1 OK done\nS: * VANISHED (EARLIER) 3\nS: * VANISHED 7\n", "S035 error, S046 error"},
		{"a mechanism that is not offered", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: a1 AUTHENTICATE CRAM-MD5\nS: a1 BAD unknown\n", "C025 warning"},
		{"a first response on the line of AUTHENTICATE that is not offered", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: a1 AUTHENTICATE PLAIN AGZyZWQAeA==\nS: a1 BAD too many arguments\n", "C025 warning"},
		{"a mechanism and a first response that are offered", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\nC: a1 AUTHENTICATE plain AGZyZWQAeA==\nS: a1 OK done\n", ""},
		{"another delimiter in the name of a mailbox that was listed", in4 + "C: a1 LIST \"\" *\nS: * LIST () \"/\" Work/2020\nS: * LIST () \"/\" a.b\nS: a1 OK done\nC: a2 STATUS Work.2020 (MESSAGES)\nS: a2 NO no such mailbox\nC: a3 STATUS x.y (MESSAGES)\nS: a3 NO no such mailbox\n", "C029 warning"},
		{"a literal of the client that was announced too short", in4 + "C: a1 APPEND saved {12}\nS: + go\nC: Subject: x\nC: \nC: hi\nS: a1 OK done\nS: hi BAD what\n", "C003 error"},
		{"COPYUID of more than was named", in4 + "C: a1 UID COPY 21:23 saved\nS: a1 OK [COPYUID 7 21:24 1:4] done\n", "S042 error"},
		{"an identifier above a later UIDNEXT", "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9, "[UIDVALIDITY 7]") + "C: a1 UID FETCH 59 UID\nS: * 9 FETCH (UID 59)\nS: a1 OK done\nC: a2 CLOSE\nS: a2 OK done\nC: a3 STATUS INBOX (UIDNEXT UIDVALIDITY)\nS: * STATUS INBOX (UIDNEXT 40 UIDVALIDITY 7)\nS: a3 OK done\n", "S044 error"},
		{"an identifier of a message that VANISHED", resyncs + "C: a1 NOOP\nS: * VANISHED 21:22\nS: * 9 EXISTS\nS: a1 OK done\nC: a2 UID FETCH 21:* UID\nS: * 9 FETCH (UID 21)\nS: a2 OK done\n", "S040 error"},
		{"a literal that needs no \"+\", and was sent after a wait", offering("IMAP4rev1 LITERAL+") + "C: a1 SELECT {5+}\n# 31s later\nC: INBOX\nS: a1 NO no\n", "C035 warning"},
		{"IDLE that has gone deaf, and a client that gives up", offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\n# 25m later\nC: DONE\nC: a2 NOOP\n# 60s later\n# closed by the client\n", "N013 error"},
		{"EXPUNGE of a message beyond EXISTS changes no numbers", "# INBOX selected, 9 messages\nS: * 10 EXPUNGE\nC: a1 FETCH 9 FLAGS\nS: * 9 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n", "S008 error"},
		{"a command that was answered with another tag is over", "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred secret\nS: l OK done\nC: s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 9 EXISTS\nS: * 0 RECENT\nS: s OK done\nC: a1 NOOP\nS: a1x OK done\nC: a2 FETCH 3 FLAGS\nS: * 3 FETCH (FLAGS (\\Seen))\nS: a2 OK done\n", "S004 error"},
		{"NOOP is permitted before LOGIN, and CHECK is not", "# greeted\nC: a1 NOOP\nS: a1 OK done\nC: a2 CHECK\nS: a2 BAD no\n", "C002 error"},
		{"a secret is not repeated", "# greeted\nC: a1 LOGIN fred hunter22\nS: a1 OK done\nS: * NO \\x1b]0;hunter22\n", "N005 warning"},
		{"a literal's head that ends in a bare LF", "# greeted\nC| a1 LOGIN fred {6}\\x0a\nS: + go\nC: secret\nS: a1 OK done\n", "C013 error"},
		{"a literal without its space, in IMAP4 too", "# INBOX selected, 9 messages\nC: a1 UID FETCH 1 UID\nS: * 1 FETCH (UID 1)\nS: a1 OK done\nS: * 2 FETCH (BODY[]{2}\nS: ab)\n", "S017 error"},
		{"a list that is not closed, in IMAP4 too", "# INBOX selected, 9 messages\nC: a1 UID FETCH 1 UID\nS: * 1 FETCH (UID 1)\nS: a1 OK done\nS: * 2 FETCH (FLAGS (\\Seen)\n", "S017 error"},
		{"BAD to a line that ends in a bare LF is right", "# greeted\nC\\ a1 NOOP\nS: a1 BAD where is CR?\n", "C013 error"},
		{"BAD to a search for an invalid date is right", "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE yesterday\nS: a1 BAD no date\n", "C020 warning"},
		{"a date that was not captured completely", "# INBOX selected, 9 messages\nC| a1 SEARCH SINCE 7-M\nC! 4\nC: SEEN\nS: * SEARCH 1\nS: a1 OK done\n", "N001 warning, N001 warning"},
		{"a refused literal's bytes are mistaken for a command", "# logged in\nC: a1 SELECT {7}\nC: a b c d\nS: a1 BAD no literals\nS: a BAD unknown\n", "C007 error, S004 note"},
		{"a refused password is mistaken for a command", "# greeted\nC: a1 LOGIN fred {14}\nS: a1 NO no such user\nC: hunter2 hunter3\nS: hunter2 BAD unknown\n", ""},
		{"an announced literal that is refused", "# greeted\nC: a1 LOGIN fred {6}\nS: a1 NO no such user\nC: a2 LOGIN fred secret\nS: a2 OK done\n", ""},
		{"a literal that announces itself as not waiting", "# greeted\nC: a1 LOGIN fred {6+}\nC: secret\nS: a1 OK done\n", ""},
		{"+ that comes only after the literal, to a client that waited", "# logged in\nC: a1 SELECT {1}\n# 4s later\nC: x\nS: + ready\nS: a1 NO no such mailbox\n", "C007 note, S011 error"},

		{"BYE, and LOGOUT's own OK", "# logged in\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n# closed\n", "S017 note"},
		{"autologout", "# logged in\n# 30m later\nS: * BYE autologout\n# closed\n", ""},
		{"closed with a command outstanding", "# logged in\nC: a1 SELECT INBOX\n# 9s later\n# closed\n", "S005 error"},
		{"a command that is skipped", "# INBOX selected, 9 messages\nC: a1 SEARCH NEW\nC: a2 LOGOUT\nS: * BYE bye\nS: a2 OK done\n# closed\n", "S005 error"},
		{"the capture ended first", "# logged in\nC: a1 SELECT INBOX\n# 9s later\n", ""},
		{"closed before the OK to LOGOUT", "# logged in\nC: a1 LOGOUT\n# closed\n", "S005 note"},
		{"a greeting that never comes", "C: a1 NOOP\n# 30s later\n# closed\n", "S005 error, C001 error, S001 error"},
		{"PREAUTH", "S: * PREAUTH hello fred\nC: a1 LOGIN fred secret\nS: a1 BAD already in\n", "S002 note, C002 error"},

		{"a line of one word that is not a response is one fault", "# logged in\nS: what\n", "S029 error"},
		{"a line that is not a response, ended by a bare LF, is two", "# logged in\nS\\ what\n", "S028 error, S029 error"},
		{"several flags without parentheses, from a server", "# logged in\nS: * FLAGS \\Answered \\Flagged \\Deleted \\Seen\n", "S017 error"},
		{"a refused LOGIN after a greeting that was not OK", "S: * BAD busy\nC: a1 LOGIN fred secret\nS: a1 NO no\n", "S002 error"},

		{"a literal whose \"+\" was not captured", "# logged in\nC| a1 SELECT {5}\\x0d\\x0a\nS! 7\nC: INBOX\nS: a1 NO no\n", "N001 warning"},
		{"a literal whose \"+\" was not captured, as that becomes known", "# logged in\nC| a1 SELECT {5}\\x0d\\x0a\nC: INBOX\nS! 7\nS: a1 NO no\n", "N001 warning"},

		{"an announcement that was not captured completely", "# greeted\nC| a1 LOGIN fred {\nC! 4\nS: + go\nC: secret\nS: a1 OK done\n", "N001 warning, N001 warning"},

		{"a LOGOUT that was not captured completely", "# logged in\nC| a1 LO\nC! 5\nC| \\x0a\nS: * BYE x\nS: a1 OK done\n# closed by the server\n", "N001 warning, N001 warning"},

		{"the name of a command that was not captured completely", "# logged in\nC| a1 CAPABI\nC! 6\nS: a1 BAD what\nC: a2 LOGOUT\nS: * BYE x\nS: a2 OK done\n", "N001 warning"},

		{"arguments that were not captured completely", "# INBOX selected, 9 messages\nC| a1 FETCH 1 (FLAGS RFC82\nC! 8\nS: a1 OK done\nC| a2 STORE 2 +FLAGS (\\See\nC! 4\nS: a2 OK done\nC: a3 LOGOUT\nS: * BYE x\nS: a3 OK done\n", "N001 warning, N001 warning"},

		{"a tag of a command whose response was not captured", "# logged in\nC: a1 NOOP\nS! 12\nC: a1 NOOP\nS: a1 OK done\n", "N001 warning"},
		{"a tag of which the beginning was not captured", "# logged in\nC: 1 NOOP\nS: * OK x\nC! 1\nC: 1 NOOP\nS: 1 OK done\nS: 11 OK done\n", "N001 warning"},

		{"a literal whose \"+\" was not captured, before another one", "# greeted\nC| a1 LOGIN {4}\\x0d\\x0a\nS! 7\nC| fred {6}\\x0d\\x0a\nS: + go\nC: secret\nS: a1 OK done\nC: a2 LOGOUT\nS: * BYE x\nS: a2 OK done\n", "N001 warning"},

		{"DONE, and its IDLE was not captured", "# logged in\nC| a1 I\nC! 3\nC| \\x0d\\x0a\nC: DONE\nC: a2 LOGOUT\nS: * BYE x\nS: a2 OK done\n", "N001 warning, N001 warning"},

		{"one sequence, two faults", "# INBOX selected, 9 messages\nC: a1 FETCH 12:0 FLAGS\nS: a1 BAD no\n", "C009 note, C008 error"},
		{"a system flag that FLAGS has", "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\YYYY \\Answered \\Flagged \\Deleted \\Seen)\nS: * 1 EXISTS\nS: * 0 RECENT\nS: a1 OK done\nC: a2 STORE 1 +FLAGS \\yyyy\nS: a2 OK done\n", ""},
		{"a user's flag that FLAGS lacks", "# INBOX selected, 9 messages\nC: a1 STORE 1 +FLAGS Party\nS: a1 NO unknown flag\n", "C011 note"},
		{"dates in searches", "# INBOX selected, 9 messages\nC: a1 SEARCH SINCE \" 1-oct-1987\" BEFORE 7-May-91 ON \"7-May-91 12:00:00-PDT\"\nS: * SEARCH 2\nS: a1 OK done\n", ""},
		{"FIND's own wildcards", "# logged in\nC: a1 FIND MAILBOXES foo%bar*\nS: a1 OK done\n", ""},
		{"a message without a From field", "# INBOX selected, 9 messages\nS: * 2 FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" NIL NIL NIL NIL NIL NIL NIL NIL))\n", ""},
		{"SIZE first, then HEADER and TEXT separately", "# INBOX selected, 9 messages\nS: * 2 FETCH (RFC822.SIZE 9)\nS: * 2 FETCH (RFC822.HEADER \"ab\")\nS: * 2 FETCH (RFC822.TEXT \"cde\")\n", "S014 error"},
		{"numbers decrease when a message is expunged", "# INBOX selected, 9 messages\nS: * 3 FETCH (RFC822.SIZE 4)\nS: * 2 EXPUNGE\nS: * 2 FETCH (RFC822 \"1234\")\nS: * 3 FETCH (RFC822 \"1\")\n", ""},
		{"escape sequences are reported in a subject, but not in mail", "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822\nS: * 2 FETCH (RFC822 {8}\nS: \\x1b[2Jabcd)\nS: a1 OK done\nC: a2 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (NIL {4}\nS: \\x1b[2J NIL NIL NIL NIL NIL NIL NIL NIL))\nS: a2 OK done\n", "N005 warning"},
		{"non-ASCII letters are not controls", "# logged in\nS: * NO gr\\xc3\\xbc\\xc3\\x9fe \\xe2\\x82\\xac\n", ""},
		{"a character that changes the writing direction", "# logged in\nS: * NO \\xe2\\x80\\xaetxt.exe\n", "N005 warning"},
		{"STARTTLS followed by commands", "# greeted\nC| a1 STARTTLS\\x0d\\x0aa2 LOGIN fred x\\x0d\\x0a\nS: a1 OK begin\n", "N004 error"},
		{"polling that brings changes", "# INBOX selected, 9 messages\nC: a1 NOOP\nS: a1 OK done\nC: a2 NOOP\nS: * 10 EXISTS\nS: a2 OK done\nC: a3 NOOP\nS: a3 OK done\nC: a4 NOOP\nS: * 11 EXISTS\nS: a4 OK done\n", ""},
		{"a user reads one message after another", "# INBOX selected, 9 messages\nC: a1 FETCH 1 FLAGS\nS: a1 OK done\n# 20s later\nC: a2 FETCH 2 FLAGS\nS: a2 OK done\n# 20s later\nC: a3 FETCH 3 FLAGS\nS: a3 OK done\nC: a4 LOGOUT\nS: * BYE bye\nS: a4 OK done\n", "S021 note, S021 note, S021 note"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := play(strings.TrimPrefix(c.text, "\n"), Options{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(list); got != c.want {
				t.Errorf("%s; want %s\n%s", got, c.want, lines(list))
			}
		})
	}
}

// TestMaxFindings checks that a repeated fault is reported MaxFindings times and that
// the last finding says so.
func TestMaxFindings(t *testing.T) {
	list, err := play("# INBOX selected, 9 messages\n"+strings.Repeat("S: * 10 EXPUNGE\n", 5*MaxFindings), Options{}, 0)
	if err != nil || len(list) != MaxFindings || !strings.HasSuffix(list[MaxFindings-1].Message, "are not reported") {
		t.Errorf("%d findings, %v", len(list), err)
	}
}

// TestWorkIsBounded checks that a few bytes cannot make the linter look at many
// messages, and that it does not judge what it skips.
func TestWorkIsBounded(t *testing.T) {
	text := "# INBOX selected, 4000000 messages\nC: a1 FETCH 1:4000000 FLAGS\nS: * 1 FETCH (FLAGS (\\Seen))\nS: a1 OK done\nC: a2 FETCH 1 FLAGS\nS: a2 OK done\n"
	list, err := play(text, Options{}, 0)
	if err != nil || summary(list) != "S021 note" || !strings.HasPrefix(list[0].Message, "message 2: never sent FLAGS") {
		t.Errorf("%v %s", err, lines(list))
	}
	seen := 0
	b := &session.Mailbox{Known: true, Exists: 4e6}
	each(b, syntax.Sequence{{First: 4e9, Last: 1}}, 100, func(n uint32, m *session.Message) bool {
		seen++
		return m == nil
	})
	if seen != 100 {
		t.Errorf("%d messages looked at", seen)
	}
}

// TestTimeSavedByARange checks that the time a range would save is that of all round
// trips but one.
func TestTimeSavedByARange(t *testing.T) {
	text := "# INBOX selected, 9 messages\n"
	for i := range 5 {
		text += fmt.Sprintf("C: a%d STORE %d +FLAGS \\Seen\n# 39ms later\nS: * %d FETCH (FLAGS (\\Seen))\nS: a%d OK done\n", i, i+1, i+1, i)
	}
	list, err := play(text, Options{Only: []string{"E001"}}, 0)
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Message, "5 commands") || !strings.HasSuffix(list[0].Message, "saved 160ms") {
		t.Errorf("%v %v", err, list)
	}
}

// TestFindingsHoldNoSecrets checks that no finding's text contains a password, however
// it was sent.
func TestFindingsHoldNoSecrets(t *testing.T) {
	const secret = "hunter2"
	for _, text := range []string{
		"C: a1 LOGIN fred " + secret, "C: a1 LOGIN fred \"" + secret + "\\\"", "C: a1 LOGIN fred \"" + secret,
		"C: a1 LOGIN\tfred\t" + secret, "C: LOGIN fred " + secret, "C: LOGIN\tfred\t" + secret + " STORE 1 +FLAGS \\Bogus",
		"C: a1 LOGIN\"fred\" \"" + secret + "\"", "C: a1 LOGIN fred x " + secret, "C: a1 LOGIN fred {7}\nC: " + secret,
		"C: a1 LOGIN fred {7}\nS: a1 NO\nC: " + secret, "C: a1 LOGIN fred {7}\nS: a1 NO\nC: " + secret + " x y\nS: " + secret + " BAD what",
		"C: a1 LOGIN fred {9}\nC: " + secret + " x\nS: a1 NO\nS: " + secret + " BAD what",
		"C: a1 AUTHENTICATE PLAIN\nS: +\nC: " + secret, "C: a1 AUTHENTICATE PLAIN " + secret + "%", "C\\ a1 LOGIN fred " + secret + "\xff",
		"C: a1 LOGIN fred " + secret + strings.Repeat("x", 2000), "C: a1 LOGIN {4}\nC: fred " + secret + "\\",
	} {
		for _, answer := range []string{"", "S: a1 BAD what", "S: a1 NO what", "S: a1 OK done", "S: * BAD " + secret, "S: a1 OK " + secret + "\x1b"} {
			list, err := play(strings.ReplaceAll("# from 192.0.2.1\n# greeted\n"+text+"\n"+answer+"\n# closed\n", "\n\n", "\n"), Options{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				if strings.Contains(strings.ToLower(f.Message), secret) {
					t.Errorf("%s\n%s: %s %s", text, answer, f.Rule.ID, f.Message)
				}
			}
		}
	}
}
