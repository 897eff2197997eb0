package lint

import (
	"imapscope/decode/protocol"
)

// in9 returns a place in the formal syntax of RFC 3501.
func in9(item string, page int) protocol.Ref {
	return protocol.Ref{RFC: 3501, Heading: "9. Formal Syntax", Item: item, Page: page}
}

// in71 returns a place among the status responses of RFC 3501.
func in71(heading string, page int) protocol.Ref { return of3501(heading, page) }

// gmailBox is a connection to Gmail with a mailbox selected.
const gmailBox = "S: * OK Gimap ready for requests from 192.0.2.1\nC: l LOGIN fred x\nS: * CAPABILITY IMAP4rev1 X-GM-EXT-1\nS: l OK done\n"

// knownRules are the catalogue of faults that are known of programs: each is reported as a
// note with the place where it was described, which saves the reader a
// search. They are found by their bytes, and most of them only where the server shows which
// program it is.
var knownRules = []*Rule{
	{
		ID: "S101", Title: "Gmail: HIGHESTMODSEQ without a text", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("resp-text", 89), Source: "Missing text in HIGHESTMODSEQ response, https://github.com/modern-email/defects/issues/28",
		Explanation: "A status response has a text after its code, but Gmail sends none here. Parsers that follow the grammar read the code as the text, or fail.",
		Advice:      "As a client, accept a code without a text.",
		Bad:         gmailBox + selects("s", 9, "[UIDVALIDITY 7]") + "S: * OK [HIGHESTMODSEQ 501328]\n",
		Good:        gmailBox + selects("s", 9, "[HIGHESTMODSEQ 501328]"),
		On:          []Fact{OnCode}, Run: known(gmail, "a code, and no text after it", withoutText(protocol.GivesHighestModSeq)),
	},
	{
		ID: "S102", Title: "Gmail: too many simultaneous connections", Severity: Note, Verdict: Client, Later: true,
		Ref: in71("7.1.2. NO Response", 66), Source: "Gmail Too Many Simultaneous Connections Workaround, https://github.com/imapsync/imapsync/issues/61",
		Explanation: "Gmail permits 15 connections to an account at a time, across all devices, and refuses the next one.",
		Advice:      "Close connections that are not needed, by LOGOUT, and have each client use fewer.",
		Bad:         "S: * OK Gimap ready for requests from 192.0.2.1\nC: l LOGIN fred x\nS: l NO [ALERT] Too many simultaneous connections. (Failure)\nC: c CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: c OK done\n",
		Good:        gmailBox,
		On:          []Fact{OnStatus}, Run: knownEarly(gmail, "more connections than the server permits", says("Too many simultaneous connections")),
	},
	{
		ID: "S103", Title: "Gmail: login only after a visit with a web browser", Severity: Note, Verdict: Client, Later: true,
		Ref: in71("7.1.2. NO Response", 66), Source: "Unable to login to gmail, \"Web login required\", https://github.com/pmengal/MailSystem.NET/issues/17",
		Explanation: "Gmail considers the login suspicious: it comes from a new place, or uses a password where Gmail wants OAuth. The code WEBALERT, which no RFC has, contains an address to open.",
		Advice:      "Log in by OAuth (AUTHENTICATE XOAUTH2 or OAUTHBEARER), or with an app password.",
		Bad:         "S: * OK Gimap ready for requests from 192.0.2.1\nC: l LOGIN fred x\nS: * NO [WEBALERT https://a.example/] Web login required.\nS: l NO [ALERT] Please log in via your web browser\n",
		Good:        gmailBox,
		On:          []Fact{OnStatus}, Run: knownEarly(gmail, "the account has to be unlocked with a web browser", says("[WEBALERT ", "Please log in via your web browser")),
	},
	{
		ID: "S104", Title: "Gmail: password where an app password is needed", Severity: Note, Verdict: Client, Later: true,
		Ref: in71("7.1.2. NO Response", 66), Source: "IMAP Alert Application-Specific Password Required, https://github.com/LukeSmithxyz/mutt-wizard/issues/831",
		Explanation: "The account has two-step verification, and LOGIN with its own password is refused.",
		Advice:      "Create an app password in the account's settings, or log in by OAuth.",
		Bad:         "S: * OK Gimap ready for requests from 192.0.2.1\nC: l LOGIN fred x\nS: l NO [ALERT] Application-specific password required: https://a.example/ (Failure)\n",
		Good:        gmailBox,
		On:          []Fact{OnStatus}, Run: knownEarly(gmail, "the account's own password is not accepted", says("Application-specific password required")),
	},
	{
		ID: "S105", Title: "Exchange: authenticated but not connected", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in71("7.1.3. BAD Response", 66), Source: "Can't connect any longer \"BAD User is authenticated but not connected\", https://github.com/jstedfast/MailKit/issues/1494",
		Explanation: "The login was answered OK, but then every command is answered BAD, although it is correct: Exchange could not open the mailbox. Reported causes are a token without the IMAP scope, IMAP disabled for the mailbox, a wrong password, and throttling.",
		Advice:      "Check the token's scopes and that IMAP is enabled for this mailbox; then wait, and log in less often.",
		Bad:         "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: a1 NAMESPACE\nS: a1 BAD User is authenticated but not connected.\n",
		Good:        "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: a1 NOOP\nS: a1 OK NOOP completed.\n",
		On:          []Fact{OnStatus}, Run: knownEarly(exchange, "the server accepted the login but could not open the mailbox", says("User is authenticated but not connected")),
	},
	{
		ID: "S106", Title: "Exchange: COPYUID without identifiers", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: protocol.Ref{RFC: 4315, Heading: "3. Additional Response Codes", Page: 4}, Source: "Unexpected token in IMAP response: ']' from imap-mail.outlook.com, https://github.com/jstedfast/MailKit/issues/555",
		Explanation: "The code has a UIDVALIDITY and two sets. Outlook.com leaves the sets out when it does not know them; parsers fail on it.",
		Advice:      "As a client, ignore a COPYUID without sets. As a server, leave the code out.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 MOVE] ready\nC: l LOGIN fred x\nS: l OK [CAPABILITY IMAP4rev1 MOVE] done\n" + selects("s", 9) + "C: a1 UID MOVE 21 saved\nS: * OK [COPYUID 14  ]\nS: a1 OK done\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 MOVE] ready\nC: l LOGIN fred x\nS: l OK [CAPABILITY IMAP4rev1 MOVE] done\n" + selects("s", 9) + "C: a1 UID MOVE 21 saved\nS: * OK [COPYUID 14 21 5] done\nS: * 2 EXPUNGE\nS: a1 OK done\n",
		On:          []Fact{OnCode}, Run: known(0, "the sets of identifiers are missing", withoutSets),
	},
	{
		ID: "S107", Title: "Dovecot: too many connections from one address", Severity: Note, Verdict: Client, Later: true,
		Ref: protocol.Ref{RFC: 5530, Heading: "3. Response Codes", Page: 2}, Source: "maximum number of connections from user+ip exceeded, https://github.com/mscdex/node-imap/issues/606",
		Explanation: "Dovecot limits the connections of a user from one IP address (mail_max_userip_connections, 10 by default). Several devices behind one address translator count together.",
		Advice:      "Have each client use fewer connections, or raise the limit in the server.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1] Dovecot ready.\nC: l LOGIN fred x\nS: l NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1] Dovecot ready.\nC: l LOGIN fred x\nS: l OK done\n",
		On:          []Fact{OnStatus}, Run: knownEarly(0, "more connections than the server permits", says("Maximum number of connections from user+IP exceeded")),
	},
	{
		ID: "S108", Title: "Yahoo: SEARCH that ends in a space", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("mailbox-data", 87), Source: "FETCH range bug with Yahoo IMAP server, https://github.com/ikvk/imap_tools/issues/97",
		Explanation: "The grammar has no space after the last number. A client that splits at spaces finds an empty number, and sends a command with it.",
		Advice:      "As a client, ignore the space.",
		Bad:         in4 + "C: a1 SEARCH ALL\nS: * SEARCH 5 \nS: a1 OK done\n",
		Good:        in4 + "C: a1 SEARCH ALL\nS: * SEARCH 5\nS: a1 OK done\n",
		On:          []Fact{OnFound}, Run: known(0, "a space at the end of the line", endsWith(" ")),
	},
	{
		ID: "S109", Title: "iCloud: RFC822 that is never sent", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: of3501("6.4.5. FETCH Command", 54), Source: "FETCH RFC822 response lacks RFC822 information in icloud IMAP server, https://github.com/modern-email/defects/issues/36",
		Explanation: "The FETCH is answered OK, but its data lacks the message. BODY[], which means the same, works.",
		Advice:      "Fetch BODY[] or BODY.PEEK[].",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1 X-APPLE-REMOTE-LINKS] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9) + "C: a1 UID FETCH 21 RFC822\nS: * 1 FETCH (UID 21)\nS: a1 OK done\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1 X-APPLE-REMOTE-LINKS] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9) + "C: a1 UID FETCH 21 BODY[]\nS: * 1 FETCH (UID 21 BODY[] \"x\")\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: known(icloud, "OK, and the message was not sent", wholeNotShown),
	},
	{
		ID: "S110", Title: "DavMail: two spaces after \"*\"", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("response-data", 88), Source: "selecting \"INBOX\" -> response is violating imap protocol, https://github.com/mguessan/davmail/issues/122",
		Explanation: "DavMail sends a space early, to keep a client from giving up while it reads a large folder. Clients that follow the grammar do not understand the line, and miss the number of messages.",
		Advice:      "Set davmail.enableKeepalive=false in DavMail.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1] IMAP4rev1 DavMail 5.5.1 server ready\nC: l LOGIN fred x\nS: l OK done\nC: a1 SELECT INBOX\nS: *  1688 EXISTS\nS: * 0 RECENT\nS: a1 OK done\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1] IMAP4rev1 DavMail 5.5.1 server ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9),
		On:          []Fact{OnExists}, Run: known(davmail, "two spaces, where the grammar has one", twoSpaces),
	},
	{
		ID: "S111", Title: "QQ Mail: space before the last parenthesis of FETCH", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("msg-att", 87), Source: "fails to parse some fetch response that has space before final ')', https://github.com/jakartaee/mail-api/issues/209",
		Explanation: "The grammar has no space there. Some clients drop such a response, and then lack the message.",
		Advice:      "As a client, ignore the space.",
		Bad:         in4 + "C: a1 UID FETCH 21 UID\nS: * 2 FETCH (UID 21 )\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 UID\nS: * 2 FETCH (UID 21)\nS: a1 OK done\n",
		On:          []Fact{OnFetched}, Run: known(0, "a space before the last parenthesis", endsWith(" )")),
	},
	{
		ID: "S112", Title: "SmarterMail: CHANGEDSINCE answered without MODSEQ", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: protocol.Ref{RFC: 7162, Heading: "3.1.4.1. CHANGEDSINCE FETCH Modifier", Page: 16}, Source: "pull request 504 of closeio/sync-engine (SmarterMail), https://github.com/closeio/sync-engine/pull/504",
		Explanation: "A FETCH with CHANGEDSINCE shows MODSEQ of each message without being asked. This server offers CONDSTORE and leaves it out, so the client cannot know how far it has caught up.",
		Advice:      "As a client, ask for MODSEQ as well.",
		Bad:         offering("IMAP4rev1 CONDSTORE") + "C: a1 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)\nS: * 2 FETCH (UID 21 FLAGS (\\Seen))\nS: a1 OK done\n",
		Good:        offering("IMAP4rev1 CONDSTORE") + "C: a1 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)\nS: * 2 FETCH (UID 21 FLAGS (\\Seen) MODSEQ (5))\nS: a1 OK done\n",
		On:          []Fact{OnOK}, Run: known(0, "no MODSEQ in the data", noModSeq),
	},
	{
		ID: "S113", Title: "Domino: ENVELOPE in parentheses of its own", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("msg-att", 87), Source: "\"Syntax error in untagged Fetch response. Unexpected token: '('\" (Domino IMAP4 Server), https://github.com/jstedfast/MailKit/issues/943",
		Explanation: "The name and the value of the envelope are in a list of their own within the list. Parsers that follow the grammar fail.",
		Advice:      "As a client, accept the list.",
		Bad:         "S: * OK Domino IMAP4 Server ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9) + "C: a1 UID FETCH 21 (UID ENVELOPE)\nS: * 2 FETCH (UID 21 (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)))\nS: a1 OK done\n",
		Good:        "S: * OK Domino IMAP4 Server ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 9) + "C: a1 UID FETCH 21 (UID ENVELOPE)\nS: * 2 FETCH (UID 21 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\nS: a1 OK done\n",
		On:          []Fact{OnFetched}, Run: known(domino, "a parenthesis that the grammar does not have", says(" (ENVELOPE (")),
	},
	{
		ID: "S114", Title: "GMX: a multipart described as one part", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("body-type-1part", 83), Source: "ImapProtocollException when fetching BodyStructure, https://github.com/jstedfast/MailKit/issues/878",
		Explanation: "A multipart is described by its parts, then its subtype. Here it has the fields of a single part instead, most often because the message itself is broken. Parsers fail on the fields that follow.",
		Advice:      "As a client, treat such a part as one of unknown content.",
		Bad:         in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"multipart\" \"related\" (\"boundary\" \"x\") NIL NIL \"7BIT\" 400 NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE ((\"text\" \"plain\" NIL NIL NIL \"7BIT\" 4 1 NIL NIL NIL NIL) \"related\" (\"boundary\" \"x\") NIL NIL NIL))\nS: a1 OK done\n",
		On:          []Fact{OnItem}, Run: known(0, "a multipart has parts", onePart),
	},
	{
		ID: "S115", Title: "Exchange: size of a part that is -1", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("body-fld-octets", 83), Source: "MessagingException: Unable to load BODYSTRUCTURE, https://github.com/javaee/javamail/issues/282",
		Explanation: "A size is a number, and numbers have no sign. Exchange sends -1 for a part that it could not measure.",
		Advice:      "As a client, treat it as an unknown size.",
		Bad:         in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7BIT\" -1 1 NIL NIL NIL NIL))\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 21 BODYSTRUCTURE\nS: * 2 FETCH (UID 21 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7BIT\" 4 1 NIL NIL NIL NIL))\nS: a1 OK done\n",
		On:          []Fact{OnItem}, Run: known(0, "a negative size", negative),
	},
	{
		ID: "S116", Title: "163.com: STATUS with an empty list", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("status-att-list", 91), Source: "imap: Empty list in STATUS response, https://github.com/modern-email/defects/issues/15",
		Explanation: "In RFC 3501 the list has at least one item. A client that waits for a number gets none.",
		Advice:      "As a client, treat the figures as unknown.",
		Bad:         in4 + "C: a1 STATUS saved (MESSAGES)\nS: * STATUS saved ()\nS: a1 OK done\n",
		Good:        in4 + "C: a1 STATUS saved (MESSAGES)\nS: * STATUS saved (MESSAGES 4)\nS: a1 OK done\n",
		On:          []Fact{OnReported}, Run: known(0, "no figures", endsWith(" ()")),
	},
	{
		ID: "S117", Title: "STATUS that ends in a space", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("mailbox-data", 87), Source: "imap: Trailing space in STATUS response, https://github.com/modern-email/defects/issues/9",
		Explanation: "The grammar has no space there, and strict parsers fail. It was seen with Dovecot as a proxy for Exchange.",
		Advice:      "As a client, ignore the space.",
		Bad:         in4 + "C: a1 STATUS saved (MESSAGES)\nS: * STATUS saved (MESSAGES 4) \nS: a1 OK done\n",
		Good:        in4 + "C: a1 STATUS saved (MESSAGES)\nS: * STATUS saved (MESSAGES 4)\nS: a1 OK done\n",
		On:          []Fact{OnReported}, Run: known(0, "a space at the end of the line", endsWith(" ")),
	},
	{
		ID: "S118", Title: "\"+\" without a space", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("continue-req", 84), Source: "Add IMAP `+\\r\\n` defect, https://github.com/modern-email/defects/issues/7",
		Explanation: "A space follows \"+\", even if nothing follows the space. Clients that look for \"+ \" wait forever.",
		Advice:      "As a server, send \"+ \" and a text. As a client, accept \"+\" alone.",
		Bad:         in4 + "C: a1 SELECT {5}\nS: +\nC: saved\nS: a1 NO no\n",
		Good:        in4 + "C: a1 SELECT {5}\nS: + go\nC: saved\nS: a1 NO no\n",
		On:          []Fact{OnReady}, Run: known(0, "no space after \"+\"", bareReady),
	},
	{
		ID: "S119", Title: "Cyrus: ESEARCH with MODSEQ in parentheses", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: protocol.Ref{RFC: 7162, Heading: "7. Formal Syntax", Item: "search-sort-mod-seq", Page: 46}, Source: "Syntax error in untagged ESEARCH response. Unexpected token: '(', https://github.com/jstedfast/MailKit/issues/323",
		Explanation: "SEARCH has the modification sequence in parentheses, and ESEARCH without them. Parsers fail.",
		Advice:      "As a client, accept both.",
		Bad:         in4 + "C: a1 UID SEARCH RETURN () MODSEQ 28\nS: * ESEARCH (TAG \"a1\") UID ALL 33 (MODSEQ 29)\nS: a1 OK done\n",
		Good:        in4 + "C: a1 UID SEARCH RETURN () MODSEQ 28\nS: * ESEARCH (TAG \"a1\") UID ALL 33 MODSEQ 29\nS: a1 OK done\n",
		On:          []Fact{OnFoundSet}, Run: known(0, "parentheses that the grammar does not have", says(" (MODSEQ ")),
	},
	{
		ID: "S120", Title: "BYE without a text", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: in9("resp-text", 89), Source: "Outlook issue, BYE command, https://github.com/dbmail/dbmail/issues/46",
		Explanation: "A status response has a text. Outlook reports an error when BYE has none.",
		Advice:      "As a server, send a word or two.",
		Bad:         in4 + "C: a1 LOGOUT\nS: * BYE\nS: a1 OK done\n",
		Good:        in4 + "C: a1 LOGOUT\nS: * BYE bye\nS: a1 OK done\n",
		On:          []Fact{OnStatus}, Run: known(0, "no text after BYE", bareBYE),
	},
	{
		ID: "S121", Title: "Exchange: RFC822.SIZE that is an estimate", Severity: Note, Verdict: Server, Later: true, Once: true,
		Ref: of3501("6.4.5. FETCH Command", 57), Source: "PopImapAdConfiguration.EnableExactRFC822Size property, https://learn.microsoft.com/en-us/previous-versions/exchange-server/exchange-150/ff344738(v=exchg.150)",
		Explanation: "Unless it is configured to be exact, Exchange does not convert a message to find its size, but sends an estimate. Clients that allocate memory or show progress by it go wrong (see S014).",
		Advice:      "Set EnableExactRFC822Size in the server; as a client, trust only the literal's count.",
		Bad:         "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: c CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: c OK done\n" + selects("s", 9) + "C: a1 FETCH 2 (RFC822.SIZE BODY[])\nS: * 2 FETCH (RFC822.SIZE 9 BODY[] {4}\nS: 1234)\nS: a1 OK done\n",
		Good:        "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: c CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: c OK done\n" + selects("s", 9) + "C: a1 FETCH 2 (RFC822.SIZE BODY[])\nS: * 2 FETCH (RFC822.SIZE 4 BODY[] {4}\nS: 1234)\nS: a1 OK done\n",
		On:          []Fact{OnLengths}, Run: known(exchange, "the size was an estimate", sizeEstimated),
	},
	{
		ID: "S055", Title: "connection refused because there are too many", Severity: Note, Verdict: Client, Later: true,
		Ref:         in71("7.1.5. BYE Response", 67),
		Explanation: "Servers limit how many connections a user, an address or all clients may have at once, and refuse the next one, each in its own words.",
		Advice:      "Close connections that are not needed, have each client use fewer, or raise the limit in the server. check lists how many each user had.",
		Bad:         "S: * BYE Too many connections from your IP\n# closed by the server\n",
		Good:        "S: * BYE shutting down\n# closed by the server\n",
		On:          []Fact{OnStatus}, Run: knownEarly(0, "the server permits no more connections", tooMany),
	},
	{
		ID: "S122", Title: "Exchange: throttled, with the time to wait", Severity: Note, Verdict: Client, Later: true,
		Ref: in71("7.1.2. NO Response", 66), Source: "Trying command when NOT connected, https://github.com/imapsync/imapsync/issues/272",
		Explanation: "Office 365 limits the resources that one mailbox may use. It says for how many milliseconds it refuses everything, and often closes the connection; trying again at once makes the wait longer.",
		Advice:      "Wait for that time. Use fewer connections, and fetch less at a time.",
		Bad:         "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: a1 NOOP\nS: a1 NO Request is throttled. Suggested Backoff Time: 299910 milliseconds\n",
		Good:        "S: * OK The Microsoft Exchange IMAP4 service is ready.\nC: l LOGIN fred x\nS: l OK done\nC: a1 NOOP\nS: a1 OK NOOP completed.\n",
		On:          []Fact{OnStatus}, Run: knownEarly(0, "the server refuses commands for a while", says("Request is throttled. Suggested Backoff Time")),
	},
	{
		ID: "S123", Title: "Gmail: throttled, without a code", Severity: Note, Verdict: Client, Later: true, Once: true,
		Ref: in71("7.1.1. OK Response", 65), Source: "Detect if connection has been throttled, https://github.com/mscdex/node-imap/issues/593",
		Explanation: "Gmail carries the command out, but more slowly, and ends the text of the OK with [THROTTLED]. That is not a response code, which would come first, so clients do not notice it.",
		Advice:      "Fetch less, and less often; the limit is one of bytes and commands per day.",
		Bad:         gmailBox + "C: a1 NOOP\nS: a1 OK Success [THROTTLED]\n",
		Good:        gmailBox + "C: a1 NOOP\nS: a1 OK Success\n",
		On:          []Fact{OnStatus}, Run: knownEarly(0, "the server answers more slowly on purpose", says("[THROTTLED]")),
	},
}
