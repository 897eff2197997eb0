package why

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// changed is a change of flags, and the modification sequence of the mailbox before it.
type changed struct {
	Evidence
	mailbox string
	highest uint64
}

// modified follows a conditional STORE that left messages unchanged.
func (c *conn) modified(x store, args string) {
	x.set = syntax.ParseSequence([]byte(args))
	if len(c.clash) < maxStores && x.set != nil {
		c.clash = append(c.clash, x)
	}
}

// follows compares the flags that STORE's own answer shows with those that were asked for, and
// with what was known before.
func (c *conn) follows(m *decode.Message, b *session.Mailbox, flags []string, d syntax.FetchData) {
	before := b.At(m.Number)
	was := "" // unknown
	modseq := uint64(0)
	if n := d.Showing(protocol.ShowsModSeq); n != nil {
		for k := range n.All() {
			if v, ok := k.Number(m.Raw); ok {
				modseq = v
			}
		}
	}
	if before == nil || !before.HasFlag || len(lackedBy(before.Flags, flags)) == 0 && len(lackedBy(flags, before.Flags)) == 0 {
		return
	}
	was = listed(before.Flags)
	e := placed(c.ID, m, fmt.Sprintf("message %d: FLAGS (%s), which were (%s)", m.Number, listed(flags), was))
	if b.HighestModSeq > 0 {
		c.changed = changed{e, b.Name, b.HighestModSeq}
	}
	if modseq != 0 && before.ModSeq != 0 && modseq <= before.ModSeq {
		c.keep("flags", Reason{
			Severity: lint.Error, Verdict: Server, Evidence: []Evidence{e},
			Sentence: fmt.Sprintf("MODSEQ of message %d did not rise when its flags changed from (%s) to (%s): it is %d and was %d, so other clients never ask for the change.", m.Number, was, listed(flags), modseq, before.ModSeq),
			Remedy:   "Give a message a higher modification sequence with each change of its flags.",
		})
		c.changed = changed{}
	}
}

// sequenced follows HIGHESTMODSEQ of a mailbox that had one when flags were changed.
func (c *conn) sequenced(m *decode.Message, mailbox string, now uint64) {
	x := c.changed
	if x.mailbox == "" || !sameBox(x.mailbox, mailbox) || m.Txn == nil || m.Txn.N <= x.Txn {
		return
	}
	if c.changed = (changed{}); now != x.highest {
		return
	}
	y := Reason{
		Severity: lint.Error, Verdict: Server,
		Sentence: fmt.Sprintf("HIGHESTMODSEQ of %s did not rise when flags changed: it is still %d, so clients that compare it never see the change.", quote(safe(mailbox)), now),
		Remedy:   "Raise HIGHESTMODSEQ with each change of flags.",
	}
	y.add(x.Evidence)
	y.add(placed(c.ID, m, fmt.Sprintf("HIGHESTMODSEQ %d", now)))
	c.keep("flags", y)
}

func sameBox(a, b string) bool {
	return a == b || strings.EqualFold(a, protocol.Inbox) && strings.EqualFold(b, protocol.Inbox)
}

// coded follows the codes and figures that say something of modification sequences, and how the
// mailbox was opened.
func (c *conn) coded(r *Reasoner, m *decode.Message) {
	if m.Row.Does(protocol.Reports) && c.changed.mailbox != "" {
		tree := r.parser.Response(&m.Message)
		if box := tree.FindRole(protocol.RoleMailbox); box != nil {
			c.sequenced(m, string(box.Value(m.Raw)), figureIn(m.Raw))
		}
		return
	}
	if m.Text == nil {
		return
	}
	code, args := codeAndArgs(string(m.Text))
	s := r.linter.Session(c.ID)
	switch {
	case code.Does(protocol.LacksModSeq):
		c.noModSeq = true
	case code.Does(protocol.GivesHighestModSeq) && s != nil && m.Txn != nil:
		box := s.Name
		if m.Txn.Row.Does(protocol.Selects) {
			if n := r.parser.Request(&m.Txn.Request).FindRole(protocol.RoleMailbox); n != nil {
				box = string(n.Value(m.Txn.Request.Raw))
			}
		}
		if v, err := strconv.ParseUint(args, 10, 63); err == nil {
			c.sequenced(m, box, v)
		}
	}
}

// figureIn returns the highest modification sequence among figures, 0 if there is none.
func figureIn(raw []byte) uint64 {
	var name []byte
	for w, rest := wire.Word(raw); len(w) > 0; w, rest = wire.Word(rest) {
		w = bytes.Trim(w, "()\r\n")
		if protocol.Lookup(protocol.Code, name).Does(protocol.GivesHighestModSeq) {
			v, _ := strconv.ParseUint(string(w), 10, 63)
			return v
		}
		name = w
	}
	return 0
}

// unoffered follows a command that was refused, and has a word of CONDSTORE or QRESYNC that it
// may not have.
func (c *conn) unoffered(r *Reasoner, t *decode.Transaction) {
	s := r.linter.Session(c.ID)
	for n := range r.parser.Request(&t.Request).All() {
		row := protocol.Lookup(protocol.Modifier, n.Bytes(t.Request.Raw))
		if row == nil || n.Kind != syntax.KindWord || s == nil {
			continue
		}
		qresync := row.Capability == protocol.That(protocol.Capability, protocol.ReportsVanished).Name
		if !qresync && row.Capability != protocol.That(protocol.Code, protocol.LacksModSeq).Capability {
			continue
		}
		says := ""
		offered, known := s.Offers(row.Capability)
		switch {
		case known && !offered:
			says = fmt.Sprintf("The client uses %s, but the server does not offer %s", row.Name, row.Capability)
		case qresync && !c.resyncs:
			says = fmt.Sprintf("The client uses %s without having enabled it: ENABLE %s comes first", row.Name, row.Capability)
		case c.noModSeq:
			says = fmt.Sprintf("The client uses %s in a mailbox that has no modification sequences (NOMODSEQ)", row.Name)
		default:
			continue
		}
		x := Reason{Severity: lint.Warning, Verdict: Client, Sentence: says + answerOf(t), Remedy: "Use it only where the server offers it and has enabled it, and SELECT returned HIGHESTMODSEQ; otherwise compare all flags."}
		x.add(about(c.ID, t, false))
		x.add(about(c.ID, t, true))
		c.keep("flags", x)
		return
	}
}
