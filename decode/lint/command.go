package lint

import (
	"slices"
	"strings"

	"imapscope/decode/protocol"
)

// commandRules are the rules about which commands are permitted when, and about how
// servers refuse them.
var commandRules = []*Rule{
	{
		ID: "C003", Title: "unknown command", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("Definitions of Commands and Responses", "", 10),
		Explanation: "No RFC that imapscope knows has this command. If it is one letter away from a known command, the finding is an error. Otherwise a later RFC or a vendor may define the command, and the finding is a note.",
		Advice:      "Look for a misspelling, for a missing tag, or for bytes of a literal that the server did not read as one.",
		Bad:         "# greeted\nC: a1 FROBNICATE\nS: a1 BAD unknown\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: unknownCommand,
	},
	{
		ID: "C018", Title: "command, or part of a command, from a later dialect", Severity: Note, Verdict: Client,
		Ref:         of1176("Definitions of Commands and Responses", "", 10),
		Explanation: "The client tried a command that came after RFC 1176, and the server does not know it. That is how a client finds out, at the cost of a round trip.",
		Advice:      "Nothing, if the client then continues with the commands of IMAP2.",
		Bad:         "# greeted\nC: a1 CAPABILITY\nS: a1 BAD unknown command\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
		On:          []Fact{OnTagged}, Run: laterCommand,
	},
	{
		ID: "C002", Title: "command not permitted in this state", Severity: Error, Verdict: Client, Later: true, Faulty: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "LOGIN is permitted only while the user is not known. Until the user is known, only LOGIN and LOGOUT are permitted and, since RFC 3501 (6.1), NOOP and CAPABILITY; until a mailbox is selected, no command that works on one is.",
		Advice:      "Wait for the OK to LOGIN, or to SELECT, before commands that need it. Send no LOGIN after PREAUTH, or after an OK to LOGIN.",
		Bad:         "# greeted\nC: a1 SELECT INBOX\nS: a1 BAD log in first\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 1 EXISTS\nS: * 0 RECENT\nS: a1 OK selected\n",
		On:          []Fact{OnTagged}, Run: notPermitted,
	},
	{
		ID: "C021", Title: "arguments that the server does not accept", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of3501("7.1.3. BAD Response", 66),
		Explanation: "The server knows this command: it announced a dialect that has it, or it had accepted it before. Its BAD is about what follows the command's name.",
		Advice:      "Compare the arguments with the command's definition; the server's text often says which of them is meant.",
		Bad:         "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred secret\nS: l OK done\nC: a1 STATUS INBOX MESSAGES\nS: a1 BAD missing parentheses\n",
		Good:        "S: * OK [CAPABILITY IMAP4rev1] ready\nC: l LOGIN fred secret\nS: l OK done\nC: a1 STATUS INBOX (MESSAGES)\nS: * STATUS INBOX (MESSAGES 9)\nS: a1 OK done\n",
		On:          []Fact{OnBAD}, Run: argumentsRefused,
	},
	{
		ID: "S032", Title: "BAD to a command that is correct", Severity: Warning, Verdict: Server,
		Ref:         of1176("Responses", "tag BAD text", 18),
		Explanation: "BAD is for faulty protocol from the client, but this command follows the grammar. The client will look for the fault in itself; NO is the answer to a command that cannot be carried out.",
		Advice:      "Compare the server's text with the command. If the server cannot do this, it should answer NO.",
		Bad:         "# INBOX selected, 9 messages\nC: a1 SEARCH UNSEEN\nS: a1 BAD cannot search\n",
		Good:        "# INBOX selected, 9 messages\nC: a1 SEARCH UNSEEN\nS: a1 NO cannot search\n",
		On:          []Fact{OnBAD}, Run: validRefused,
	},
}

