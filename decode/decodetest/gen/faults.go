package gen

import (
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// The dialects, in short.
const (
	imap2 = protocol.IMAP2
	bis   = protocol.IMAP2bis
	rev1  = protocol.IMAP4rev1
)

var clientFaults = []Fault{
	{Rule: "C001", When: AtGreeting, Texts: []string{"C: {tag} NOOP\nS: * OK {hello}\nS: {tag} OK done"}},
	{Rule: "C002", When: BeforeLogin, Texts: []string{"C: {tag} SELECT INBOX\nS: {tag} NO log in first", "C: {tag} CHECK\nS: {tag} BAD log in first"}},
	{Rule: "C002", When: LoggedIn, Texts: []string{"C: {tag} FETCH 1 FLAGS\nS: {tag} NO no mailbox", "C: {tag} LOGIN fred secret\nS: {tag} NO already in", "C: {tag} EXPUNGE\nS: {tag} BAD no mailbox"}},
	{Rule: "C003", When: BeforeLogin, Texts: []string{"C: {tag} FROB\nS: {tag} BAD what"}},
	{Rule: "C003", Texts: []string{"C: {tag} FROB {word}\nS: {tag} BAD what", "C: {tag} FETCHH {n} FLAGS\nS: {tag} BAD what"}},
	{Rule: "C004", To: bis, Texts: []string{
		"C: {tag} FETCH {n}\nS: {tag} BAD what", "C: {tag} NOOP {word}\nS: {tag} BAD what", "C: {tag} COPY {n}\nS: {tag} BAD to where",
		"C: {tag} STORE {n} FLAGS\nS: {tag} BAD which", "C: {tag} SEARCH\nS: {tag} BAD for what", "C: {tag}  CHECK\nS: {tag} BAD what", "C: {tag} FETCH {n} (FLAGS\nS: {tag} BAD open",
	}},
	{Rule: "C005", Texts: []string{"C: * NOOP\nS: * BAD no tag", "C: + CHECK\nS: * BAD no tag"}},
	{Rule: "C006", Texts: []string{"C: {tag} NOOP\nC: {tag} NOOP\nS: {tag} OK done\nS: {tag} OK done", "C: {tag} CHECK\nC: {tag} NOOP\nS: {tag} OK done\nS: {tag} OK done"}},
	{Rule: "C007", Texts: []string{"C: {tag} SEARCH SUBJECT {6}\nC: walrus\nS: + go\nS: {tag} OK done"}},
	{Rule: "C008", Texts: []string{"C: {tag} FETCH {beyond} FLAGS\nS: {tag} BAD no such message", "C: {tag} STORE {n}:{beyond} +FLAGS (\\Seen)\nS: {tag} NO no such message", "C: {tag} COPY 0 {word}\nS: {tag} BAD no such message"}},
	{Rule: "C009", To: bis, Texts: []string{"C: {tag} FETCH {exists}:1 FLAGS\nS: * 1 FETCH (FLAGS (\\Seen))\nS: {tag} OK done"}},
	{Rule: "C010", To: bis, Texts: []string{"C: {tag} STORE {n} +FLAGS \\Seen \\Deleted\nS: {tag} NO no"}},
	{Rule: "C011", To: bis, Texts: []string{"C: {tag} STORE {n} +FLAGS (\\Bogus)\nS: {tag} NO no such flag"}},
	{Rule: "C012", To: bis, Texts: []string{"C: {tag} SEARCH SUBJECT \"a%b\"\nS: {tag} OK done", "C: {tag} COPY {n} \"\"\nS: {tag} NO where", "C: {tag} SEARCH TEXT gr\\xc3\\xbcn\nS: {tag} OK none"}},
	{Rule: "C013", Texts: []string{"C\\ {tag} NOOP\nS: {tag} OK done", "C\\ {tag} FETCH {n} FLAGS\nS: * {n} FETCH (FLAGS (\\Seen))\nS: {tag} OK done"}},
	{Rule: "C014", Texts: []string{"C: {tag} SEARCH SUBJECT " + strings.Repeat("x", 1000) + "\nS: {tag} OK done"}},
	{Rule: "C015", When: FreshBox, Texts: []string{
		"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: {tag} OK [READ-ONLY] {word}\nC: {tag2} STORE 2 +FLAGS (\\Seen)\nS: {tag2} NO read-only",
		"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: {tag} OK [READ-ONLY] {word}\nC: {tag2} EXPUNGE\nS: {tag2} NO read-only",
	}},
	{Rule: "C018", To: imap2, Texts: []string{"C: {tag} CAPABILITY\nS: {tag} BAD what", "C: {tag} UID FETCH 1 FLAGS\nS: {tag} BAD what"}},
	{Rule: "C019", To: bis, Texts: []string{"C: {tag} SEARCH SUBJECT {word}\nS: * SEARCH {n}\nS: {tag} OK done", "C: {tag} SEARCH FROM {word}\nS: * SEARCH {n}\nS: {tag} OK done"}},
	{Rule: "C020", Texts: []string{"C: {tag} SEARCH SINCE yesterday\nS: {tag} NO when", "C: {tag} SEARCH BEFORE 91-5-7\nS: {tag} BAD when"}},
	{Rule: "C021", From: rev1, Texts: []string{"C: {tag} STATUS INBOX MESSAGES\nS: {tag} BAD parentheses", "C: {tag} LIST {word}\nS: {tag} BAD pattern"}},
}

var serverFaults = []Fault{
	{Rule: "S001", When: AtGreeting, To: imap2, Also: []string{"S029"}, Texts: []string{"S: ready", "S: IMAP2 {word} ready"}},
	{Rule: "S002", When: AtGreeting, To: imap2, Texts: []string{"S: * BAD {word}", "S: * NO {word}"}},
	{Rule: "S003", Texts: []string{"C: {tag} NOOP\nS: {tag} Noop complete"}, To: bis},
	{Rule: "S004", Texts: []string{"C: {tag} NOOP\nS: {tag}x OK done", "S: {tag2} OK done"}},
	{Rule: "S005", Texts: []string{"C: {tag} NOOP\nC: {tag2} CHECK\nS: {tag2} OK done\nC: {tag3} NOOP\nS: {tag3} OK done"}},
	{Rule: "S010", Texts: []string{"C: {tag} NOOP\nS: + go\nS: {tag} OK done", "S: + go"}},
	{Rule: "S011", Also: []string{"C007"}, Texts: []string{"C: {tag} SEARCH SUBJECT {6}\nC: walrus\nS: + go\nS: {tag} OK done"}},
	{Rule: "S012", Also: []string{"C007"}, Texts: []string{"C: {tag} SEARCH SUBJECT {6}\n# 4s\nC: walrus\nS: {tag} OK done"}},
	{Rule: "S028", Texts: []string{"S\\ * OK {word}", "C: {tag} NOOP\nS\\ {tag} OK done"}},
	{Rule: "S029", Texts: []string{"S: disk quota exceeded", "C: {tag} NOOP\nS: what\nS: {tag} OK done"}},
	{Rule: "S032", To: imap2, Texts: []string{"C: {tag} SEARCH UNSEEN\nS: {tag} BAD cannot", "C: {tag} NOOP\nS: {tag} BAD busy"}},
	{Rule: "N005", Texts: []string{"S: * NO \\x1b[2J{word}", "C: {tag} NOOP\nS: {tag} OK \\x07"}},
}

var mailboxFaults = []Fault{
	{Rule: "S006", When: FreshBox, Texts: []string{
		"C: {tag} SELECT {word}\nS: * 4 EXISTS\nS: * 0 RECENT\nS: {tag} OK done",
		"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 0 RECENT\nS: {tag} OK done",
		"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 4 EXISTS\nS: {tag} OK done",
	}},
	{Rule: "S007", Removes: 1, Texts: []string{"C: {tag} NOOP\nS: * {less} EXISTS\nS: {tag} OK done", "S: * {less} EXISTS"}},
	{Rule: "S008", Texts: []string{"C: {tag} NOOP\nS: * {beyond} EXPUNGE\nS: {tag} OK done", "C: {tag} NOOP\nS: * {beyond} FETCH (FLAGS (\\Seen))\nS: {tag} OK done"}},
	{Rule: "S019", Texts: []string{"C: {tag} SEARCH ALL\nS: * SEARCH {n} {beyond}\nS: {tag} OK done"}},
	{Rule: "S020", To: bis, Texts: []string{"C: {tag} SEARCH ALL\nS: * SEARCH {exists} {n}\nS: {tag} OK done"}},
	{Rule: "S030", To: bis, Texts: []string{"C: {tag} FIND MAILBOXES *\nS: * MAILBOX {word}\nS: * MAILBOX INBOX\nS: {tag} OK done"}},
	{Rule: "S031", To: bis, Texts: []string{"C: {tag} COPY {n} {word}\nS: {tag} OK done"}},
	{Rule: "S033", To: bis, Texts: []string{"C: {tag} SEARCH ALL\nS: * SEARCH\nS: {tag} OK done", "C: {tag} FIND MAILBOXES *\nS: * MAILBOX {word}\nS: {tag} OK done"}},
	{Rule: "S034", When: FreshBox, Texts: []string{"C: {tag} SELECT {word}\nS: * FLAGS (\\Answered \\Seen)\nS: * 4 EXISTS\nS: * 0 RECENT\nS: {tag} OK done"}},
	{Rule: "S035", Removes: 1, Texts: []string{"C: {tag} FETCH {n} FLAGS\nS: * {exists} EXPUNGE\nS: * {n} FETCH (FLAGS (\\Seen))\nS: {tag} OK done", "C: {tag} SEARCH ALL\nS: * {exists} EXPUNGE\nS: * SEARCH {n}\nS: {tag} OK done"}},
}

// Parts of FETCH responses: envelope9 is an envelope of nine fields, without its closing
// parenthesis; noDefaults has a sender and a reply-to that are NIL, and a from that is not.
const (
	who        = `((NIL NIL "fred" "x"))`
	envelope9  = `("4 Jun 88" "hi" ` + who + " " + who + " " + who + ` NIL NIL NIL NIL`
	noDefaults = `("4 Jun 88" "hi" ` + who + ` NIL NIL NIL NIL NIL NIL NIL)`
)

var fetchFaults = []Fault{
	{Rule: "S013", When: FreshBox, Also: []string{"S017", "S029"}, Texts: []string{"C: {tag} FETCH {n} RFC822.TEXT\nS: * {n} FETCH (RFC822.TEXT {5}\nS: 12345678)\nS: {tag} OK done"}},
	{Rule: "S014", When: FreshBox, Texts: []string{"C: {tag} FETCH {n} (RFC822.SIZE RFC822)\nS: * {n} FETCH (RFC822.SIZE 99 RFC822 {4}\nS: 1234)\nS: {tag} OK done"}},
	{Rule: "S015", When: FreshBox, Texts: []string{"C: {tag} FETCH {n} (RFC822.HEADER RFC822.TEXT RFC822)\nS: * {n} FETCH (RFC822.HEADER \"ab\" RFC822.TEXT \"cd\" RFC822 \"abXcd\")\nS: {tag} OK done"}},
	{Rule: "S016", Texts: []string{"C: {tag} FETCH {n} ENVELOPE\nS: * {n} FETCH (ENVELOPE " + envelope9 + "))\nS: {tag} OK done", "C: {tag} FETCH {n} ENVELOPE\nS: * {n} FETCH (ENVELOPE (\"4 Jun 88\" \"hi\" ((NIL \"fred\" \"x\")) " + who + " " + who + " NIL NIL NIL NIL NIL))\nS: {tag} OK done"}},
	{Rule: "S017", To: bis, Texts: []string{"C: {tag} NOOP\nS: * {n} FETCH (FLAGS (\\Seen)\nS: {tag} OK done", "S: * {n} FETCH FLAGS (\\Seen)", "S: * FLAGS \\Answered \\Flagged \\Deleted \\Seen"}},
	{Rule: "S018", Texts: []string{"C: {tag} FETCH {n} ENVELOPE\nS: * {n} FETCH (ENVELOPE " + noDefaults + ")\nS: {tag} OK done"}},
	{Rule: "S021", When: FreshBox, Texts: []string{"C: {tag} FETCH {n} (FLAGS INTERNALDATE)\nS: * {n} FETCH (FLAGS (\\Seen))\nS: {tag} OK done", "C: {tag} FETCH {n} RFC822.TEXT\nS: {tag} OK done"}},
	{Rule: "S022", To: bis, Texts: []string{"C: {tag} FETCH {n} INTERNALDATE\nS: * {n} FETCH (INTERNALDATE \" 9-Jun-1988 12:55:44 -0700\")\nS: {tag} OK done"}},
	{Rule: "S023", To: bis, Texts: []string{"C: {tag} STORE {n} +FLAGS (\\Seen)\nS: * {n} STORE (FLAGS (\\Seen))\nS: {tag} OK done"}},
	{Rule: "S024", To: bis, Texts: []string{"C: {tag} FETCH {n} FLAGS\nS: * {n} FETCH (FLAGS ())\nS: {tag} OK done"}},
	{Rule: "S026", To: bis, Texts: []string{"C: {tag} FIND MAILBOXES *\nS: * MAILBOX \"a\\b\"\nS: {tag} OK done", "C: {tag} FIND BBOARDS *\nS: * BBOARD \"\"\nS: {tag} OK done"}},
	{Rule: "S027", To: bis, Texts: []string{"C: {tag} FETCH {n} FLAGS\nS: * {n} FETCH (FLAGS (\\Seen) FLAGS (\\Seen))\nS: {tag} OK done"}},
}

const (
	client = capture.ClientToServer
	server = capture.ServerToClient
)

var endFaults = []Fault{
	{Rule: "C016", When: AtEnd, First: client},
	{Rule: "S009", When: AtEnd, First: server, Texts: []string{"C: {tag} LOGOUT\nS: {tag} OK {word}"}},
	{Rule: "S025", When: AtEnd, First: server, Texts: []string{"C: {tag} LOGOUT\nS: * BYE {word}\nS: * OK {word}\nS: {tag} OK {word}"}},
	{Rule: "S005", When: AtEnd, First: server, Texts: []string{"C: {tag} NOOP\n# 3s", "C: {tag} CAPABILITY\n# 3s"}, Wait: 3 * time.Second},
	{Rule: "S012", When: AtEnd, First: client, Texts: []string{"C: {tag} SELECT {6}"}, Wait: 30 * time.Second},
	{Rule: "S036", When: AtEnd, Opens: true, First: server, Texts: []string{"C: {tag} FETCH {n} RFC822.TEXT\nS: * {n} FETCH (RFC822.TEXT {99}\nS: 12345678)\nS: {tag} OK done"}},
	{Rule: "S037", When: AtEnd, First: server},
	{Rule: "N002", When: AtEnd, First: server, Cause: capture.RST, Wait: 15 * time.Minute},
	{Rule: "N006", When: AtEnd, First: server, Also: []string{"S005"}, Opens: true, Texts: []string{
		"C: {tag} NOOP\nS| * OK {word}", "C: {tag} FETCH {n} RFC822.TEXT\nS| * {n} FETCH (RFC822.TEXT {500}\\x0d\\x0awalrus",
	}},
	{Rule: "N006", When: AtEnd, First: client, Opens: true, Texts: []string{"C| {tag} SELECT {word}"}},
}
