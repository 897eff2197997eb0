package server

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode/syntax"
)

// A Quirk is one way to break one rule. Servers with quirks are for lessons, exercises and
// tests: they give a checker something to find.
type Quirk struct {
	Name string
	Doc  string // what the server does
	Cite string // the rule of RFC 1176 that it breaks

	replies func(*Session, *command, []reply) []reply
	octets  func(*Session, *command, []byte) []byte
}

// Quirks returns all quirks, in the order of a session.
func Quirks() []Quirk { return slices.Clone(quirks) }

func quirksNamed(list []string) ([]*Quirk, error) {
	var out []*Quirk
	for _, name := range list {
		i := slices.IndexFunc(quirks, func(q Quirk) bool { return q.Name == name })
		if i < 0 {
			var all []string
			for _, q := range quirks {
				all = append(all, q.Name)
			}
			return nil, fmt.Errorf("unknown quirk %q; the quirks are %s", name, strings.Join(all, ", "))
		}
		out = append(out, &quirks[i])
	}
	return out, nil
}

// each changes every reply with a given word, in response to a command (any, if empty).
func each(name, word string, change func(*Session, *reply) (keep bool)) func(*Session, *command, []reply) []reply {
	return func(x *Session, c *command, list []reply) []reply {
		if name != "" && c.name != name {
			return list
		}
		return list[:filter(x, list, word, change)]
	}
}

// filter removes, in place, the replies for which change returns false, and returns the number
// of those left.
func filter(x *Session, list []reply, word string, change func(*Session, *reply) bool) int {
	k := 0
	for i := range list {
		r := list[i]
		if (word == "" || r.word == word) && !change(x, &r) {
			continue
		}
		list[k] = r
		k++
	}
	return k
}

// drop removes every reply with a given word.
func drop(name, word string) func(*Session, *command, []reply) []reply {
	return each(name, word, func(*Session, *reply) bool { return false })
}

// prop changes every property with a given name in message data.
func prop(name string, change func(syntax.Value) syntax.Value) func(*Session, *command, []reply) []reply {
	return each("FETCH", "FETCH", func(_ *Session, r *reply) bool {
		r.props = slices.Clone(r.props)
		for i := range r.props {
			if r.props[i].Name == name {
				r.props[i].Value = change(r.props[i].Value)
			}
		}
		return true
	})
}

// before inserts a line before the tagged response to a command.
func before(name, line string) func(*Session, *command, []reply) []reply {
	return func(_ *Session, c *command, list []reply) []reply {
		if c.name != name || len(list) == 0 {
			return list
		}
		return slices.Insert(list, len(list)-1, raw(line))
	}
}

