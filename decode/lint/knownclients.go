package lint

import (
	"bytes"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// knownClientRules are the part of the catalogue about clients: faults of their libraries, found
// by their bytes, since few clients show what they are.
var knownClientRules = []*Rule{
	{
		ID: "C102", Title: "imaplib: mailbox name with a space and no quotes", Severity: Note, Verdict: Client, Later: true, Once: true, Faulty: true,
		Ref: in9("mailbox", 87), Source: "imaplib support for quoting arguments accidentally removed, https://github.com/python/cpython/issues/92835",
		Explanation: "A name with a space is a quoted string or a literal. Libraries that send the name as given send two arguments: the server refuses the command, or takes the first word as the name.",
		Advice:      "Put quotation marks around the name before passing it to the library.",
		Bad:         in4 + "C: a1 SELECT Sent Items\nS: a1 BAD what\n",
		Good:        in4 + "C: a1 SELECT \"Sent Items\"\nS: a1 NO no such mailbox\n",
		On:          []Fact{OnTagged}, Run: known(0, "two words, where the name of one mailbox belongs", unquotedName),
	},
	{
		ID: "C103", Title: "IMAPClient: command sent while IDLE waits for DONE", Severity: Note, Verdict: Client, Later: true, Once: true, Faulty: true,
		Ref: protocol.Ref{RFC: 2177, Heading: "3. Specification", Page: 2}, Source: "Any other command than `DONE` while in idle hangs, https://github.com/mjs/imapclient/issues/278",
		Explanation: "In IDLE the server takes every line for DONE, or refuses it. It answers the IDLE, not the command, and a client that waits for the command's answer hangs.",
		Advice:      "End IDLE with DONE, and wait for its tagged response, before the next command.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: a2 NOOP\nS: a1 BAD expected DONE\n",
		Good:        offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: DONE\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: known(0, "a command, where DONE belongs", commandInIdle),
	},
	{
		ID: "C104", Title: "php-imap: DONE when no IDLE is in progress", Severity: Note, Verdict: Client, Later: true, Once: true, Faulty: true,
		Ref: protocol.Ref{RFC: 2177, Heading: "3. Specification", Page: 2}, Source: "Ignore possible untagged lines after IDLE and DONE commands, https://github.com/Webklex/php-imap/pull/331",
		Explanation: "DONE ends IDLE once. Sent again, or after the server has ended it, it is a command line without a command, and is answered BAD with \"DONE\" for a tag.",
		Advice:      "Send DONE once for each IDLE, and not after its tagged response.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: DONE\nS: a1 OK done\nC: DONE\nS: DONE BAD what\n",
		Good:        offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: DONE\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: known(0, "DONE, and no IDLE is in progress", doneAlone),
	},
	{
		ID: "C105", Title: "emailjs: blank line after a command", Severity: Note, Verdict: Client, Later: true, Once: true,
		Ref: in9("command", 84), Source: "after idle sent, a blank command being sent too, https://github.com/emailjs/emailjs-imap-client/issues/78",
		Explanation: "A command ends with one CRLF. A second one is an empty command: some servers ignore it, some answer BAD, and in IDLE some take it for DONE.",
		Advice:      "Send one CRLF.",
		Bad:         offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: \nS: * BAD empty command\n",
		Good:        offering("IMAP4rev1 IDLE") + "C: a1 IDLE\nS: + go\nC: DONE\nS: a1 OK done\n",
		On:          []Fact{OnLine}, Run: known(0, "an empty line", blankLine),
	},
	{
		ID: "C106", Title: "enough_mail: OAuth error that is not answered", Severity: Note, Verdict: Client, Later: true,
		Ref: protocol.Ref{RFC: 7628, Heading: "3.2.3. Completing an Error Message Sequence", Page: 10}, Source: "continuation not handled, https://github.com/Enough-Software/enough_mail/issues/234",
		Explanation: "The server's error comes in a \"+\" line, which the client must answer, with %x01 or \"*\", before the server can say NO. A client that does not expect it waits for a NO that never comes.",
		Advice:      "Answer the \"+\" line, and show what the server said in it (see C032).",
		Bad:         oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: + eyJzdGF0dXMiOiJpbnZhbGlkX3JlcXVlc3QiLCJzY29wZSI6Imh0dHBzOi8vbWFpbC5leGFtcGxlLyJ9\n# 30s later\n# closed by the client\n",
		Good:        oauth + "C: a1 AUTHENTICATE OAUTHBEARER bixhPWZyZWQsAWF1dGg9QmVhcmVyIHgBAQ==\nS: a1 OK done\n",
		On:          []Fact{OnUnanswered}, Run: errorIgnored,
	},
	{
		ID: "C107", Title: "ImapFlow: \"*\" in an empty mailbox", Severity: Note, Verdict: Client, Later: true, Once: true, Faulty: true,
		Ref: in9("seq-number", 90), Source: "`fetch` with sequence string `1:*` seems to fail if mailbox is empty, https://github.com/postalsys/imapflow/issues/209",
		Explanation: "\"*\" is the number of the last message, and there is none. Servers should answer BAD, and some do; by unique identifier it is permitted.",
		Advice:      "Ask for nothing if EXISTS said 0, or use UID FETCH.",
		Bad:         empty4 + "C: a1 FETCH 1:* FLAGS\nS: a1 BAD Invalid messageset\n",
		Good:        empty4 + "C: a1 UID FETCH 1:* FLAGS\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: known(0, "there is no last message", starOfNone),
	},
	{
		ID: "C108", Title: "SwiftMail: search for 8-bit text without CHARSET", Severity: Note, Verdict: Client, Later: true, Once: true, Faulty: true,
		Ref: of3501("6.4.4. SEARCH Command", 50), Source: "Send CHARSET UTF-8 with SEARCH when a criterion carries non-ASCII text, https://github.com/Cocoanetics/SwiftMail/pull/222",
		Explanation: "Without CHARSET a search is in US-ASCII. Servers answer BAD, or find nothing.",
		Advice:      "Send CHARSET UTF-8 if the text is not ASCII, unless UTF8=ACCEPT or IMAP4rev2 is enabled.",
		Bad:         offering("IMAP4rev1 LITERAL+") + "C: a1 UID SEARCH SUBJECT {5+}\nC| gr\\xc3\\xbcn\nC: \nS: a1 BAD what\n",
		Good:        offering("IMAP4rev1 LITERAL+") + "C: a1 UID SEARCH CHARSET UTF-8 SUBJECT {5+}\nC| gr\\xc3\\xbcn\nC: \nS: * SEARCH\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: known(0, "it is not ASCII, and no charset is named", withoutCharset),
	},
}

// empty4 is in4 with an empty mailbox.
var empty4 = "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred x\nS: l OK done\n" + selects("s", 0)

// unquotedName finds the arguments of a refused command that takes one name of a mailbox, and
// has two words. Words in parentheses are parameters.
func unquotedName(p *Pass) (wire.Span, bool) {
	cmd := p.cmd
	args := cmd.arguments.span
	t := p.message.Txn
	if isOK(p.message) || t.Secret || cmd.lossy || len(t.Request.Gaps) > 0 || !namesOne(cmd.row) || args.End > len(t.Request.Raw) {
		return wire.Span{}, false
	}
	first, rest, two := bytes.Cut(args.Of(t.Request.Raw), []byte(" "))
	if !two || len(first) == 0 || bytes.ContainsAny(first, `"{(`) || bytes.ContainsAny(rest, `"{(`) || len(rest) == 0 {
		return wire.Span{}, false
	}
	return wire.Span{End: trimmed(p.message.Raw, wire.Span{End: len(p.message.Raw)}).End}, true
}

// namesOne reports whether a command takes the name of a mailbox, and nothing else that must be
// there.
func namesOne(r *protocol.Row) bool {
	if r == nil || len(r.Args) == 0 || r.Args[0].Role != protocol.RoleMailbox {
		return false
	}
	for _, a := range r.Args[1:] {
		if !a.Optional {
			return false
		}
	}
	return true
}

// commandInIdle finds a command while an IDLE is in progress that the client has not ended.
func commandInIdle(p *Pass) (wire.Span, bool) {
	found := false
	for i := range p.out {
		o := &p.out[i]
		found = found || o != p.cmd && waits(o.row) && o.lines == 0 && !o.lossy && !o.mistaken
	}
	return p.cmd.place.span, found && p.cmd.known && !p.blind
}

// doneAlone finds DONE in place of a command.
func doneAlone(p *Pass) (wire.Span, bool) {
	raw := p.message.Raw
	at := trimmed(raw, wire.Span{End: len(raw)})
	return at, !p.blind && !p.cmd.lossy && protocol.Lookup(protocol.Command, at.Of(raw)).Does(protocol.EndsIdle)
}

// blankLine finds an empty line that is no answer to a challenge.
func blankLine(p *Pass) (wire.Span, bool) {
	idle := p.cmd == nil || waits(p.cmd.row)
	return wire.Span{End: len(p.message.Raw)}, idle && !p.blind && len(bytes.TrimRight(p.message.Raw, "\r\n")) == 0
}

// errorIgnored reports an exchange that ended with the server's error.
func errorIgnored(p *Pass) {
	r := p.transaction.SASL
	if r != nil && r.Error != "" && p.cmd.clientsTurn(p.transaction) && over(p.closed.Cause) && !p.cmd.lossy && !p.lostAny() {
		p.report(p.cmd.place, "the server says "+quote([]byte(r.Error))+", and waits for an answer to that")
	}
}

// starOfNone finds a refused command with "*" in an empty mailbox.
func starOfNone(p *Pass) (wire.Span, bool) {
	b := p.session.Mailbox
	if b == nil || !b.Known || b.Exists > 0 || p.noBox || isOK(p.message) || p.pending(opens) {
		return wire.Span{}, false
	}
	found := false
	for _, r := range p.cmd.sequence {
		found = found || r.First == syntax.Star || r.Last == syntax.Star
	}
	return wire.Span{End: trimmed(p.message.Raw, wire.Span{End: len(p.message.Raw)}).End}, found
}

// withoutCharset finds a search for text that is not ASCII, without a charset.
func withoutCharset(p *Pass) (wire.Span, bool) {
	raw := p.message.Raw
	i := bytes.IndexFunc(raw, func(r rune) bool { return r >= 0x80 })
	found := i >= 0 && p.cmd.row.Does(protocol.Searches) && p.cmd.charset == "" && !p.utf8 && !p.blind && p.session.Dialect < protocol.IMAP4rev2
	return wire.Span{Start: max(i, 0), End: max(i, 0) + 1}, found
}
