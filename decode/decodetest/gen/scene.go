package gen

import (
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// job is a command that is ready to be sent, and what the server does about it.
type job struct {
	txn    *Transaction
	line   *line
	data   string // the kind of data that only it claims, to be answered out of turn; empty if unsure
	answer func()
}

// greet sends the greeting.
func (g *generator) greet() {
	text := g.hello()
	l := new(line).words("*", "OK").text(text)
	g.respond(&Message{Kind: greeting, Word: "OK", Text: text}, l)
}

// hello returns the text of a greeting. It announces every dialect but IMAP2.
func (g *generator) hello() string {
	switch {
	case g.imap4():
		return "IMAP4rev1 " + g.phrase()
	case g.bis():
		return "IMAP2bis " + g.phrase()
	}
	return g.phrase()
}

// enter logs in, at the first attempt or later.
func (g *generator) enter() {
	for range g.number(0, 1) {
		g.one(g.before())
	}
	if g.imap4() && !g.o.Plain && g.chance(3) {
		g.authenticate()
		return
	}
	for g.chance(4) {
		if g.login("NO") == "OK" {
			return
		}
	}
	g.login("OK")
}

// before returns a command that needs no user.
func (g *generator) before() job {
	if g.imap4() {
		return g.capability()
	}
	return g.noop()
}

// passwords have no word in common with anything else in a session, because what repeats a
// password is masked.
var passwords = [...]string{"swordfish", "sesame {5}", `open"sesame\`, "swordfish\r\na1 OK sesame", "(sesame)", "{3}\r\n"}

// login logs in, with a status if it may be that one, and returns the one that it was.
func (g *generator) login(status string) string {
	user, password := g.name(), passwords[0]
	if !g.o.Plain && g.chance(3) {
		password = g.pick(passwords[1:]...)
	}
	t, l := g.begin("LOGIN")
	g.str(l, capture.ClientToServer, protocol.RoleUserID, user)
	g.str(l, capture.ClientToServer, protocol.RolePassword, password)
	status, refused := g.refusal(l, status)
	g.send(t, l, refused)
	g.answer(t, status, g.phrase())
	return status
}

// refusal returns how the server answers a command that it wants to refuse, and at
// which of its literals, from 1, if not at its end.
func (g *generator) refusal(l *line, status string) (string, int) {
	switch {
	case status != "NO" || len(l.waits) == 0:
		return status, 0
	case g.o.Plain:
		return "OK", 0
	case g.chance(2):
		return status, 0
	}
	return status, g.number(1, len(l.waits))
}

// authenticate logs in by SASL; a wrong response may come first.
func (g *generator) authenticate() {
	for _, status := range []string{"NO", "OK"} {
		if status == "NO" && !g.chance(2) {
			continue
		}
		t, l := g.begin("AUTHENTICATE")
		if g.chance(2) {
			g.send(t, l.words("PLAIN"), 0)
			g.ready(t, g.pick("go", "ready"))
			g.continued(t, "AGZyZWQAc2VjcmV0")
		} else {
			g.send(t, l.words("CRAM-MD5"), 0)
			g.ready(t, "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+")
			g.continued(t, "ZnJlZCA5ZTk1YWVlMDljNDBhZjJiODRhMGMyYjNiYmFlNzg2ZQ==")
		}
		g.answer(t, status, g.phrase())
	}
}

// one sends a command and answers it.
func (g *generator) one(j job) {
	g.send(j.txn, j.line, 0)
	j.answer()
}

// work is what a client does in a session.
func (g *generator) work() {
	for range g.number(0, 14) {
		if g.box == nil {
			g.outside()
		} else {
			g.inside()
		}
		if g.chance(4) {
			g.noise()
		}
	}
}

// needBox selects a mailbox that has at least four messages and can be changed, unless
// one is selected.
func (g *generator) needBox(fresh bool) {
	if !fresh && g.box != nil && len(g.box.mail) > 3 && !g.box.readOnly {
		return
	}
	b := g.newBox(g.word())
	for len(b.mail) < 4 {
		g.deliver(b)
	}
	b.writable = true
	g.selectBox(b, "SELECT", "OK")
}

// outside is a scene without a mailbox.
func (g *generator) outside() {
	switch n := g.number(0, 9); {
	case n < 8:
		g.selectAny()
	case n == 8:
		g.one(g.list())
	default:
		g.one(g.extra())
	}
}

// inside is a scene in a mailbox: one command, several at once, or one that changes
// what numbers mean.
func (g *generator) inside() {
	switch n := g.number(0, 10); {
	case n < 6:
		g.one(g.request())
	case n < 8:
		g.pipeline()
	case n == 8:
		g.removal()
	case n == 9 && g.imap4():
		g.idle()
	case n == 9:
		g.one(g.extra())
	default:
		g.selectAny()
	}
}

// request returns a command that does not change what numbers mean.
func (g *generator) request() job {
	kinds := []func() job{g.noop, g.check, g.list}
	if len(g.box.mail) > 0 {
		kinds = append(kinds, g.fetch, g.fetch, g.search, g.store, g.copy)
		if g.imap4() {
			kinds = append(kinds, g.uidFetch)
		}
	}
	return kinds[g.number(0, len(kinds)-1)]()
}

// pipeline sends several commands before the first is answered. They are answered in
// order, or, where the data shows which command it is for, in another.
func (g *generator) pipeline() {
	var jobs []job
	claimed := map[string]bool{}
	distinct, removable := true, false
	for range g.number(2, 4) {
		j := g.request()
		_, stores := claimed["STORE"]
		_, fetches := claimed["FETCH"]
		if j.data == "STORE" && (stores || fetches) || j.data == "FETCH" && stores {
			j = g.rewrite(j)
		}
		if removable && numbered[j.txn.Command] {
			j = g.rewrite(j)
		}
		removable = removable || g.imap4() && !keepsNumbers[j.txn.Command]
		distinct = distinct && !claimed[j.data] && j.data != ""
		claimed[j.data] = true
		if len(j.line.waits) > 0 { // the server asks for a literal once it has done the rest
			g.answerAll(jobs, false)
			jobs = nil
		}
		g.send(j.txn, j.line, 0)
		jobs = append(jobs, j)
	}
	g.answerAll(jobs, distinct)
}

// numbered are the commands that name messages by number. In IMAP4 a client waits with
// them until only commands of keepsNumbers are in progress, during which a server may not
// send EXPUNGE (RFC 3501, 5.5).
var (
	numbered     = map[string]bool{"FETCH": true, "STORE": true, "COPY": true}
	keepsNumbers = map[string]bool{"FETCH": true, "STORE": true, "SEARCH": true}
)

// rewrite replaces a command that would be ambiguous by NOOP with its tag.
func (g *generator) rewrite(j job) job {
	t := j.txn
	t.Command = "NOOP"
	return job{t, new(line).words(t.Tag, "NOOP"), "", func() { g.answer(t, "OK", g.phrase()) }}
}

func (g *generator) answerAll(jobs []job, anyOrder bool) {
	for len(jobs) > 0 {
		i := 0
		if anyOrder {
			i = g.number(0, len(jobs)-1)
		}
		jobs[i].answer()
		jobs = append(jobs[:i:i], jobs[i+1:]...)
	}
}

// selectAny selects a mailbox, or fails to, and is left without one.
func (g *generator) selectAny() {
	name := g.pick("INBOX", "inbox", g.name())
	status := "OK"
	if g.chance(5) {
		status = "NO"
	}
	g.selectBox(g.newBox(name), g.pick("SELECT", "SELECT", "BBOARD"), status)
}

// selectBox selects a mailbox by SELECT or BBOARD, which only IMAP2 has.
func (g *generator) selectBox(b *box, command, status string) {
	role := protocol.RoleMailbox
	if command == "BBOARD" && !g.imap4() {
		role = protocol.RoleBBoard
	} else {
		command = "SELECT"
	}
	t, l := g.begin(command)
	g.str(l, capture.ClientToServer, role, b.name)
	status, refused := g.refusal(l, status)
	g.send(t, l, refused)
	g.box = nil
	text := g.phrase()
	if status == "OK" {
		g.definedFlags(t, b)
		g.exists(t, b)
		g.box = b
		if g.chance(3) {
			b.readOnly = g.chance(2) && !b.writable
			text = map[bool]string{true: "[READ-ONLY] ", false: "[READ-WRITE] "}[b.readOnly] + text
		}
	}
	g.answer(t, status, text)
}

// leave ends the session: by LOGOUT, or by the server.
func (g *generator) leave() {
	if g.chance(5) {
		g.status(nil, "BYE", g.phrase())
		return
	}
	t, l := g.begin("LOGOUT")
	g.send(t, l, 0)
	g.status(t, "BYE", g.phrase())
	g.box = nil
	g.answer(t, "OK", g.phrase())
}

// noise is data that the server sends unasked while no command is outstanding.
func (g *generator) noise() {
	switch {
	case g.chance(2) || g.box == nil:
		g.status(nil, g.pick("OK", "NO"), g.phrase())
	default:
		g.news(nil)
	}
}

// news sends what has changed in the mailbox. Numbers keep their meaning.
func (g *generator) news(t *Transaction) {
	if n := len(g.box.mail); n > 0 && len(g.out) < 2 && g.chance(2) {
		number := g.number(1, n)
		g.box.mail[number-1].set(`\Answered`, true)
		g.fetched(t, number, []string{"FLAGS"})
		return
	}
	g.deliver(g.box)
	g.box.recent++
	g.exists(t, g.box)
}

// removal is a command after which numbers mean other messages.
func (g *generator) removal() {
	if g.box.readOnly || g.chance(3) {
		j := g.noop()
		g.send(j.txn, j.line, 0)
		if n := len(g.box.mail); n > 0 {
			g.expunge(j.txn, g.number(1, n))
		}
		j.answer()
		return
	}
	t, l := g.begin("EXPUNGE")
	g.send(t, l, 0)
	removed := 0
	for _, n := range g.box.numbers(func(m *mail) bool { return has(m.flags, `\Deleted`) }) {
		g.expunge(t, n-removed)
		removed++
	}
	g.answer(t, "OK", g.phrase())
}

// idle waits for news (RFC 2177).
func (g *generator) idle() {
	t, l := g.begin("IDLE")
	g.send(t, l, 0)
	g.ready(t, g.phrase())
	for range g.number(0, 3) {
		if n := len(g.box.mail); n > 0 && g.chance(3) {
			g.expunge(t, g.number(1, n))
			continue
		}
		g.news(t)
	}
	g.continued(t, g.pick("DONE", "done"))
	g.answer(t, "OK", g.phrase())
}

func has(flags []string, flag string) bool {
	return strings.Contains(fmt.Sprintf(" %s ", strings.Join(flags, " ")), " "+flag+" ")
}
