package lint

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
)

// nameRules are the rules about the names of mailboxes in IMAP4, and about charsets.
var nameRules = []*Rule{
	{
		ID: "C028", Title: "mailbox name that is not modified UTF-7", Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         of3501("5.1.3. Mailbox International Naming Convention", 19),
		Explanation: "Letters outside ASCII are written in modified UTF-7, and \"&\" as \"&-\", unless the client has enabled UTF-8 (UTF8=ACCEPT, IMAP4rev2). Another client will show this name differently, or as garbage, and may create a second mailbox next to it.",
		Advice:      "Encode the name, or enable UTF8=ACCEPT where the server offers it.",
		Bad:         in4 + "C: a1 CREATE \"Entw\\xc3\\xbcrfe\"\nS: a1 NO no such name\n",
		Good:        in4 + "C: a1 CREATE \"Entw&APw-rfe\"\nS: a1 OK done\n",
		On:          []Fact{OnMailbox}, Run: nameEncoding,
	},
	{
		ID: "S049", Title: "name in a listing that is not modified UTF-7", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("5.1.3. Mailbox International Naming Convention", 19),
		Explanation: "A server must not send 8-bit names in LIST or LSUB, and \"&\" begins a shift to base64, unless the client has enabled UTF-8. Each client guesses a different charset, and cannot select the mailbox by the name it then sends.",
		Advice:      "Encode names in modified UTF-7; repair names that were created by clients that did not.",
		Bad:         in4 + "C: a1 LIST \"\" *\nS: * LIST () \"/\" \"Entw\\xc3\\xbcrfe\"\nS: a1 OK done\n",
		Good:        in4 + "C: a1 LIST \"\" *\nS: * LIST () \"/\" \"Entw&APw-rfe\"\nS: a1 OK done\n",
		On:          []Fact{OnNamed}, Run: listedEncoding,
	},
	{
		ID: "C029", Title: "mailbox name with the wrong hierarchy delimiter", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 2683, Heading: "3.4.10. Mailbox Hierarchy Delimiters", Page: 19},
		Explanation: "The server separates the levels of names with a different character, which it reports in LIST and NAMESPACE. A name written with the wrong delimiter names a mailbox that does not exist.",
		Advice:      "Take the delimiter from LIST \"\" \"\".",
		Bad:         in4 + "C: a1 LIST \"\" \"\"\nS: * LIST (\\Noselect) \".\" \"\"\nS: a1 OK done\nC: a2 SELECT INBOX/Sent\nS: a2 NO no such mailbox\n",
		Good:        in4 + "C: a1 LIST \"\" \"\"\nS: * LIST (\\Noselect) \".\" \"\"\nS: a1 OK done\nC: a2 SELECT INBOX.Sent\nS: a2 NO no such mailbox\n",
		On:          []Fact{OnTagged}, Run: otherDelimiter,
	},
	{
		ID: "C030", Title: "mailbox name outside all namespaces", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 2342, Heading: "5. NAMESPACE Command", Page: 4},
		Explanation: "The names of the user's mailboxes begin with the prefix of the personal namespace, often INBOX and the delimiter. A name without it is refused.",
		Advice:      "Ask for NAMESPACE, and put the prefix before names.",
		Bad:         offering("IMAP4rev1 NAMESPACE") + "C: a1 NAMESPACE\nS: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: a1 OK done\nC: a2 CREATE Sent\nS: a2 NO Invalid mailbox name\n",
		Good:        offering("IMAP4rev1 NAMESPACE") + "C: a1 NAMESPACE\nS: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\nS: a1 OK done\nC: a2 CREATE INBOX.Sent\nS: a2 OK done\n",
		On:          []Fact{OnTagged}, Run: outsideNamespaces,
	},
	{
		ID: "C101", Title: "Thunderbird: mailbox name that ends in the delimiter", Severity: Note, Verdict: Client, Later: true,
		Ref: of3501("6.3.3. CREATE Command", 34), Source: "imap_client_workarounds: tb-extra-mailbox-sep, https://opensource.apple.com/source/dovecot/dovecot-239.8/dovecot/doc/example-config/conf.d/20-imap.conf.auto.html",
		Explanation: "A delimiter at the end is only for CREATE, where it announces that mailboxes will be created below. Thunderbird adds it to the names of mailboxes that hold mailboxes, in other commands too, and servers refuse them.",
		Advice:      "As a server, ignore it (in Dovecot: tb-extra-mailbox-sep).",
		Bad:         in4 + "C: a1 SUBSCRIBE saved/\nS: a1 NO no such mailbox\n",
		Good:        in4 + "C: a1 SUBSCRIBE saved\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: trailingDelimiter,
	},
	{
		ID: "S050", Title: "charset that the server does not know", Severity: Note, Verdict: Client, Later: true,
		Ref:         of3501("6.4.4. SEARCH Command", 50),
		Explanation: "The server cannot search in this charset; the code lists those that it can. It must know US-ASCII; a server that speaks IMAP4rev2 must also know UTF-8 (RFC 9051, 6.4.4).",
		Advice:      "Use a charset from the list, UTF-8 first; leave CHARSET out where the text is ASCII.",
		Bad:         in4 + "C: a1 UID SEARCH CHARSET KOI8-R SUBJECT x\nS: a1 NO [BADCHARSET (US-ASCII UTF-8)] unknown\n",
		Good:        in4 + "C: a1 UID SEARCH CHARSET UTF-8 SUBJECT x\nS: * SEARCH 21\nS: a1 OK done\n",
		On:          []Fact{OnCode}, Run: charsetRefused,
	},
	{
		ID: "S051", Title: "server that cannot do something at present", Severity: Note, Verdict: Server, Later: true,
		Ref:         protocol.Ref{RFC: 5530, Heading: "3. Response Codes", Page: 4},
		Explanation: "The code says why a correct command was refused: a limit, a full quota, a resource in use, a part of the server that is down. Most of these pass.",
		Advice:      "Wait, longer each time, before trying again; close connections that are not needed. For OVERQUOTA delete mail, or raise the quota.",
		Bad:         in4 + "C: a1 UID COPY 21 saved\nS: a1 NO [OVERQUOTA] full\n",
		Good:        in4 + "C: a1 UID COPY 21 saved\nS: a1 OK done\n",
		On:          []Fact{OnCode}, Run: refusedForNow,
	},
}

