package server

import (
	"fmt"
	"strings"

	"imapscope/decode/syntax"
)

// An action is what a command does, and the states in which it is allowed.
type action struct {
	run      func(*command) []reply
	args     int  // the required number
	anytime  bool // allowed before LOGIN
	selected bool // requires a selected mailbox
}

// commands are the commands of RFC 1176 (p. 10).
var commands = map[string]action{
	"NOOP":    {run: (*command).noop, anytime: true},
	"LOGIN":   {run: (*command).login, args: 2},
	"LOGOUT":  {run: (*command).logout, anytime: true},
	"SELECT":  {run: (*command).open, args: 1},
	"BBOARD":  {run: (*command).open, args: 1},
	"FIND":    {run: (*command).find, args: 2},
	"CHECK":   {run: (*command).check, selected: true},
	"EXPUNGE": {run: (*command).expunge, selected: true},
	"COPY":    {run: (*command).copy, args: 2, selected: true},
	"FETCH":   {run: (*command).fetch, args: 2, selected: true},
	"STORE":   {run: (*command).store, args: 2, selected: true},
	"SEARCH":  {run: (*command).search, args: 1, selected: true},
}

func (c *command) ok(text string) reply { return status(c.tag, "OK", text) }
func (c *command) no(text string) reply { return status(c.tag, "NO", text) }

// text returns argument i as a string.
func (c *command) text(i int) string {
	if i >= len(c.args) {
		return ""
	}
	return string(c.args[i].Value(c.raw))
}

func (c *command) noop() []reply { return append(c.news(true), c.ok("NOOP completed")) }

func (c *command) login() []reply {
	boxes, ok := c.server.login(c.text(0), c.text(1))
	if !ok {
		return []reply{c.no("user and password do not fit")}
	}
	c.Session.user, c.Session.boxes = c.text(0), boxes
	return []reply{c.ok("LOGIN completed, " + printable(c.text(0)))}
}

// logout sends BYE before its OK (RFC 1176, "Commands": LOGOUT, p. 11).
func (c *command) logout() []reply {
	c.over = true
	return []reply{status("*", "BYE", c.server.opts.Host+" closes the connection"), c.ok("LOGOUT completed")}
}

// open selects a mailbox or a bulletin board. The previous one is deselected even if
// that fails (RFC 1176, "Commands": SELECT, p. 11).
func (c *command) open() []reply {
	c.view = nil
	var b *mailbox
	name := c.text(0)
	if c.name == "BBOARD" {
		b = c.server.bboards[name]
	} else {
		b = c.boxes[mailboxName(name)]
	}
	if b == nil {
		return []reply{c.no("there is no " + printable(name))}
	}
	c.view = b.open()
	access := "[READ-WRITE]"
	if b.readOnly {
		access = "[READ-ONLY]"
	}
	return []reply{
		data("FLAGS", syntax.Flags(systemFlags[:])),
		numbered(len(c.view.entries), "EXISTS"),
		numbered(c.view.recent(), "RECENT"),
		c.ok(access + " " + c.name + " completed"),
	}
}

// mailboxName returns the canonical form of a name: INBOX in any case is INBOX.
func mailboxName(s string) string {
	if strings.EqualFold(s, "INBOX") {
		return "INBOX"
	}
	return s
}

// find lists the names that SELECT or BBOARD accept, except INBOX (RFC 1176,
// "Commands": FIND MAILBOXES, p. 12).
func (c *command) find() []reply {
	word, all := "MAILBOX", names(c.boxes)
	if strings.EqualFold(c.text(0), "BBOARDS") {
		word, all = "BBOARD", names(c.server.bboards)
	}
	var out []reply
	for _, n := range all {
		if n != "INBOX" && like(n, c.text(1)) {
			out = append(out, data(word, syntax.String(n)))
		}
	}
	return append(out, c.ok("FIND completed"))
}

