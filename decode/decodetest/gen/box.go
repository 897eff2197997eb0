package gen

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// box is the selected mailbox, as the server has it.
type box struct {
	name     string
	readOnly bool
	writable bool // it is never read-only
	mail     []*mail
	recent   int
	flags    []string
	uid      int // the last one assigned

	sent struct{ exists, recent int } // what the client knows
}

// mail is one message.
type mail struct {
	uid          int
	flags        []string
	shown        []string // flags as the client was sent them last; nil if never
	header, text string
	subject      string
	from         string
	sender       bool // it differs from from
	to           int  // the number of recipients
}

var systemFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`}

// known returns what the client knows of the mailbox, or nil if b is.
func (b *box) known() *Box {
	if b == nil {
		return nil
	}
	k := &Box{Name: b.name, Exists: b.sent.exists, Recent: b.sent.recent, Flags: b.flags, Of: map[uint32][]string{}}
	for i, m := range b.mail {
		if m.shown != nil {
			k.Of[uint32(i+1)] = m.shown
		}
	}
	return k
}

// newBox draws a mailbox.
func (g *generator) newBox(name string) *box {
	b := &box{name: name, flags: slices.Clone(systemFlags[:])}
	if g.chance(2) {
		b.flags = append(b.flags, "Party")
	}
	if !g.chance(8) {
		for range g.number(1, 6) {
			g.deliver(b)
		}
	}
	b.recent = g.number(0, len(b.mail))
	return b
}

// deliver adds a message to a mailbox.
func (g *generator) deliver(b *box) {
	b.uid += g.number(1, 3)
	m := &mail{uid: b.uid, subject: g.word(), from: g.word(), sender: g.chance(4), to: g.number(0, 2), text: g.content()}
	if g.chance(3) {
		m.subject = g.content()
		if strings.ContainsAny(m.subject, "\t") {
			m.subject = "x"
		}
	}
	if g.chance(2) {
		m.flags = append(m.flags, `\Seen`)
	}
	if g.chance(4) {
		m.flags = append(m.flags, b.flags[g.number(0, len(b.flags)-1)])
		m.flags = slices.Compact(m.flags)
	}
	m.header = "Subject: " + g.word() + "\r\nFrom: " + m.from + "\r\n\r\n"
	b.mail = append(b.mail, m)
}

// set changes a flag, and reports whether it was changed.
func (m *mail) set(flag string, on bool) bool {
	i := slices.Index(m.flags, flag)
	switch {
	case on && i < 0:
		m.flags = append(slices.Clone(m.flags), flag)
	case !on && i >= 0:
		m.flags = slices.Delete(slices.Clone(m.flags), i, i+1)
	default:
		return false
	}
	return true
}

// numbers returns the numbers of messages for which keep reports true.
func (b *box) numbers(keep func(*mail) bool) []int {
	var list []int
	for i, m := range b.mail {
		if keep(m) {
			list = append(list, i+1)
		}
	}
	return list
}

// expunge removes a message and reports it.
func (g *generator) expunge(t *Transaction, number int) {
	b := g.box
	b.mail = slices.Delete(b.mail, number-1, number)
	b.sent.exists--
	g.count(t, number, "EXPUNGE")
}

// exists reports the size of the mailbox, and how many messages are new.
func (g *generator) exists(t *Transaction, b *box) {
	b.recent = min(b.recent, len(b.mail))
	b.sent.exists, b.sent.recent = len(b.mail), b.recent
	g.count(t, len(b.mail), "EXISTS")
	g.count(t, b.recent, "RECENT")
}

// flagList writes a list of flags in parentheses.
func (l *line) flagList(flags []string) *line {
	return l.open().words(flags...).shut()
}

// definedFlags sends FLAGS.
func (g *generator) definedFlags(t *Transaction, b *box) {
	g.untagged(t, "FLAGS", 0, new(line).words("*", "FLAGS").flagList(b.flags))
}

// fetched sends items of a message: "* n FETCH (…)".
func (g *generator) fetched(t *Transaction, number int, items []string) {
	m := g.box.mail[number-1]
	l := new(line).words("*").word(protocol.RoleMessageNumber, fmt.Sprint(number)).words(g.caseOf("FETCH")).open()
	for _, item := range items {
		g.item(l, m, item)
	}
	g.untagged(t, "FETCH", number, l.shut())
}

// item writes one item with its value.
func (g *generator) item(l *line, m *mail, item string) {
	server := capture.ServerToClient
	text := func(role protocol.Role, s string) {
		if g.quotable(s) && s != "" && g.chance(3) {
			l.quoted(role, s)
			return
		}
		l.literal(server, role, s, false)
	}
	l.words(strings.Replace(item, ".PEEK", "", 1))
	switch item {
	case "FLAGS":
		m.shown = append([]string{}, m.flags...)
		l.flagList(m.flags)
	case "UID":
		l.word(protocol.RoleUID, fmt.Sprint(m.uid))
	case "INTERNALDATE":
		date := " 9-Jun-88 12:55:44-PDT"
		if g.imap4() {
			date = "09-Jun-1988 12:55:44 -0700"
		}
		l.quoted(protocol.RoleInternalDate, date)
	case "RFC822.SIZE":
		l.word(protocol.RoleSize, fmt.Sprint(len(m.header)+len(m.text)))
	case "ENVELOPE":
		g.envelope(l, m)
	case "RFC822.HEADER", "BODY[HEADER]", "BODY.PEEK[HEADER]":
		text(protocol.RoleHeader, m.header)
	case "RFC822.TEXT", "BODY[TEXT]":
		text(protocol.RoleBody, m.text)
	default:
		text(protocol.RoleMessage, m.header+m.text)
	}
}

// envelope writes the ten fields of an envelope; sender and reply-to are defaulted.
func (g *generator) envelope(l *line, m *mail) {
	server := capture.ServerToClient
	l.open().quoted(protocol.RoleDate, "Sat, 4 Jun 88 13:27:11 PDT")
	if m.subject == "" {
		l.word(protocol.RoleSubject, protocol.NIL)
	} else if g.quotable(m.subject) {
		l.quoted(protocol.RoleSubject, m.subject)
	} else {
		l.literal(server, protocol.RoleSubject, m.subject, false)
	}
	sender := m.from
	if m.sender {
		sender = "secretary"
	}
	g.addresses(l, m.from)
	g.addresses(l, sender)
	g.addresses(l, m.from)
	if m.to > 0 {
		g.addresses(l, safe[:m.to]...)
	} else {
		l.word(protocol.RoleTo, protocol.NIL)
	}
	l.word(protocol.RoleCc, protocol.NIL).word(protocol.RoleBcc, protocol.NIL).word(protocol.RoleInReplyTo, protocol.NIL)
	l.quoted(protocol.RoleMessageID, fmt.Sprintf("<%d@a>", m.uid)).shut()
}

// addresses writes an address list.
func (g *generator) addresses(l *line, users ...string) {
	l.open()
	for _, user := range users {
		l.adjacent().word(protocol.RolePersonalName, protocol.NIL).word(protocol.RoleSourceRoute, protocol.NIL)
		l.quoted(protocol.RoleMailboxName, user).quoted(protocol.RoleHostName, "a.example").shut()
	}
	l.shut()
}

// span writes a range.
func span(first, last int) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d:%d", first, last)
}
