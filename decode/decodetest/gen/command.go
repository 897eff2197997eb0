package gen

import (
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

const greeting = decode.Greeting

// plain returns a command without data of its own: news may come with it.
func (g *generator) plain(name string) job {
	t, l := g.begin(name)
	return job{t, l, "", func() {
		if g.box != nil && g.chance(3) {
			g.news(g.oldest())
		}
		g.answer(t, "OK", g.phrase())
	}}
}

func (g *generator) noop() job { return g.plain("NOOP") }

func (g *generator) check() job {
	t, l := g.begin("CHECK")
	return job{t, l, "", func() {
		g.exists(g.oldest(), g.box)
		g.answer(t, "OK", g.phrase())
	}}
}

// fetchItems are the items of a FETCH, by dialect; the last ones are of IMAP4.
var fetchItems = [...]string{
	"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "RFC822", "RFC822.HEADER", "RFC822.TEXT",
	"UID", "BODY[]", "BODY.PEEK[HEADER]", "BODY[TEXT]",
}

// imap2Items is how many of fetchItems IMAP2 has.
const imap2Items = 7

// macros are names for several items.
var macros = map[string][]string{
	"ALL":  {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
	"FAST": {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
}

// items writes what is fetched, and returns it.
func (g *generator) items(l *line) []string {
	if g.chance(4) {
		macro := g.pick("FAST", "ALL")
		l.words(g.caseOf(macro))
		return macros[macro]
	}
	most := imap2Items
	if g.imap4() {
		most = len(fetchItems)
	}
	var items []string
	for range g.number(1, 3) {
		if item := fetchItems[g.number(0, most-1)]; !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	if len(items) == 1 && g.chance(2) {
		l.words(g.caseOf(items[0]))
		return items
	}
	l.open()
	for _, item := range items {
		l.words(g.caseOf(item))
	}
	l.shut()
	return items
}

func (g *generator) fetch() job {
	t, l := g.begin("FETCH")
	seq, numbers := g.sequence(len(g.box.mail))
	l.word(protocol.RoleMessageNumber, seq)
	items := g.items(l)
	return job{t, l, "FETCH", func() {
		for _, n := range numbers {
			g.fetchAnswer(t, n, items)
		}
		g.answer(t, "OK", g.phrase())
	}}
}

// seeing are the items that set \Seen.
var seeing = [...]string{"RFC822", "RFC822.TEXT", "BODY[]", "BODY[TEXT]"}

// fetchAnswer answers for one message: its flags come along if they changed.
func (g *generator) fetchAnswer(t *Transaction, n int, items []string) {
	m := g.box.mail[n-1]
	sees := slices.ContainsFunc(items, func(item string) bool { return slices.Contains(seeing[:], item) })
	if sees && m.set(`\Seen`, true) && !slices.Contains(items, "FLAGS") {
		items = append(slices.Clone(items), "FLAGS")
	}
	if len(items) > 1 && t.Command == "FETCH" && g.chance(4) { // one response, or two
		g.fetched(t, n, items[:1])
		items = items[1:]
	}
	g.fetched(t, n, items)
}

func (g *generator) uidFetch() job {
	t, l := g.begin("UID FETCH")
	n := g.number(1, len(g.box.mail))
	m := g.box.mail[n-1]
	l.word(protocol.RoleUID, fmt.Sprint(m.uid))
	items := slices.DeleteFunc(slices.Clone(g.items(l)), func(item string) bool { return item == "UID" })
	return job{t, l, "FETCH", func() {
		g.fetchAnswer(t, n, append([]string{"UID"}, items...))
		g.answer(t, "OK", g.phrase())
	}}
}

func (g *generator) store() job {
	if g.box.readOnly {
		return g.noop()
	}
	t, l := g.begin("STORE")
	seq, numbers := g.sequence(len(g.box.mail))
	how := g.pick("+FLAGS", "-FLAGS", "FLAGS")
	flags := []string{g.box.flags[g.number(0, len(g.box.flags)-1)]}
	if other := g.pick(systemFlags[:]...); other != flags[0] && g.chance(3) {
		flags = append(flags, other)
	}
	l.word(protocol.RoleMessageNumber, seq).words(g.caseOf(how))
	if len(flags) == 1 && !g.imap4() && g.chance(2) {
		l.words(flags...)
	} else {
		l.flagList(flags)
	}
	return job{t, l, "STORE", func() {
		for _, n := range numbers {
			m := g.box.mail[n-1]
			if how == "FLAGS" {
				m.flags = nil
			}
			for _, f := range flags {
				m.set(f, how != "-FLAGS")
			}
			g.fetched(t, n, []string{"FLAGS"})
		}
		g.answer(t, "OK", g.phrase())
	}}
}

func (g *generator) copy() job {
	t, l := g.begin("COPY")
	seq, numbers := g.sequence(len(g.box.mail))
	l.word(protocol.RoleMessageNumber, seq)
	g.str(l, capture.ClientToServer, protocol.RoleMailbox, "copies-"+g.name())
	return job{t, l, "COPY", func() {
		if status, _ := g.refusal(l, "NO"); status == "NO" && g.chance(4) {
			g.answer(t, "NO", g.phrase())
			return
		}
		for _, n := range numbers {
			if !g.imap4() {
				g.count(t, n, "COPY")
			}
		}
		g.answer(t, "OK", g.phrase())
	}}
}

// search looks for flags, texts and dates.
func (g *generator) search() job {
	t, l := g.begin("SEARCH")
	flag, wanted := "", false
	for range g.number(1, 3) {
		switch g.number(0, 3) {
		case 0:
			key := g.pick("SEEN", "UNSEEN", "DELETED", "UNDELETED")
			flag, wanted = `\Seen`, key == "SEEN"
			l.words(key)
		case 1:
			l.words(g.caseOf(g.pick("SUBJECT", "FROM", "TEXT", "BODY")))
			text := g.content()
			if text == "" {
				text = "x"
			}
			g.str(l, capture.ClientToServer, protocol.RoleSearchText, text)
		case 2:
			l.words(g.pick("SINCE", "BEFORE", "ON"))
			date := "7-May-91"
			if g.imap4() {
				date = "7-May-1991"
			}
			g.str(l, capture.ClientToServer, protocol.RoleSearchDate, date)
		case 3:
			l.words("KEYWORD").word(protocol.RoleFlag, "Party")
		}
	}
	return job{t, l, "SEARCH", func() {
		found := g.box.numbers(func(m *mail) bool { return flag == "" || has(m.flags, flag) == wanted })
		if len(found) > 0 {
			r := new(line).words("*", g.caseOf("SEARCH"))
			for _, n := range found {
				r.word(protocol.RoleMessageNumber, fmt.Sprint(n))
			}
			g.untagged(t, "SEARCH", 0, r)
		}
		g.answer(t, "OK", g.phrase())
	}}
}

// list lists mailboxes, as the dialect does.
func (g *generator) list() job {
	client, server := capture.ClientToServer, capture.ServerToClient
	if g.imap4() {
		t, l := g.begin("LIST")
		l.quoted(protocol.RoleReference, "").word(protocol.RolePattern, "*")
		return job{t, l, "LIST", func() {
			for range g.number(0, 3) {
				r := new(line).words("*", "LIST").open().shut().quoted(protocol.RoleNone, "/")
				g.str(r, server, protocol.RoleMailbox, g.name())
				g.untagged(t, "LIST", 0, r)
			}
			g.answer(t, "OK", g.phrase())
		}}
	}
	t, l := g.begin("FIND")
	what, data, role := "MAILBOXES", "MAILBOX", protocol.RoleMailbox
	if g.chance(2) {
		what, data, role = "BBOARDS", "BBOARD", protocol.RoleBBoard
	}
	l.words(g.caseOf(what))
	if g.chance(2) {
		l.word(protocol.RolePattern, g.pick("*", "foo%bar*"))
	} else {
		g.str(l, client, protocol.RolePattern, g.word())
	}
	return job{t, l, data, func() {
		for range g.number(0, 3) {
			r := new(line).words("*", data)
			g.str(r, server, role, g.name())
			g.untagged(t, data, 0, r)
		}
		g.answer(t, "OK", g.phrase())
	}}
}

// extra is a command of a later dialect; an IMAP2 server does not know it.
func (g *generator) extra() job {
	switch {
	case !g.bis():
		t, l := g.begin("CAPABILITY")
		return job{t, l, "", func() { g.answer(t, "BAD", g.phrase()) }}
	case g.imap4() && g.chance(2):
		return g.capability()
	case g.chance(2):
		return g.appending()
	}
	t, l := g.begin(g.pick("CREATE", "DELETE", "SUBSCRIBE"))
	g.str(l, capture.ClientToServer, protocol.RoleMailbox, g.name())
	status, _ := g.refusal(l, g.pick("OK", "NO"))
	return job{t, l, "", func() { g.answer(t, status, g.phrase()) }}
}

func (g *generator) capability() job {
	t, l := g.begin("CAPABILITY")
	return job{t, l, "CAPABILITY", func() {
		g.untagged(t, "CAPABILITY", 0, new(line).words("*", "CAPABILITY", "IMAP4rev1", "LITERAL+", "IDLE"))
		g.answer(t, "OK", g.phrase())
	}}
}

func (g *generator) appending() job {
	t, l := g.begin("APPEND")
	g.str(l, capture.ClientToServer, protocol.RoleMailbox, "copies-"+g.word())
	if g.chance(2) {
		l.flagList([]string{`\Seen`})
	}
	l.literal(capture.ClientToServer, protocol.RoleMessage, "Subject: x\r\n\r\n"+g.content(), g.imap4() && g.chance(2))
	return job{t, l, "", func() { g.answer(t, "OK", g.phrase()) }}
}