// naming is what a server has said of the names of mailboxes.
type naming struct {
	delimiter byte // 0: not known
	prefixes  []string
	listed    map[uint64]bool // hashes of the names that were listed, the first maxListed
	personal  string          // the first of prefixes, if it is that of the user's own mailboxes
}

// maxListed is how many names of mailboxes are remembered.
const maxListed = 1 << 12

// maxPrefixes is how many prefixes of namespaces are kept.
const maxPrefixes = 16

// listedName follows the delimiter in LIST data.
func (c *conn) listedName(tree *syntax.Node, raw []byte) {
	if n := tree.FindRole(protocol.RoleDelimiter); n != nil && n.Kind == syntax.KindQuoted {
		if v := n.Value(raw); len(v) == 1 {
			c.names.delimiter = v[0]
		}
	}
	if n := tree.FindRole(protocol.RoleMailbox); n != nil && len(c.names.listed) < maxListed {
		if c.names.listed == nil {
			c.names.listed = make(map[uint64]bool)
		}
		c.names.listed[maphash.Bytes(c.seed, n.Value(raw))] = true
	}
}

// wasListed reports whether a name was listed.
func (c *conn) wasListed(name string) bool { return c.names.listed[maphash.String(c.seed, name)] }

// namespaces follows NAMESPACE data: three lists, of personal, other users' and shared
// namespaces, each of prefixes with their delimiters (RFC 2342, 5).
func (c *conn) namespaces(tree *syntax.Node, raw []byte) {
	c.names.prefixes, c.names.personal = nil, ""
	list := 0
	for i := range tree.Kids {
		k := &tree.Kids[i]
		if k.Kind != syntax.KindGroup && k.Kind != syntax.KindNIL {
			continue
		}
		for j := range k.Kids {
			if n := k.Kids[j].FindRole(protocol.RolePrefix); n != nil && len(c.names.prefixes) < maxPrefixes {
				c.names.prefixes = append(c.names.prefixes, string(n.Value(raw)))
				if list == 0 && c.names.personal == "" {
					c.names.personal = c.names.prefixes[0]
				}
				c.listedName(&k.Kids[j], raw)
			}
		}
		list++
	}
}

// maxBox is how much of a mailbox's name is remembered of a command.
const maxBox = 256

// mailbox processes the name of a mailbox in a command.
func (c *conn) mailbox(n *syntax.Node) {
	p := &c.pass
	if !c.isIMAP4() || n.Err != nil || hidden(p.message, n.Span) {
		return
	}
	v := n.Value(p.message.Raw)
	if p.cmd.mailbox == "" && n.Role == protocol.RoleMailbox {
		p.cmd.mailbox = string(v[:min(len(v), maxBox)])
	}
	c.judge(n, OnMailbox)
}

// misencoded describes what is wrong with the encoding of a name; it returns "" if nothing
// is.
func (c *conn) misencoded(name []byte) string {
	eight := bytes.IndexFunc(name, func(r rune) bool { return r >= 0x80 })
	if c.utf8 || c.session.Dialect >= protocol.IMAP4rev2 && eight >= 0 {
		return ""
	}
	if eight >= 0 {
		return fmt.Sprintf("byte %#02x, and UTF-8 is not enabled", name[eight])
	}
	if err := text.CheckMailbox(name); err != nil {
		return printable(err.Error())
	}
	return ""
}

func nameEncoding(p *Pass) {
	if what := p.misencoded(p.node.Value(p.message.Raw)); what != "" && !p.blind {
		p.report(p.there(), quote(p.node.Value(p.message.Raw))+": "+what)
	}
}

