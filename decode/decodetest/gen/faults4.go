package gen

import (
	"time"

	"imapscope/capture"
)

// Parts of transcripts: what a server says about itself, and a mailbox that is selected.
const (
	listed = "C: {tag3} CAPABILITY\nS: * CAPABILITY IMAP4rev1 LITERAL+ IDLE\nS: {tag3} OK done\n"
	box4   = "S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 4 EXISTS\nS: * 0 RECENT\n"
)

// says returns a transcript of a server that says in ID what it is.
func says(name string) string {
	return "C: {tag3} ID NIL\nS: * ID (\"name\" \"" + name + "\")\nS: {tag3} OK done\n"
}

// opens returns a transcript of a SELECT with a code and a UIDVALIDITY.
func opens(tag, code string) string {
	return "C: " + tag + " SELECT saved\n" + box4 + "S: * OK [UIDVALIDITY 7] x\nS: * OK " + code + " x\nS: " + tag + " OK done\n"
}

// reports returns a transcript of a STATUS of the same mailbox.
func reports(tag, figures string) string {
	return "C: " + tag + " STATUS saved (UIDNEXT)\nS: * STATUS saved (" + figures + ")\nS: " + tag + " OK done\n"
}

// asks returns the beginning of a transcript of an AUTHENTICATE with one response.
func asks(mechanism, response string) string {
	return "C: {tag} AUTHENTICATE " + mechanism + "\nS: + \nC: " + response + "\n"
}

// structure returns a transcript of a FETCH of a body structure.
func structure(body string) string {
	return "C: {tag} FETCH {n} BODYSTRUCTURE\nS: * {n} FETCH (BODYSTRUCTURE " + body + ")\nS: {tag} OK done"
}