var quirks = []Quirk{
	{Name: "no-greeting", Doc: "sends no greeting: it is silent until the first command", Cite: `RFC 1176, "The Protocol", p. 5`,
		replies: drop("greeting", "")},
	{Name: "greeting-not-ok", Doc: "greets with a text that is not a response", Cite: `RFC 1176, "Responses": OK, p. 20`,
		octets: func(_ *Session, c *command, b []byte) []byte {
			if c.name == "greeting" {
				return []byte("Welcome to this server\r\n")
			}
			return b
		}},
	{Name: "no-ready", Doc: "never sends + for a literal: it waits silently", Cite: `RFC 1176, "Formal Syntax": ready, p. 28`},
	{Name: "late-ready", Doc: "sends + only after the literal has arrived, as a server of 1992 did", Cite: `RFC 1176, "Responses": +, p. 21`},
	{Name: "other-tag", Doc: "answers every fifth command with another tag", Cite: `RFC 1176, "The Protocol", p. 6`,
		replies: func(x *Session, _ *command, list []reply) []reply {
			if x.commands%5 == 0 {
				for i := range list {
					if list[i].tagged() {
						list[i].tag += "x"
					}
				}
			}
			return list
		}},
	{Name: "silent", Doc: "never answers SEARCH", Cite: `RFC 1176, "The Protocol", p. 6`,
		replies: func(_ *Session, c *command, list []reply) []reply {
			if c.name == "SEARCH" {
				return nil
			}
			return list
		}},
	{Name: "no-status", Doc: "answers EXPUNGE without OK, NO or BAD, as RFC 1176's own example does (p. 13)", Cite: `RFC 1176, "Formal Syntax": response, p. 28`,
		replies: each("EXPUNGE", "OK", func(_ *Session, r *reply) bool { r.word = ""; return true })},
	{Name: "select-without-flags", Doc: "sends no FLAGS for a mailbox", Cite: `RFC 1176, "Commands": SELECT, p. 11`,
		replies: drop("SELECT", "FLAGS")},
	{Name: "select-without-exists", Doc: "sends no EXISTS for a mailbox", Cite: `RFC 1176, "Commands": SELECT, p. 11`,
		replies: drop("SELECT", "EXISTS")},
	{Name: "select-without-recent", Doc: "sends no RECENT for a mailbox", Cite: `RFC 1176, "Commands": SELECT, p. 11`,
		replies: drop("SELECT", "RECENT")},
	{Name: "exists-shrinks", Doc: "reports one message fewer with CHECK, without EXPUNGE", Cite: `RFC 1176, "Commands": EXPUNGE, p. 13`,
		replies: each("CHECK", "EXISTS", func(_ *Session, r *reply) bool { r.number -= min(r.number, 1); return true })},
	{Name: "silent-expunge", Doc: "removes messages without EXPUNGE responses", Cite: `RFC 1176, "Commands": EXPUNGE, p. 13`,
		replies: drop("EXPUNGE", "EXPUNGE")},
	{Name: "expunge-beyond", Doc: "expunges a message that does not exist", Cite: `RFC 1176, "Commands": EXPUNGE, p. 13`,
		replies: func(x *Session, c *command, list []reply) []reply {
			if c.name != "EXPUNGE" || x.view == nil || len(list) == 0 {
				return list
			}
			return slices.Insert(list, len(list)-1, numbered(len(x.view.entries)+7, "EXPUNGE"))
		}},
	{Name: "fetch-beyond", Doc: "sends the flags of a message that does not exist", Cite: `RFC 1176, "Responses": message data, p. 18`,
		replies: func(x *Session, c *command, list []reply) []reply {
			if c.name != "NOOP" || x.view == nil || len(list) == 0 {
				return list
			}
			return slices.Insert(list, len(list)-1, fetched(len(x.view.entries)+3, syntax.Prop{Name: "FLAGS", Value: syntax.Flags{`\Seen`}}))
		}},
	{Name: "logout-without-bye", Doc: "answers LOGOUT without BYE", Cite: `RFC 1176, "Commands": LOGOUT, p. 11`,
		replies: drop("LOGOUT", "BYE")},
	{Name: "data-after-bye", Doc: "sends data after BYE", Cite: `RFC 1176, "Responses": BYE, p. 20`,
		replies: func(_ *Session, c *command, list []reply) []reply {
			if c.name != "LOGOUT" {
				return list
			}
			return append(list, numbered(99, "EXISTS"))
		}},
	{Name: "unexpected-ready", Doc: "sends + in response to NOOP, although there is no literal", Cite: `RFC 1176, "Responses": +, p. 21`,
		replies: before("NOOP", "+ go on\r\n")},
	{Name: "wrong-literal-count", Doc: "announces three bytes too few for each message", Cite: `RFC 1176, "Formal Syntax": literal, p. 27`,
		octets: func(_ *Session, c *command, b []byte) []byte {
			if c.name != "FETCH" {
				return b
			}
			return shortLiterals(b)
		}},
	{Name: "wrong-size", Doc: "reports sizes that are a tenth too large", Cite: `RFC 1176, "Commands": FETCH, RFC822.SIZE, p. 15`,
		replies: prop("RFC822.SIZE", func(v syntax.Value) syntax.Value {
			n, _ := v.(syntax.Number)
			return n + n/10 + 1
		})},
	{Name: "header-text-mismatch", Doc: "omits the blank line from RFC822.HEADER", Cite: `RFC 1176, "Commands": FETCH, RFC822, p. 15`,
		replies: prop("RFC822.HEADER", func(v syntax.Value) syntax.Value {
			s, _ := v.(syntax.Literal)
			return syntax.Literal(strings.TrimSuffix(string(s), "\r\n"))
		})},
	{Name: "envelope-short", Doc: "sends envelopes without message-id", Cite: `RFC 1176, "Formal Syntax": envelope, p. 26`,
		replies: prop("ENVELOPE", func(v syntax.Value) syntax.Value { return shortEnvelope{v} })},
	{Name: "no-defaults", Doc: "sends NIL for sender and reply-to if the header has none", Cite: `RFC 1176, "Responses": ENVELOPE, p. 19`,
		replies: prop("ENVELOPE", func(v syntax.Value) syntax.Value {
			e, _ := v.(syntax.Envelope)
			if fmt.Sprint(e.Sender) == fmt.Sprint(e.From) {
				e.Sender = nil
			}
			if fmt.Sprint(e.ReplyTo) == fmt.Sprint(e.From) {
				e.ReplyTo = nil
			}
			return e
		})},
	{Name: "search-beyond", Doc: "finds a message that does not exist", Cite: `RFC 1176, "Responses": SEARCH, p. 20`,
		replies: each("SEARCH", "SEARCH", func(x *Session, r *reply) bool {
			r.values = append(slices.Clone(r.values), syntax.Number(len(x.view.entries)+1))
			return true
		})},
	{Name: "missing-item", Doc: "omits RFC822.SIZE and answers OK", Cite: `RFC 1176, "Commands": FETCH, p. 15`,
		replies: each("FETCH", "FETCH", func(_ *Session, r *reply) bool {
			r.props = slices.DeleteFunc(slices.Clone(r.props), func(p syntax.Prop) bool { return p.Name == "RFC822.SIZE" })
			return true
		})},
	{Name: "bad-date", Doc: "sends dates in a format of its own", Cite: `RFC 1176, "Formal Syntax": date, p. 26`,
		replies: prop("INTERNALDATE", func(v syntax.Value) syntax.Value {
			s, _ := v.(syntax.Quoted)
			return syntax.Quoted("on " + strings.ReplaceAll(string(s), "-", "/"))
		})},
	{Name: "obsolete-store", Doc: "answers STORE with STORE, the obsolete form", Cite: `RFC 1176, "Responses": message data, p. 18`,
		replies: each("STORE", "FETCH", func(_ *Session, r *reply) bool { r.word = "STORE"; return true })},
	{Name: "empty-flags", Doc: "sends an empty list of flags for a mailbox", Cite: `RFC 1176, "Formal Syntax": flag_list, p. 27`,
		replies: each("SELECT", "FLAGS", func(_ *Session, r *reply) bool { r.values = []syntax.Value{syntax.Flags{}}; return true })},
	{Name: "escape-sequences", Doc: "sends escape sequences and 8-bit characters in its texts", Cite: `RFC 1176, "Conventions", p. 9`,
		replies: each("", "OK", func(_ *Session, r *reply) bool {
			r.text = "\x1b]0;owned\x07\x1b[31m" + r.text + "\x1b[0m \xe9"
			return true
		})},
	{Name: "no-news", Doc: "never reports changes by other sessions", Cite: `RFC 1176, "Commands": CHECK, p. 13`,
		replies: func(_ *Session, c *command, list []reply) []reply {
			if c.name != "NOOP" && c.name != "CHECK" {
				return list
			}
			return list[max(len(list)-1, 0):]
		}},
}