func listedEncoding(p *Pass) {
	n := p.tree.FindRole(protocol.RoleMailbox)
	if !p.isIMAP4() || n == nil || n.Err != nil || p.blind || p.message.Row.LeftOut {
		return
	}
	if v := n.Value(p.message.Raw); v != nil {
		if what := p.misencoded(v); what != "" {
			p.report(at(p.message, n.Span), quote(v)+": "+what)
		}
	}
}

// refusedName returns the name of the mailbox that a command was refused for.
func (p *Pass) refusedName() string {
	if !isNO(p.message) || p.cmd.lossy {
		return ""
	}
	return p.cmd.mailbox
}

// isInbox reports whether a name is INBOX.
func isInbox(name string) bool { return strings.EqualFold(name, protocol.Inbox) }

func otherDelimiter(p *Pass) {
	name, d := p.refusedName(), p.names.delimiter
	if name == "" || d == 0 || strings.IndexByte(name, d) >= 0 {
		return
	}
	for _, other := range [...]byte{'/', '.'} {
		above, _, ok := strings.Cut(name, string(other))
		meant := strings.ReplaceAll(name, string(other), string(d))
		if other == d || !ok || other == '.' && !isInbox(above) && !p.wasListed(meant) { // a dot may be part of a name
			continue
		}
		p.report(p.cmd.place, fmt.Sprintf("%s: the server's delimiter is %q", quote([]byte(name)), d))
		return
	}
}

func outsideNamespaces(p *Pass) {
	name := p.refusedName()
	if name == "" || p.names.personal == "" || isInbox(name) {
		return
	}
	for _, prefix := range p.names.prefixes {
		if strings.HasPrefix(name, prefix) || isInbox(name[:min(len(name), len(protocol.Inbox))]) {
			return
		}
	}
	p.report(p.cmd.place, quote([]byte(name))+" does not begin with "+quote([]byte(p.names.personal)))
}

func trailingDelimiter(p *Pass) {
	name, d := p.refusedName(), p.names.delimiter
	if d == 0 {
		d = '/'
	}
	if len(name) > 1 && name[len(name)-1] == d && !p.cmd.row.Does(protocol.Creates) {
		p.report(p.cmd.place, quote([]byte(name))+" ends in the delimiter")
	}
}

func charsetRefused(p *Pass) {
	if !p.code.Does(protocol.RefusesCharset) || p.cmd == nil {
		return
	}
	used := p.cmd.charset
	switch {
	case used == "" || strings.EqualFold(used, usASCII):
		p.reportAs(Error, Server, at(p.message, p.span), "the search was in "+usASCII+", which every server must know")
	case strings.EqualFold(used, utf8Name) && p.session.Dialect >= protocol.IMAP4rev2:
		p.reportAs(Error, Server, at(p.message, p.span), "the search was in "+utf8Name+", which IMAP4rev2 requires")
	default:
		p.report(at(p.message, p.span), "the search was in "+quote([]byte(used))+"; the server has "+quote(p.args))
	}
}

// The charsets that servers must know.
const (
	usASCII  = "US-ASCII"
	utf8Name = "UTF-8"
)

func refusedForNow(p *Pass) {
	if p.code.Does(protocol.RefusesForNow) {
		p.report(at(p.message, p.span), p.code.Name+": "+strings.TrimSuffix(p.code.Plain, "."))
	}
}

// literalHolds reports the response to an outstanding command within a literal after which
// the line does not go on as it should.
func literalHolds(p *Pass) {
	for i := range p.message.Literals {
		l := &p.message.Literals[i]
		if l.Head != p.node.Kids[0].Span {
			continue
		}
		for line := range bytes.Lines(l.Body.Of(p.message.Raw)) {
			tag, rest, _ := bytes.Cut(line, []byte(" "))
			if isStatus(firstWord(rest)) && p.outstandingTag(tag) {
				p.report(at(p.message, l.Head), fmt.Sprintf("%d bytes announced, and the response to %s is among them", l.Size, quote(tag)))
				return
			}
		}
	}
}

// outstandingTag reports whether a command with a tag is outstanding.
func (c *conn) outstandingTag(tag []byte) bool {
	for i := range c.out {
		if c.out[i].tag == string(tag) && len(tag) > 0 {
			return true
		}
	}
	return false
}

// endsInLiteral reports whether a response ended right after a literal, although a list was
// still open: the literal may have been announced too short.
func endsInLiteral(m *decode.Message, wrong bool) bool {
	n := len(m.Literals)
	return wrong && n > 0 && !m.Broken && m.Lost == 0 && len(bytes.TrimRight(m.Raw[m.Literals[n-1].Body.End:], "\r\n")) == 0
}

// restOfLiteral reports a line that is not a response after a response that ended right
// after its literal.
func restOfLiteral(p *Pass) {
	if p.cut && !p.blind && !p.message.Broken {
		p.reportIfSure(capture.ClientToServer, p.here(), "most likely the rest of the literal before it, which was announced too short")
	}
}