// imap4Clients are the faults of clients that came with IMAP4.
var imap4Clients = []Fault{
	{Rule: "C022", From: rev1, Also: []string{"C025"}, Texts: []string{"C: {tag} UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0)\nS: {tag} BAD invalid", "C: {tag} FETCH {n} (FLAGS) (CHANGEDSINCE 000)\nS: {tag} OK done"}},
	{Rule: "C023", From: rev1, Texts: []string{
		"C: {tag} UID FETCH 900 UID\nC: {tag2} STORE {n} +FLAGS (\\Seen)\nS: {tag} OK done\nS: {tag2} NO no",
		"C: {tag} COPY {n} {word}\nC: {tag2} COPY {exists} {word}\nS: {tag} NO no\nS: {tag2} NO no", "C: {tag} CHECK\nC: {tag2} FETCH {n} UID\nS: {tag} OK done\nS: {tag2} NO no",
	}},
	{Rule: "C024", From: rev1, Removes: 1, Also: []string{"C023"}, Texts: []string{"C: {tag} NOOP\nC: {tag2} STORE {exists} +FLAGS (\\Seen)\nS: * {exists} EXPUNGE\nS: {tag} OK done\nS: {tag2} NO no"}},
	{Rule: "C025", From: rev1, Texts: []string{listed + "C: {tag} UID MOVE 900 {word}\nS: {tag} BAD what", listed + "C: {tag} UNSELECT\nS: {tag} BAD what"}},
	{Rule: "C026", From: rev1, When: BeforeLogin, Also: []string{"C026"}, Texts: []string{"C: {tag} CAPABILITY\nS: * CAPABILITY IMAP4rev1 LITERAL+ IDLE LOGINDISABLED\nS: {tag} OK done\nC: {tag2} LOGIN fred secret\nS: {tag2} NO not in the clear"}},
	{Rule: "C027", From: rev1, Texts: []string{"C: {tag} IDLE\nS: + go\n# 31m\nC: DONE\nS: {tag} OK done"}},
	{Rule: "C028", From: rev1, Texts: []string{"C: {tag} CREATE \"Entw\\xc3\\xbcrfe\"\nS: {tag} NO no", "C: {tag} CREATE \"a&b\"\nS: {tag} NO no", "C: {tag} CREATE \"a&AGE-\"\nS: {tag} NO no"}},
	{Rule: "C029", From: rev1, Also: []string{"C029"}, Texts: []string{"C: {tag} LIST \"\" \"\"\nS: * LIST (\\Noselect) \".\" \"\"\nS: {tag} OK done\nC: {tag2} STATUS INBOX/{word} (MESSAGES)\nS: {tag2} NO no"}},
	{Rule: "C030", From: rev1, Also: []string{"C030"}, Texts: []string{"C: {tag} NAMESPACE\nS: * NAMESPACE ((\"INBOX/\" \"/\")) NIL NIL\nS: {tag} OK done\nC: {tag2} CREATE {word}\nS: {tag2} NO no"}},
	{Rule: "C031", From: rev1, When: BeforeLogin, Texts: []string{asks("OAUTHBEARER", "bixhPWZyZWQsAWF1dGg9QmVhcmVyIGV5SmhiR2NpT2lBaWJtOXVaU0o5LmV5SmxlSEFpT2lBek1UVTFNekk0TURCOS5lQQEB") + "S: {tag} NO no"}},
	{Rule: "C032", From: rev1, When: BeforeLogin, Texts: []string{asks("XOAUTH2", "dXNlcj1mcmVkAWF1dGg9QmVhcmVyIHgBAQ==") + "S: + eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZXhhbXBsZS8ifQ==\nC: \nS: {tag} NO no"}},
	{Rule: "C033", From: rev1, When: BeforeLogin, Texts: []string{asks("SCRAM-SHA-256", "biwsbj1mcmVkLHI9YWJjZA==") + "S: + ZT11bmtub3duLXVzZXI=\nC: *\nS: {tag} BAD no"}},
	{Rule: "C034", From: rev1, When: BeforeLogin, Texts: []string{asks("PLAIN", "ZnJlZA==") + "S: {tag} NO no", asks("XOAUTH2", "dXNlcj1mcmVkXkFhdXRoPUJlYXJlciB4XkFeQQ==") + "S: {tag} NO no"}},
	{Rule: "C035", From: rev1, Texts: []string{listed + "C: {tag} SUBSCRIBE {4+}\n# 31s\nC: abcd\nS: {tag} OK done"}},
	{Rule: "C101", From: rev1, Texts: []string{"C: {tag} SUBSCRIBE {word}/\nS: {tag} NO no"}},
	{Rule: "E007", From: rev1, Texts: []string{listed + "C: {tag} SUBSCRIBE {4}\nS: + go\nC: abcd\nS: {tag} OK done"}},
	{Rule: "N009", When: AtGreeting, Texts: []string{"C| \\x16\\x03\\x01\\x00\\x05hello\nS: * OK {hello}", "S: * OK {hello}\nC| \\x16\\x03\\x01\\x00\\x05hello"}},
	{Rule: "N010", When: AtGreeting, Texts: []string{"C: {tag} CAPABILITY\nS| \\x15\\x03\\x01\\x00\\x02\\x02F"}},
	{Rule: "N011", From: rev1, When: BeforeLogin, Texts: []string{"C: {tag} CAPABILITY\nS: * CAPABILITY IMAP4rev1 LITERAL+ IDLE STARTTLS\nS: {tag} OK done\n" + listed}, Also: []string{"N011"}},
	{Rule: "N012", From: rev1, When: BeforeLogin, Texts: []string{"C: {tag} STARTTLS\nS: {tag} BAD what", "C: {tag} STARTTLS\nS: {tag} NO no certificate"}},
	{Rule: "N013", From: rev1, When: AtEnd, Opens: true, First: server, Cause: capture.RST, Wait: time.Second, Texts: []string{"C: {tag} IDLE\nS: + go\n# 20m\nC: DONE"}},
	{Rule: "N013", From: rev1, When: AtEnd, Opens: true, First: server, Cause: capture.RST, Wait: 15 * time.Minute, Texts: []string{"C: {tag} IDLE\nS: + go"}},
}

