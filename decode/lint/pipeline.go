package lint

import (
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// pipelineRules are the rules of IMAP4 about message numbers while commands are in progress.
var pipelineRules = []*Rule{
	{
		ID: "C023", Title: "message numbers sent while they may change", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of3501("5.5. Multiple Commands in Progress", 22),
		Explanation: "Any command other than FETCH, STORE and SEARCH permits the server to send EXPUNGE before its response, which gives messages new numbers. A client must wait for that response before it sends a command with message numbers, or the two sides may mean different messages. UID commands permit EXPUNGE too.",
		Advice:      "Wait for the response, or use unique identifiers.",
		Bad:         in4 + "C: a1 UID FETCH 22 FLAGS\nC: a2 STORE 3 +FLAGS (\\Deleted)\nS: * 2 FETCH (UID 22 FLAGS (\\Seen))\nS: a1 OK done\nS: * 3 FETCH (FLAGS (\\Deleted))\nS: a2 OK done\n",
		Good:        in4 + "C: a1 UID FETCH 22 FLAGS\nC: a2 UID STORE 23 +FLAGS (\\Deleted)\nS: * 2 FETCH (UID 22 FLAGS (\\Seen))\nS: a1 OK done\nS: * 3 FETCH (UID 23 FLAGS (\\Deleted))\nS: a2 OK done\n",
		On:          []Fact{OnRequest}, Run: numbersInDoubt,
	},
	{
		ID: "C024", Title: "message numbers that an EXPUNGE had changed", Severity: Error, Verdict: Client, Later: true,
		Ref:         of3501("5.5. Multiple Commands in Progress", 22),
		Explanation: "The command names messages by number and was sent before an EXPUNGE that took effect first: the server applies the numbers to other messages. With STORE, COPY or FETCH the wrong message is marked, copied or shown.",
		Advice:      "Wait for the response to the command before it, or use unique identifiers.",
		Bad:         in4 + "C: a1 UID EXPUNGE 22\nC: a2 STORE 3 +FLAGS (\\Deleted)\nS: * 2 EXPUNGE\nS: a1 OK done\nS: * 3 FETCH (FLAGS (\\Deleted))\nS: a2 OK done\n",
		Good:        in4 + "C: a1 UID EXPUNGE 22\nS: * 2 EXPUNGE\nS: a1 OK done\nC: a2 STORE 2 +FLAGS (\\Deleted)\nS: * 2 FETCH (FLAGS (\\Deleted))\nS: a2 OK done\n",
		On:          []Fact{OnExpunge}, Run: numbersChanged,
	},
	{
		ID: "S046", Title: "EXPUNGE while no command is in progress", Severity: Error, Verdict: Server, Later: true,
		Ref:         of3501("7.4.1. EXPUNGE Response", 73),
		Explanation: "The client may be sending a command with message numbers at this moment, and its numbers would then mean other messages. EXPUNGE has to wait for a command that permits it.",
		Advice:      "Hold EXPUNGE back until the next command other than FETCH, STORE or SEARCH.",
		Bad:         in4 + "C: u UID FETCH 22 UID\nS: * 2 FETCH (UID 22)\nS: u OK done\nS: * 3 EXPUNGE\n",
		Good:        in4 + "C: u UID FETCH 22 UID\nS: * 2 FETCH (UID 22)\nS: u OK done\nC: a1 NOOP\nS: * 3 EXPUNGE\nS: a1 OK done\n",
		On:          []Fact{OnExpunge, OnVanished}, Run: expungeUnasked,
	},
}

// keepsNumbers reports whether a server may not send EXPUNGE while a command is in progress.
func keepsNumbers(r *protocol.Row) bool {
	return bySequence(r, protocol.Fetches, protocol.Stores, protocol.Searches)
}

// inDoubt returns the command in progress that permits EXPUNGE, sent before cmd, which
// names messages by number; nil if there is none. A mailbox that is being selected has its
// numbers from then on.
func (c *conn) inDoubt(cmd *command) *command {
	if !c.isIMAP4() || cmd.sequence == nil || all1(cmd.sequence) || c.session.State != protocol.Selected || c.pending(opens) {
		return nil
	}
	for i := range c.out {
		o := &c.out[i]
		if o == cmd {
			break
		}
		if o.known && !o.lossy && !o.mistaken && o.n > c.answered && !keepsNumbers(o.row) {
			return o
		}
	}
	return nil
}

// all1 reports whether a sequence names all messages, or only the last one: EXPUNGE does
// not change what that means.
func all1(s syntax.Sequence) bool {
	for _, r := range s {
		low, high := r.Bounds()
		if high != syntax.Star || low != 1 && low != syntax.Star {
			return false
		}
	}
	return true
}

func numbersInDoubt(p *Pass) {
	if o := p.inDoubt(p.cmd); o != nil && !p.blind {
		p.cmd.unsafe = true
		p.reportIfSure(capture.ServerToClient, p.cmd.place, fmt.Sprintf("%s names messages by number while %s is in progress", p.cmd.name, o.name))
	}
}

func numbersChanged(p *Pass) {
	if p.beyond() || p.blind {
		return
	}
	for i := range p.out {
		o := &p.out[i]
		if !o.unsafe || o.moved || o == p.cmd || !reaches(o.sequence, p.message.Number) {
			continue
		}
		p.reportIfSure(capture.ClientToServer, p.here(), fmt.Sprintf("%s, sent before message %d was expunged, names %s by their numbers", o.name, p.message.Number, o.sequence))
	}
}

// reaches reports whether a sequence names a message whose number an EXPUNGE changes.
func reaches(s syntax.Sequence, number uint32) bool {
	for _, r := range s {
		if _, high := r.Bounds(); high >= number {
			return true
		}
	}
	return false
}

func expungeUnasked(p *Pass) {
	if p.isIMAP4() && !p.blind && len(p.out) == 0 && p.message.Kind == decode.Untagged && p.renumbers() {
		text := p.message.Word + " while no command is in progress"
		if p.fact == OnExpunge {
			text = fmt.Sprintf("%s of message %d while no command is in progress", p.message.Word, p.message.Number)
		}
		p.reportIfSure(capture.ClientToServer, p.here(), text)
	}
}
