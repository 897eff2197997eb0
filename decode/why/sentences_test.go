package why

import (
	"fmt"
	"strings"
)

const in4 = "S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\nC: l LOGIN fred x\nS: l OK done\n"

const inINBOX = in4 + "C: s SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\nS: * 50 EXISTS\nS: * 0 RECENT\nS: * OK [UIDVALIDITY 7] x\nS: s OK [READ-WRITE] done\n"

// oneByOne is a client that fetches one message after another, each in so many
// milliseconds, after so many of its own.
func oneByOne(n, waits, thinks int) string {
	var b strings.Builder
	b.WriteString(inINBOX)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "C: a%d FETCH %d FLAGS\n# %dms later\nS: * %d FETCH (FLAGS (\\Seen))\nS: a%d OK done\n# %dms later\n", i, i, waits, i, i, thinks)
	}
	return b.String()
}

var sentences = []struct {
	name, kind, text string
	want             string // part of the sentence; empty: nothing is said
	verdict          Verdict
}{
	{"a wrong password", "login", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO [AUTHENTICATIONFAILED] wrong\n", `does not accept the name or the password of "fred": it answered LOGIN NO "[AUTHENTICATIONFAILED] wrong"`, User},
	{"a server that cannot log anyone in", "login", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO [INUSE] later\n", "", ""},
	{"a login that the server does not know", "login", "# greeted\nC: a1 LOGIN fred x\nS: a1 BAD what\n", "it answered LOGIN BAD", Client},
	{"a wrong password, and then the right one", "login", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO wrong\nC: a2 LOGIN fred y\nS: a2 OK done\n", "", ""},
	{"an exchange that the client broke off", "login", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: a1 AUTHENTICATE PLAIN\nS: + \nC: *\nS: a1 BAD cancelled\n", "", ""},
	{"a mailbox that is refused", "login", in4 + "C: a1 SELECT x\nS: a1 NO no such mailbox\n", "", ""},
	{"LOGIN where it is forbidden", "login", "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\nC: a1 LOGIN fred x\nS: a1 NO not without TLS\n", `it had listed LOGINDISABLED; it answered LOGIN NO "not without TLS"`, Client},
	{"a limit is no wrong password", "login", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO Too many connections\n", "", ""},
	{"a server that lacks something", "bye", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO [INUSE] later\n", "The server cannot do this at present", Server},
	{"a server that lacks something, and then has it", "bye", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO [UNAVAILABLE] later\nC: a2 LOGIN fred x\nS: a2 OK done\n", "", ""},
	{"a limit at the login", "bye", "# greeted\nC: a1 LOGIN fred x\nS: a1 NO Too many connections\n", "There are too many connections", Client},

	{"IDLE that is deaf", "idle", in4 + "C: a1 IDLE\nS: + go\n# 25m later\nC: DONE\n# 60s later\n# closed by the client\n", `waited for 26 min; the server's last word was its "+", at the beginning; then the client's next line had no answer for 60.0 s`, Network},
	{"IDLE with news", "idle", in4 + "C: a1 IDLE\nS: + go\n# 25m later\nS: * 9 EXISTS\nC: DONE\nS: a1 OK done\n", "", ""},
	{"IDLE that is long, and answered", "idle", in4 + "C: a1 IDLE\nS: + go\n# 31m later\nC: DONE\nS: a1 OK done\n", "", ""},
	{"IDLE at the end of the capture", "idle", in4 + "C: a1 IDLE\nS: + go\n# 25m later\n", "", ""},
	{"IDLE that the server ended", "idle", in4 + "C: a1 IDLE\nS: + go\n# 31m later\nS: * BYE timeout\n# closed by the server\n", `ended IDLE after 31 min, BYE with "timeout"`, Client},

	{"IDLE that the server ended, in a log that ends there", "idle", in4 + "C: a1 IDLE\nS: + go\n# 31m later\nS: * BYE timeout\n", `ended IDLE after 31 min, BYE with "timeout"`, Client},
	{"a limit whose connections are elsewhere", "bye", "S: * BYE Too many connections\n# closed by the server\n", `There are too many connections; the others are not in this recording; it said BYE`, Client},

	{"BYE in the first line", "bye", "S: * BYE busy\n# closed by the server\n", `refused the connection in its first line, BYE with "busy"`, Server},
	{"autologout", "bye", in4 + "# 30m later\nS: * BYE Autologout\n# closed by the server\n", "silent for 30 min", Client},
	{"a shutdown", "bye", in4 + "S: * BYE shutting down\n# closed by the server\n", `is stopping or restarting, and ended the connection: BYE with "shutting down"`, Server},
	{"BYE to LOGOUT", "bye", in4 + "C: a1 LOGOUT\nS: * BYE bye\nS: a1 OK done\n# closed by the server\n", "", ""},
	{"a mail that quotes BYE", "bye", inINBOX + "C: a1 FETCH 1 BODY[TEXT]\nS: * 1 FETCH (BODY[TEXT] {8}\nS: * BYE x\nS| )\\x0d\\x0a\nS: a1 OK done\n", "", ""},
	{"a client that leaves without LOGOUT", "bye", in4 + "# closed by the client\n", "", ""},
	{"a server that dies", "bye", inINBOX + "C: a1 FETCH 1 FLAGS\n# reset by the server\n", "The server left while a command was waiting", Server},

	{"a fetch for each message", "slow", oneByOne(30, 100, 1), "30 FETCH commands one after the other", Client},
	{"a fast server", "slow", oneByOne(30, 1, 1), "", ""},
	{"a user who reads", "slow", oneByOne(30, 100, 900), "", ""},
	{"a few messages", "slow", oneByOne(9, 300, 1), "", ""},
	{"a search that takes long", "slow", inINBOX + "C: a1 SEARCH TEXT x\n# 12s later\nS: * SEARCH 1\nS: a1 OK done\n", "until it began to answer SEARCH", Server},
	{"IDLE takes long", "slow", in4 + "C: a1 IDLE\n# 12s later\nS: + go\n# 12s later\nC: DONE\nS: a1 OK done\n", "", ""},
	{"a login that is delayed", "slow", "# greeted\nC: a1 LOGIN fred x\n# 8s later\nS: a1 NO wrong\n", "", ""},

	{"UIDVALIDITY that changes", "uids", inINBOX + "C: a1 STATUS INBOX (UIDVALIDITY)\nS: * STATUS INBOX (UIDVALIDITY 9)\nS: a1 OK done\n", `UIDVALIDITY of "INBOX" from 7 to 9`, Server},
	{"UIDVALIDITY of two mailboxes", "uids", inINBOX + "C: a1 STATUS x (UIDVALIDITY)\nS: * STATUS x (UIDVALIDITY 9)\nS: a1 OK done\n", "", ""},
	{"a mailbox that the client made again", "uids", in4 + "C: a STATUS x (UIDVALIDITY)\nS: * STATUS x (UIDVALIDITY 7)\nS: a OK done\nC: b DELETE x\nS: b OK done\nC: c CREATE x\nS: c OK done\nC: d STATUS x (UIDVALIDITY)\nS: * STATUS x (UIDVALIDITY 9)\nS: d OK done\n", "", ""},
	{"UIDVALIDITY that stays", "uids", inINBOX + "C: a1 STATUS INBOX (UIDVALIDITY)\nS: * STATUS INBOX (UIDVALIDITY 7)\nS: a1 OK done\n", "", ""},

	{"a name outside modified UTF-7", "names", in4 + "C: a1 SELECT \"Entw\\xc3\\xbcrfe\"\nS: a1 NO no\n", `must be written "Entw&APw-rfe"`, Client},
	{"a name that is not there", "names", in4 + "C: a1 SELECT Drafts\nS: a1 NO no such mailbox\n", "", ""},
	{"a name in modified UTF-7", "names", in4 + "C: a1 SELECT Entw&APw-rfe\nS: a1 NO no such mailbox\n", "", ""},
	{"another delimiter, without harm", "names", in4 + "C: a1 LIST \"\" *\nS: * LIST () \"/\" Work/2020\nS: a1 OK done\nC: a2 CREATE Work.2021\nS: a2 OK done\n", "", ""},

	{"no greeting", "hang", "C: a1 NOOP\n# 30s later\n# closed\n", "never greeted", Server},
	{"a server that closes at once", "hang", "# closed by the server\n", "never greeted", Server},
	{"a client that leaves at once", "hang", "# closed by the client\n", "", ""},
	{"a command that is never answered", "hang", inINBOX + "C: a1 FETCH 1 FLAGS\n# 90s later\n# closed by the client\n", "never answered", Server},
	{"a client that logs out after a long silence", "hang", inINBOX + "C: a1 FETCH 1 FLAGS\n# 90s later\nC: a2 LOGOUT\n", "never answered FETCH (a1): nothing came for 90.0 s, until the client sent LOGOUT", Server},
	{"an answer after LOGOUT", "hang", inINBOX + "C: a1 FETCH 1 FLAGS\n# 90s later\nC: a2 LOGOUT\nS: * 1 FETCH (FLAGS ())\nS: a1 OK done\nS: * BYE x\nS: a2 OK done\n", "", ""},
	{"a client that quits at once", "hang", inINBOX + "C: a1 FETCH 1 FLAGS\n# closed by the client\n", "", ""},
	{"a capture that ends too soon", "hang", inINBOX + "C: a1 FETCH 1 FLAGS\n# 20s later\n", "", ""},
	{"LOGOUT without its OK", "hang", in4 + "C: a1 LOGOUT\nS: * BYE x\n# 30s later\n# closed\n", "", ""},

	{"a mailbox that is read-only", "flags", in4 + "C: s EXAMINE INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 50 EXISTS\nS: * 0 RECENT\nS: s OK [READ-ONLY] done\nC: a1 STORE 1 +FLAGS (\\Seen)\nS: a1 NO read-only\n", "open read-only", Client},
	{"a flag that was set", "flags", inINBOX + "C: a1 STORE 1 +FLAGS (\\Seen)\nS: * 1 FETCH (FLAGS (\\Seen))\nS: a1 OK done\n", "", ""},
	{"a flag that another client took", "flags", inINBOX + "C: a1 NOOP\nS: * 1 FETCH (FLAGS ())\nS: a1 OK done\n", "", ""},
	{"a keyword that the server accepts", "flags", inINBOX + "C: a1 STORE 1 +FLAGS ($Junk)\nS: * 1 FETCH (FLAGS ($Junk))\nS: a1 OK done\n", "", ""},

	{"a charset that is refused", "charset", inINBOX + "C: a1 SEARCH CHARSET KOI8-R TEXT x\nS: a1 NO [BADCHARSET (UTF-8)] unknown\n", "does not know the charset", Client},
	{"a charset that is known", "charset", inINBOX + "C: a1 SEARCH CHARSET UTF-8 TEXT x\nS: * SEARCH 1\nS: a1 OK done\n", "", ""},
	{"a search that finds nothing", "charset", inINBOX + "C: a1 SEARCH TEXT x\nS: * SEARCH\nS: a1 OK done\n", "", ""},
	{"a search that is refused for its dates", "charset", inINBOX + "C: a1 SEARCH SINCE yesterday\nS: a1 BAD no date\n", "", ""},

	{"EXPUNGE among FETCH", "numbers", inINBOX + "C: a1 FETCH 1:2 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: * 2 EXPUNGE\nS: a1 OK done\n", "removed a message while numbers were in use", Server},
	{"EXPUNGE in its own command", "numbers", inINBOX + "C: a1 EXPUNGE\nS: * 2 EXPUNGE\nS: a1 OK done\n", "", ""},
	{"a UID that is not there", "numbers", inINBOX + "C: a1 UID FETCH 999 FLAGS\nS: a1 OK done\n", "", ""},
	{"a number that does not exist", "numbers", inINBOX + "C: a1 STORE 99 +FLAGS (\\Seen)\nS: a1 BAD no\n", "names a message that does not exist", Client},

	{"a structure that breaks off", "structure", inINBOX + "C: a1 FETCH 1 BODYSTRUCTURE\nS: * 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" x 1))\nS: a1 OK done\n", "body structure breaks the grammar", Server},
	{"a structure with NILs", "structure", inINBOX + "C: a1 FETCH 1 BODYSTRUCTURE\nS: * 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 9 1 NIL NIL NIL NIL))\nS: a1 OK done\n", "", ""},

	{"STARTTLS refused", "tls", "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 STARTTLS\nS: a1 BAD unknown\n", "STARTTLS was refused", Network},
	{"TLS that the proxy's client refused", "tls", "# note TLS with the client: remote error: tls: unknown certificate authority\n# closed by the client\n", "did not agree on TLS", Client},
	{"TLS that the proxy's client began", "tls", "# note TLS with the client: TLS 1.3, TLS_AES_128_GCM_SHA256\nS: * OK ready\n# closed by the client\n", "", ""},
	{"plain text on a port of plain text", "tls", in4, "", ""},
}