// imap4Servers are the faults of servers that came with IMAP4.
var imap4Servers = []Fault{
	{Rule: "S013", From: rev1, When: FreshBox, Also: []string{"S017", "S029"}, Texts: []string{"C: {tag} FETCH {n} BODY[]\nS: * {n} FETCH (BODY[] {4}\nS| abcd\nS: \nS: walrus)\nS: {tag} OK done"}},
	{Rule: "S036", From: rev1, When: FreshBox, Also: []string{"S013", "S017", "S029", "S005"}, Texts: []string{"C: {tag} FETCH {n} BODY[]\nS: * {n} FETCH (BODY[] {27}\nS: walrus)\nS: {tag} OK walrusbarleyjuniperzitherquince"}},
	{Rule: "S038", From: rev1, When: FreshBox, Texts: []string{"C: {tag} UID FETCH 900:901 UID\nS: * {n} FETCH (UID 901)\nS: * {exists} FETCH (UID 900)\nS: {tag} OK done"}},
	{Rule: "S039", From: rev1, When: FreshBox, Texts: []string{"C: {tag} UID FETCH 900 UID\nS: * {n} FETCH (UID 900)\nS: * {exists} FETCH (UID 900)\nS: {tag} OK done"}},
	{Rule: "S040", From: rev1, When: FreshBox, Texts: []string{
		"C: {tag} UID FETCH 900 UID\nS: * {n} FETCH (UID 900)\nS: * {n} FETCH (UID 901)\nS: {tag} OK done",
		"C: {tag} UID FETCH 900 UID\nS: * {exists} FETCH (UID 900)\nS: {tag} OK done\nC: {tag2} NOOP\nS: * {exists} EXPUNGE\nS: * {exists} EXISTS\nS: {tag2} OK done\nC: {tag3} UID FETCH 900 UID\nS: * {exists} FETCH (UID 900)\nS: {tag3} OK done",
	}},
	{Rule: "S041", From: rev1, When: FreshBox, Texts: []string{
		opens("{tag}", "[UIDNEXT 20]") + "C: {tag2} UID FETCH 20:* UID\nS: * 3 FETCH (UID 22)\nS: {tag2} OK done",
		opens("{tag}", "[UIDNEXT 20]") + "C: {tag2} UID FETCH 1:* UID\nS: * 5 EXISTS\nS: * 5 FETCH (UID 19)\nS: {tag2} OK done",
	}},
	{Rule: "S042", From: rev1, Texts: []string{"C: {tag} UID COPY 901:903 {word}\nS: {tag} OK [COPYUID 7 901:903 4:5] done", "C: {tag} APPEND {word} {4+}\nC: abcd\nS: {tag} OK [APPENDUID 7 4:5] done"}},
	{Rule: "S043", From: rev1, When: FreshBox, Texts: []string{opens("{tag}", "[HIGHESTMODSEQ 500]") + opens("{tag2}", "[HIGHESTMODSEQ 400]"), reports("{tag}", "UIDVALIDITY 7 HIGHESTMODSEQ 500") + opens("{tag2}", "[HIGHESTMODSEQ 400]")}},
	{Rule: "S044", From: rev1, When: FreshBox, Texts: []string{opens("{tag}", "[UIDNEXT 500]") + opens("{tag2}", "[UIDNEXT 400]"), reports("{tag}", "UIDVALIDITY 7 UIDNEXT 500") + reports("{tag2}", "UIDVALIDITY 7 UIDNEXT 400")}},
	{Rule: "S045", From: rev1, When: FreshBox, Also: []string{"S046"}, Texts: []string{"C: {tag} UID EXPUNGE 900\nS: * VANISHED 900\nS: {tag} OK done", "S: * VANISHED 900"}},
	{Rule: "S046", From: rev1, Removes: 1, Texts: []string{"S: * {exists} EXPUNGE"}},
	{Rule: "S047", From: rev1, Texts: []string{
		structure(`("text" "plain" NIL NIL NIL NIL 4 1)`), structure(`("text" "plain" NIL NIL "" "7bit" 4)`), structure(`("text" "plain" ("charset") NIL NIL "7bit" 4 1)`),
		structure(`("text" "plain"("charset" "utf-8") NIL NIL "7bit" 4 1)`), structure(`("text" "plain" NIL NIL """" "7bit" 4 1)`), structure(`("text" NIL NIL NIL NIL "7bit" 4 1)`),
	}},
	{Rule: "S048", From: rev1, When: FreshBox, Texts: []string{
		"C: {tag} FETCH {n} (BODYSTRUCTURE BODY[1])\nS: * {n} FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 9 1) BODY[1] \"abcd\")\nS: {tag} OK done",
		"C: {tag} FETCH {n} (BODYSTRUCTURE BODY[2])\nS: * {n} FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 1) BODY[2] \"abcd\")\nS: {tag} OK done",
		"C: {tag} FETCH {n} (BODYSTRUCTURE BODY[1])\nS: * {n} FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 4 7) BODY[1] \"abcd\")\nS: {tag} OK done",
	}},
	{Rule: "S049", From: rev1, Texts: []string{"C: {tag} LIST \"\" *\nS: * LIST () \"/\" \"Entw\\xc3\\xbcrfe\"\nS: {tag} OK done", "C: {tag} LIST \"\" *\nS: * LIST () \"/\" \"a & b\"\nS: {tag} OK done"}},
	{Rule: "S050", From: rev1, Texts: []string{"C: {tag} UID SEARCH CHARSET KOI8-R SUBJECT x\nS: {tag} NO [BADCHARSET (US-ASCII UTF-8)] unknown"}},
	{Rule: "S051", From: rev1, Texts: []string{"C: {tag} UID COPY 900 {word}\nS: {tag} NO [OVERQUOTA] full", "C: {tag} CREATE {word}\nS: {tag} NO [INUSE] locked"}},
	{Rule: "S052", From: rev1, When: FreshBox, Texts: []string{reports("{tag}", "UIDNEXT 5 UIDVALIDITY 9") + opens("{tag2}", "[UIDNEXT 500]")}},
	{Rule: "S053", From: rev1, When: FreshBox, Texts: []string{opens("{tag}", "[UIDNEXT 5]") + reports("{tag2}", "UIDNEXT 5 UIDVALIDITY 9")}},
	{Rule: "S055", From: rev1, When: BeforeLogin, Texts: []string{"C: {tag} LOGIN fred x\nS: {tag} NO [LIMIT] Too many open connections", "C: {tag} NOOP\nS: {tag} NO connection limit exceeded"}, Also: []string{"S051"}},
	{Rule: "S054", From: rev1, When: BeforeLogin, Texts: []string{asks("XOAUTH2", "dXNlcj1mcmVkAWF1dGg9QmVhcmVyIHgBAQ==") + "S: + e30=\nC: \nS: {tag} NO no"}},
}