// like reports whether s matches a pattern: "*" matches any number of characters, "%" a single
// one (RFC 1176, p. 12). It takes at most time proportional to the product of both lengths.
func like(s, pattern string) bool {
	star, from := -1, 0
	i, k := 0, 0
	for i < len(s) {
		switch {
		case k < len(pattern) && pattern[k] == '*':
			star, from = k, i
			k++
		case k < len(pattern) && (pattern[k] == '%' || equalFold(pattern[k], s[i])):
			i++
			k++
		case star >= 0:
			from++
			i, k = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[k:], "*") == ""
}

func equalFold(a, b byte) bool { return strings.EqualFold(string(a), string(b)) }

// check also reports EXISTS and RECENT if they have not changed (RFC 1176, "Commands": CHECK,
// p. 13).
func (c *command) check() []reply {
	out := c.news(true)
	if !hasWord(out, "EXISTS") {
		out = append(out, numbered(len(c.view.entries), "EXISTS"), numbered(c.view.recent(), "RECENT"))
	}
	return append(out, c.ok("CHECK completed"))
}

func hasWord(list []reply, word string) bool {
	for _, r := range list {
		if r.word == word {
			return true
		}
	}
	return false
}

func (c *command) expunge() []reply {
	if c.view.readOnly {
		return []reply{c.no("this mailbox is read-only")}
	}
	c.view.mailbox.expunge()
	return append(c.news(true), c.ok("EXPUNGE completed"))
}

// news returns the unreported changes of the mailbox. Message numbers change only if renumber
// is true.
func (c *command) news(renumber bool) []reply {
	if c.view == nil {
		return nil
	}
	gone, more, flagged := c.view.changes(renumber)
	var out []reply
	for _, n := range gone {
		out = append(out, numbered(n, "EXPUNGE"))
	}
	if more || len(gone) > 0 {
		out = append(out, numbered(len(c.view.entries), "EXISTS"), numbered(c.view.recent(), "RECENT"))
	}
	for _, n := range flagged {
		out = append(out, fetched(n, syntax.Prop{Name: "FLAGS", Value: syntax.Flags(c.view.flagsOf(n))}))
	}
	return out
}

// sequence returns the message numbers of argument i, in the given order; ok is false if a
// message does not exist. A range may run backwards.
func (c *command) sequence(i int) ([]int, bool) {
	var out []int
	last := uint32(len(c.view.entries))
	for _, r := range syntax.ReadSequence(c.args[i], c.raw) {
		low, high := r.Bounds()
		if low == 0 || high > last {
			return nil, false
		}
		if r.First <= r.Last {
			for n := low; n <= high; n++ {
				out = append(out, int(n))
			}
		} else {
			for n := high; n >= low; n-- {
				out = append(out, int(n))
			}
		}
		if len(out) > 4*maxMessages {
			return nil, false
		}
	}
	return out, len(out) > 0
}

func (c *command) noMessage() []reply {
	return []reply{status(c.tag, "BAD", fmt.Sprintf("there are messages 1 to %d", len(c.view.entries)))}
}

// copy copies messages, which sets \Seen (RFC 1176, "Commands": COPY, p. 14), and sends a COPY
// response for each.
func (c *command) copy() []reply {
	list, ok := c.sequence(0)
	if !ok {
		return c.noMessage()
	}
	to := c.boxes[mailboxName(c.text(1))]
	if to == nil {
		return []reply{c.no("there is no " + printable(c.text(1)))}
	}
	var copies []*message
	for _, n := range list {
		m := c.view.entries[n-1].message
		c.view.mu.Lock()
		copies = append(copies, &message{content: m.content, flags: m.flags})
		c.view.mu.Unlock()
	}
	if !to.add(copies...) {
		return []reply{c.no("there is no room in " + to.name)}
	}
	var out []reply
	for _, n := range list {
		out = append(out, numbered(n, "COPY"))
		if !c.view.readOnly {
			c.view.change(c.view.entries[n-1].message, seen, 0)
		}
	}
	return append(append(out, c.news(false)...), c.ok("COPY completed"))
}

func (c *command) store() []reply {
	list, ok := c.sequence(0)
	if !ok {
		return c.noMessage()
	}
	if c.view.readOnly {
		return []reply{c.no("this mailbox is read-only")}
	}
	item := c.args[1]
	what := ""
	if a := item.Kid(syntax.KindAttribute); a != nil {
		what = strings.ToUpper(string(a.Bytes(c.raw)))
	}
	var f flags
	for _, name := range syntax.ReadFlags(item, c.raw) {
		bit, known := flagNamed(name)
		if !known {
			return []reply{c.no("this mailbox has no flag " + printable(name))}
		}
		f |= bit
	}
	var out []reply
	for _, n := range list {
		m := c.view.entries[n-1].message
		switch what {
		case "+FLAGS":
			c.view.change(m, f, 0)
		case "-FLAGS":
			c.view.change(m, 0, f)
		case "FLAGS":
			c.view.change(m, f, ^f)
		default:
			return []reply{status(c.tag, "BAD", "store FLAGS, +FLAGS or -FLAGS")}
		}
		out = append(out, fetched(n, syntax.Prop{Name: "FLAGS", Value: syntax.Flags(c.view.flagsOf(n))}))
	}
	return append(append(out, c.news(false)...), c.ok("STORE completed"))
}
