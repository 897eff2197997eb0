package lint

import (
	"testing"

	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// playConns lints several connections to one server: see decodetest.Talk.
func playConns(t *testing.T, text string, o Options) []Finding {
	t.Helper()
	var found []Finding
	l, err := New(o, func(f Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Talk(text, decode.NewDemux(decode.Options{}, l)); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestFiguresThatGoBack compares what SELECT, STATUS and codes say of a mailbox, within a
// connection and across the connections of an account.
func TestFiguresThatGoBack(t *testing.T) {
	const (
		one    = "1 S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready\n1 C: l LOGIN fred x\n1 S: l OK done\n"
		two    = "2 S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready\n2 C: l LOGIN fred x\n2 S: l OK done\n"
		other  = "2 S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready\n2 C: l LOGIN anna x\n2 S: l OK done\n"
		unseen = "2 S: * PREAUTH [CAPABILITY IMAP4rev1 CONDSTORE] ready\n"
	)
	stat := func(conn, tag, box, figures string) string {
		return conn + " C: " + tag + " STATUS " + box + " (UIDNEXT)\n" + conn + " S: * STATUS " + box + " (" + figures + ")\n" + conn + " S: " + tag + " OK done\n"
	}
	selects := func(conn, tag, box string, codes ...string) string {
		text := conn + " C: " + tag + " SELECT " + box + "\n" + conn + " S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\n" + conn + " S: * 9 EXISTS\n" + conn + " S: * 0 RECENT\n"
		for _, c := range codes {
			text += conn + " S: * OK [" + c + "] x\n"
		}
		return text + conn + " S: " + tag + " OK [READ-WRITE] done\n"
	}
	removes := func(conn string) string {
		return conn + " C: f UID FETCH 29 FLAGS\n" + conn + " S: * 9 FETCH (UID 29 FLAGS ())\n" + conn + " S: f OK done\n" + conn + " C: x EXPUNGE\n" + conn + " S: * 9 EXPUNGE\n" + conn + " S: x OK done\n"
	}
	shows := func(conn string) string {
		return conn + " C: g UID FETCH 29 FLAGS\n" + conn + " S: * 9 FETCH (UID 29 FLAGS ())\n" + conn + " S: g OK done\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"STATUS after STATUS", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + stat("1", "a2", "saved", "UIDNEXT 40 UIDVALIDITY 7"), "S044 error"},
		{"STATUS after STATUS, without UIDVALIDITY", one + stat("1", "a1", "saved", "UIDNEXT 50") + stat("1", "a2", "saved", "UIDNEXT 40"), "S044 warning"},
		{"once, not for all that follows", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + stat("1", "a2", "saved", "UIDNEXT 40 UIDVALIDITY 7") + stat("1", "a3", "saved", "UIDNEXT 40 UIDVALIDITY 7"), "S044 error"},
		{"SELECT after STATUS", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7 HIGHESTMODSEQ 9") + selects("1", "a2", "saved", "UIDVALIDITY 7", "UIDNEXT 50", "HIGHESTMODSEQ 8"), "S043 error"},
		{"STATUS after SELECT, INBOX in another case", one + selects("1", "a2", "INBOX", "UIDVALIDITY 7", "UIDNEXT 50") + stat("1", "a1", "inbox", "UIDNEXT 49 UIDVALIDITY 7"), "S044 error"},
		{"a code while the mailbox is selected", one + selects("1", "a2", "INBOX", "UIDVALIDITY 7", "HIGHESTMODSEQ 50") + "1 C: n NOOP\n1 S: n OK [HIGHESTMODSEQ 49] done\n1 C: q LOGOUT\n1 S: * BYE x\n1 S: q OK x\n1 # closed by the client\n", "S043 error"},
		{"APPENDUID, then a lower UIDNEXT", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + "1 C: a2 APPEND saved {1+}\\x0d\\x0ax\n1 S: a2 OK [APPENDUID 7 50] done\n" + stat("1", "a3", "saved", "UIDNEXT 50 UIDVALIDITY 7"), "S044 error"},
		{"on another connection", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7 HIGHESTMODSEQ 9") + two + stat("2", "a1", "saved", "UIDNEXT 40 UIDVALIDITY 7 HIGHESTMODSEQ 8"), "S043 error, S044 error"},
		{"another user's mailbox", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + other + stat("2", "a1", "saved", "UIDNEXT 40 UIDVALIDITY 6"), ""},
		{"a user who was not seen", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + unseen + stat("2", "a1", "saved", "UIDNEXT 40 UIDVALIDITY 6"), ""},
		{"commands that overlap", one + two + "1 C: a1 STATUS saved (UIDNEXT)\n" + stat("2", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + "1 S: * STATUS saved (UIDNEXT 49 UIDVALIDITY 6)\n1 S: a1 OK done\n", ""},
		{"a session that was not informed yet", one + two + selects("1", "a1", "saved", "UIDVALIDITY 7", "HIGHESTMODSEQ 50") + stat("2", "a1", "saved", "UIDVALIDITY 7 HIGHESTMODSEQ 60") + "1 C: a2 NOOP\n1 S: a2 OK [HIGHESTMODSEQ 55] done\n", ""},
		{"a mailbox that was recreated", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + "1 C: a2 DELETE saved\n1 S: a2 OK done\n1 C: a3 CREATE saved\n1 S: a3 OK done\n" + stat("1", "a4", "saved", "UIDNEXT 1 UIDVALIDITY 5"), ""},
		{"a mailbox that was renamed to it", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + "1 C: a2 DELETE saved\n1 S: a2 OK done\n1 C: a3 RENAME old saved\n1 S: a3 OK done\n" + stat("1", "a4", "saved", "UIDNEXT 1 UIDVALIDITY 5"), ""},
		{"UIDVALIDITY goes back", one + stat("1", "a1", "saved", "UIDNEXT 50 UIDVALIDITY 7") + two + stat("2", "a1", "saved", "UIDNEXT 40 UIDVALIDITY 6"), "S052 error"},
		{"UIDVALIDITY changes", one + selects("1", "a1", "saved", "UIDVALIDITY 7", "UIDNEXT 50") + two + selects("2", "a1", "saved", "UIDVALIDITY 8", "UIDNEXT 1"), "S053 note"},
		{"UIDVALIDITY changes while another session has the mailbox open", one + selects("1", "a1", "saved", "UIDVALIDITY 7", "UIDNEXT 50") + two + selects("2", "a1", "saved", "UIDVALIDITY 8", "UIDNEXT 1") + "1 C: n NOOP\n1 S: n OK [HIGHESTMODSEQ 3] x\n", "S053 note"},
		{"an identifier that is used again after another SELECT", one + selects("1", "a1", "saved", "UIDVALIDITY 7") + removes("1") + selects("1", "a2", "saved", "UIDVALIDITY 7") + shows("1"), "S040 error"},
		{"an identifier that is used again on another connection", one + selects("1", "a1", "saved", "UIDVALIDITY 7") + removes("1") + two + selects("2", "a1", "saved", "UIDVALIDITY 7") + shows("2"), "S040 error"},
		{"an identifier that VANISHED freed", one + "1 C: e ENABLE QRESYNC\n1 S: * ENABLED QRESYNC\n1 S: e OK done\n" + selects("1", "a1", "saved", "UIDVALIDITY 7") + "1 C: x NOOP\n1 S: * VANISHED 28:30\n1 S: x OK done\n" + two + selects("2", "a1", "saved", "UIDVALIDITY 7") + shows("2"), "S040 error"},
		{"an expunged message in a session that was there before", one + two + selects("2", "a1", "saved", "UIDVALIDITY 7") + selects("1", "a1", "saved", "UIDVALIDITY 7") + removes("1") + shows("2"), ""},
		{"an identifier under another UIDVALIDITY", one + selects("1", "a1", "saved", "UIDVALIDITY 7") + removes("1") + two + selects("2", "a1", "saved", "UIDVALIDITY 8") + shows("2"), "S053 note"},
		{"an identifier in a mailbox that was recreated", one + selects("1", "a1", "saved", "UIDVALIDITY 7") + removes("1") + "1 C: c CLOSE\n1 S: c OK done\n1 C: a2 DELETE saved\n1 S: a2 OK done\n1 C: a3 CREATE saved\n1 S: a3 OK done\n" + selects("1", "a4", "saved", "UIDVALIDITY 7") + shows("1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := playConns(t, c.text, Options{Disable: []string{"C017"}})
			if got := summary(list); got != c.want {
				t.Errorf("%s; want %s\n%s", got, c.want, lines(list))
			}
		})
	}
}