// catalogue are the faults that are known of programs.
var catalogue = []Fault{
	{Rule: "C102", From: rev1, When: LoggedIn, Texts: []string{"C: {tag} SELECT Sent {word}\nS: {tag} NO no such mailbox", "C: {tag} SUBSCRIBE {word} {word}\nS: {tag} BAD what"}},
	{Rule: "C103", From: rev1, Also: []string{"S005", "C027", "C023"}, Texts: []string{"C: {tag} IDLE\nS: + go\nC: {tag2} NOOP\nS: {tag2} OK done\nC: DONE\nS: {tag} OK done"}},
	{Rule: "C104", From: rev1, Texts: []string{"C: {tag} IDLE\nS: + go\nC: DONE\nS: {tag} OK done\nC: DONE\nS: DONE BAD what"}},
	{Rule: "C105", From: rev1, Texts: []string{"C: {tag} NOOP\nS: {tag} OK done\nC: "}},
	{Rule: "C106", From: rev1, When: AtEnd, First: client, Wait: 30 * time.Second, Also: []string{"C002", "C016"}, Texts: []string{"C: {tag} AUTHENTICATE XOAUTH2\nS: + \nC: dXNlcj1mcmVkAWF1dGg9QmVhcmVyIHgBAQ==\nS: + eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZXhhbXBsZS8ifQ=="}},
	{Rule: "C107", From: rev1, When: FreshBox, Texts: []string{"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 0 EXISTS\nS: * 0 RECENT\nS: {tag} OK done\nC: {tag2} FETCH 1:* FLAGS\nS: {tag2} BAD none"}},
	{Rule: "C108", From: rev1, Texts: []string{"C: {tag} UID SEARCH SUBJECT {5+}\nC| gr\\xc3\\xbcn\nC: \nS: {tag} BAD what"}},
	{Rule: "S101", From: rev1, Texts: []string{says("Gimap") + "S: * OK [HIGHESTMODSEQ 501328]"}},
	{Rule: "S102", From: rev1, When: BeforeLogin, Texts: []string{says("Gimap") + "C: {tag} LOGIN fred x\nS: {tag} NO [ALERT] Too many simultaneous connections. (Failure)"}},
	{Rule: "S103", From: rev1, When: BeforeLogin, Texts: []string{says("Gimap") + "C: {tag} LOGIN fred x\nS: {tag} NO [ALERT] Please log in via your web browser: https://a.example"}},
	{Rule: "S104", From: rev1, When: BeforeLogin, Texts: []string{says("Gimap") + "C: {tag} LOGIN fred x\nS: {tag} NO [ALERT] Application-specific password required"}},
	{Rule: "S105", From: rev1, When: LoggedIn, Texts: []string{says("Microsoft Exchange") + "C: {tag} NOOP\nS: {tag} BAD User is authenticated but not connected."}},
	{Rule: "S106", From: rev1, Also: []string{"S017"}, Texts: []string{"C: {tag} UID COPY 900 {word}\nS: {tag} OK [COPYUID 14  ] done"}},
	{Rule: "S107", From: rev1, When: BeforeLogin, Texts: []string{"C: {tag} LOGIN fred x\nS: {tag} NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)"}},
	{Rule: "S108", From: rev1, Texts: []string{"C: {tag} SEARCH ALL\nS: * SEARCH {n} \nS: {tag} OK done"}},
	{Rule: "S109", From: rev1, When: FreshBox, Texts: []string{says("iCloud") + "C: {tag} UID FETCH 900 RFC822\nS: * {n} FETCH (UID 900)\nS: {tag} OK done"}},
	{Rule: "S110", From: rev1, Texts: []string{says("DavMail") + "C: {tag} NOOP\nS: *  {exists} EXISTS\nS: {tag} OK done"}},
	{Rule: "S111", From: rev1, When: FreshBox, Texts: []string{"C: {tag} FETCH {n} UID\nS: * {n} FETCH (UID 900 )\nS: {tag} OK done"}, Also: []string{"S017"}},
	{Rule: "S112", From: rev1, When: FreshBox, Also: []string{"C025"}, Texts: []string{"C: {tag} FETCH {n} (FLAGS) (CHANGEDSINCE 4)\nS: * {n} FETCH (FLAGS (\\Seen))\nS: {tag} OK done"}},
	{Rule: "S113", From: rev1, When: FreshBox, Also: []string{"S017"}, Texts: []string{says("Domino IMAP4") + "C: {tag} FETCH {n} (UID ENVELOPE)\nS: * {n} FETCH (UID 900 (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)))\nS: {tag} OK done"}},
	{Rule: "S114", From: rev1, Also: []string{"S047"}, Texts: []string{structure(`("multipart" "related" ("boundary" "x") NIL NIL "7BIT" 400 NIL NIL NIL NIL)`)}},
	{Rule: "S115", From: rev1, Also: []string{"S047"}, Texts: []string{structure(`("text" "plain" NIL NIL NIL "7BIT" -1 1 NIL NIL NIL NIL)`)}},
	{Rule: "S116", From: rev1, Texts: []string{"C: {tag} STATUS {word} (MESSAGES)\nS: * STATUS {word} ()\nS: {tag} OK done"}},
	{Rule: "S117", From: rev1, Texts: []string{"C: {tag} STATUS {word} (MESSAGES)\nS: * STATUS {word} (MESSAGES 4) \nS: {tag} OK done"}},
	{Rule: "S118", From: rev1, Texts: []string{"C: {tag} SUBSCRIBE {4}\nS: +\nC: abcd\nS: {tag} OK done"}},
	{Rule: "S119", From: rev1, Also: []string{"C025"}, Texts: []string{"C: {tag} UID SEARCH RETURN () MODSEQ 28\nS: * ESEARCH (TAG \"{tag}\") UID ALL 900 (MODSEQ 29)\nS: {tag} OK done"}},
	{Rule: "S120", From: rev1, When: AtEnd, First: server, Texts: []string{"C: {tag} LOGOUT\nS: * BYE\nS: {tag} OK done"}},
	{Rule: "S121", From: rev1, When: FreshBox, Also: []string{"S014"}, Texts: []string{says("Microsoft Exchange") + "C: {tag} FETCH {n} (RFC822.SIZE BODY[])\nS: * {n} FETCH (RFC822.SIZE 99 BODY[] {4}\nS: 1234)\nS: {tag} OK done"}},
	{Rule: "S122", From: rev1, Texts: []string{"C: {tag} NOOP\nS: {tag} NO Request is throttled. Suggested Backoff Time: 299910 milliseconds"}},
	{Rule: "S123", From: rev1, Texts: []string{"C: {tag} NOOP\nS: {tag} OK Success [THROTTLED]"}},
}