// shortLiterals reduces each announced literal size by three.
func shortLiterals(b []byte) []byte {
	var out []byte
	for {
		i := bytes.IndexByte(b, '{')
		if i < 0 {
			return append(out, b...)
		}
		var n int
		end := bytes.Index(b[i:], []byte("}\r\n"))
		if end < 0 {
			return append(out, b...)
		}
		if _, err := fmt.Sscanf(string(b[i:i+end+1]), "{%d}", &n); err != nil || len(b) < i+end+3+n {
			out, b = append(out, b[:i+1]...), b[i+1:]
			continue
		}
		out = fmt.Appendf(append(out, b[:i]...), "{%d}\r\n", max(n-3, 0))
		body := b[i+end+3:]
		out, b = append(out, body[:n]...), body[n:]
	}
}

// A shortEnvelope is an envelope without its last field.
type shortEnvelope struct{ syntax.Value }

// AppendTo implements syntax.Value.
func (e shortEnvelope) AppendTo(dst []byte) []byte {
	from := len(dst)
	dst = e.Value.AppendTo(dst)
	if i := bytes.LastIndexByte(dst[from:], ' '); i >= 0 {
		dst = append(dst[:from+i], ')')
	}
	return dst
}

// QuirkList returns the names of the quirks and what they do, a line each.
func QuirkList() string {
	var b strings.Builder
	for _, q := range Quirks() {
		fmt.Fprintf(&b, "  %-22s %s\n", q.Name, q.Doc)
	}
	return strings.TrimRight(b.String(), "\n")
}
