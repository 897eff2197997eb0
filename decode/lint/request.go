package lint

import (
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// requestRules are the rules that apply to any command as it is sent.
var requestRules = []*Rule{
	{
		ID: "C014", Title: "command line too long", Severity: Warning, Verdict: Client, Later: true,
		Ref:         protocol.Ref{RFC: 2683, Heading: "3.2.1.5. Long Command Lines", Page: 8},
		Explanation: "RFC 1176 gives no limit. The DEC-20 server's was 10,000 characters (p. 29); other servers' are lower. What is beyond a server's limit may be taken for the next command.",
		Advice:      "Keep a line within 1,000 bytes, not counting literals: use ranges in sequences, or split the command.",
		Bad:         "# greeted\nC: a1 LOGIN fred " + strings.Repeat("x", 1000) + "\nS: a1 NO\n",
		Good:        "# greeted\nC: a1 LOGIN fred {1000}\nS: +\nC: " + strings.Repeat("x", 1000) + "\nS: a1 NO\n",
		On:          []Fact{OnRequest}, Run: longLine,
	},
	{
		ID: "C005", Title: `tag that is "*" or "+"`, Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "Both are reserved for the server: a response to this command cannot be distinguished from unsolicited data.",
		Advice:      "Use a short alphanumeric word that is different for each command.",
		Bad:         "# greeted\nC: * NOOP\nS: * BAD no tag\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnBadTag}, Run: func(p *Pass) { p.report(p.there(), "a server cannot answer this command by its tag") },
	},
	{
		ID: "C006", Title: "tag of a command that is still outstanding", Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         of1176("The Protocol", "", 5),
		Explanation: "A tag is a unique identifier. If two outstanding commands have the same tag, nothing shows which of them a response answers.",
		Advice:      "Number the tags.",
		Bad:         "# greeted\nC: a1 NOOP\nC: a1 NOOP\nS: a1 OK done\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 NOOP\nC: a2 NOOP\nS: a1 OK done\nS: a2 OK done\n",
		On:          []Fact{OnRequest}, Run: tagInUse,
	},
	{
		ID: "C013", Title: "line ended by a bare LF", Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         of1176("Conventions", "CRLF", 9),
		Explanation: "A command ends in CRLF. A server may wait forever for the CR, or read the next command as part of this one.",
		Advice:      "Send CR and LF.",
		Bad:         "# greeted\nC\\ a1 NOOP\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnClientLF}, Run: func(p *Pass) { p.report(p.there(), lineEnd(p.raw())) },
	},
	{
		ID: "C017", Title: "password in the clear", Severity: Warning, Verdict: Client, Later: true, Wire: true,
		Ref:         of1176("Commands", "LOGIN", 10),
		Explanation: "LOGIN carries the password itself, and RFC 1176 does not discuss security (p. 30). Anyone who can read this traffic, as you can, can log in. RFC 3501 (section 11) says that IMAP is sent in the clear unless protection is negotiated.",
		Advice:      "Run the connection through TLS or another tunnel. Change the password.",
		Bad:         "# from 192.0.2.7\n# greeted\nC: a1 LOGIN fred secret\nS: a1 OK done\n",
		Good:        "# from 127.0.0.1\n# greeted\nC: a1 LOGIN fred secret\nS: a1 OK done\n",
		On:          []Fact{OnRequest}, Run: passwordInClear,
	},
}

// longest is the recommended maximum length of a command line (RFC 2683, 3.2.1.5).
const longest = 1000

// lineLen returns the length of a command without its literals.
func lineLen(m *decode.Message) int64 {
	n := m.Len
	for i := range m.Literals {
		n -= m.Literals[i].Size
	}
	return n
}

func longLine(p *Pass) {
	if p.cmd.long {
		p.report(p.here(), fmt.Sprintf("%d bytes, not counting literals", lineLen(p.message)))
	}
}

func tagInUse(p *Pass) {
	cmd := p.cmd
	if cmd.tag == "" || cmd.tag == "*" || cmd.tag == "+" {
		return
	}
	for i := range p.out {
		if o := &p.out[i]; o != cmd && o.tag == cmd.tag && !o.lossy && !cmd.lossy {
			p.reportIfSure(capture.ServerToClient, cmd.place, "the tag is that of an outstanding command")
			return
		}
	}
}

// imaps is the port of IMAP over TLS (RFC 8314): traffic that can be read there was
// decrypted.
const imaps = 993

func passwordInClear(p *Pass) {
	a, b := p.Client.Addr(), p.Server.Addr()
	if p.secure || !a.IsValid() || !b.IsValid() || a.IsLoopback() || b.IsLoopback() || p.Server.Port() == imaps {
		return
	}
	if t := p.message.Txn; showsPassword(t) {
		p.report(p.cmd.place, t.Command+" over a connection that is not encrypted")
	}
}