func unknownCommand(p *Pass) {
	name := p.message.Txn.Command
	if name == "" && p.isIMAP4() && isBAD(p.message) && !p.cmd.lossy && !p.blind && !p.cmd.faulty {
		p.report(p.cmd.place, "a line without a command"+p.restOf())
		return
	}
	if p.cmd.known || p.cmd.lossy || !isBAD(p.message) || name == "" {
		return
	}
	text := "there is no such command"
	if !p.cmd.hidden {
		text += ": " + quote([]byte(name))
	}
	if meant := misspelled(name); meant != "" && !p.cmd.hidden {
		p.report(p.cmd.place, text+"; "+meant+" is one")
		return
	}
	p.reportAs(Note, Client, p.cmd.place, "unknown to imapscope, and rejected by the server"+strings.TrimPrefix(text, "there is no such command"))
}

// restOf explains a line without a command.
func (p *Pass) restOf() string {
	if p.afterLiteral == p.cmd.n {
		return "; most likely the rest of the literal before it, which was announced too short"
	}
	return ""
}

// misspelled returns the command of which a word differs by one letter, or by two that are
// exchanged; "" if there is none. Words that begin with X are experiments.
func misspelled(word string) string {
	if len(word) < 4 || word[0] == 'X' {
		return ""
	}
	for r := range protocol.Of(protocol.Command) {
		if off(word, r.Name) {
			return r.Name
		}
	}
	return ""
}

// off reports whether one letter is missing, too much, or another, or two are exchanged.
func off(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

func laterCommand(p *Pass) {
	cmd := p.cmd
	switch {
	case !cmd.known || cmd.lossy || !isBAD(p.message):
	case cmd.dialect != protocol.IMAP2 && p.understands(cmd):
	case cmd.dialect != protocol.IMAP2:
		p.report(cmd.place, cmd.name+" is not in RFC 1176, and the server does not know it")
	case cmd.later != "":
		p.report(cmd.place, "it asks for "+cmd.later+", which is not in RFC 1176, and the server does not know it")
	}
}

// understands reports whether the server is known to support a command: it announced
// a dialect that has it, or asked for one of its literals.
func (p *Pass) understands(cmd *command) bool {
	announced := cmd.row.In(p.session.Dialect)
	if !announced && cmd.row.Dialect == protocol.Extension {
		announced, _ = p.session.Offers(cmd.row.Capability)
	}
	return announced || cmd.lits > 0 && !cmd.unwaited && p.message.Txn.Ready > 0
}

// notPermitted reports a command given in the wrong state. The server decides who is
// logged in: a second OK to LOGIN is no fault in IMAP2.
func notPermitted(p *Pass) {
	t, cmd, state := p.message.Txn, p.cmd, p.session.State
	switch {
	case cmd.row == nil || cmd.row.States == 0 || cmd.row.States.Has(state) || p.blind || state == protocol.UnknownState || p.message.Word == "":
	case state == protocol.Awaited: // see beforeGreeting and greetingNotOK
	case isOK(p.message) && (state == protocol.Logout || p.mistook() || logsIn(cmd.row) && !p.isIMAP4()):
	default:
		p.report(cmd.place, t.Command+" in the state \""+state.String()+"\"; the server said "+p.message.Word)
	}
}

// mistook reports whether a command was most likely answered with another tag, so the
// session model did not follow it.
func (p *Pass) mistook() bool {
	return slices.ContainsFunc(p.out, func(cmd command) bool { return cmd.mistaken })
}

func argumentsRefused(p *Pass) {
	cmd := p.cmd
	switch {
	case !cmd.known || cmd.granted || cmd.faulty || p.blind || cmd.unwaited || logsIn(cmd.row) || waits(cmd.row):
	case !p.isIMAP4() && cmd.dialect == protocol.IMAP2: // C004 or S032
	case !p.understands(cmd) || cmd.arguments.len == 0:
	default:
		p.report(cmd.arguments, "the server knows "+cmd.name+" but rejects its arguments")
	}
}

func validRefused(p *Pass) {
	cmd := p.cmd
	if cmd.known && !cmd.faulty && !p.blind && cmd.dialect == protocol.IMAP2 && !cmd.unwaited && !cmd.beyond && !cmd.granted && !cmd.row.GoneIn(p.session.Dialect) {
		p.report(p.here(), "BAD to "+cmd.name+", which is correct")
	}
}
