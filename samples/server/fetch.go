package server

import (
	"strings"
	"time"

	"imapscope/decode/syntax"
)

// macros are names for lists of items (RFC 1176, "Commands": FETCH, p. 14).
var macros = map[string][]string{
	"ALL":  {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
	"FAST": {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
}

// items are the data items of a message (RFC 1176, "Commands": FETCH, p. 14).
var items = map[string]func(*view, int) syntax.Value{
	"FLAGS":         func(v *view, n int) syntax.Value { return syntax.Flags(v.flagsOf(n)) },
	"INTERNALDATE":  func(v *view, n int) syntax.Value { return syntax.Quoted(date(v.entries[n-1].internal)) },
	"RFC822.SIZE":   func(v *view, n int) syntax.Value { return syntax.Number(v.entries[n-1].size()) },
	"ENVELOPE":      func(v *view, n int) syntax.Value { return v.entries[n-1].envelope },
	"RFC822":        func(v *view, n int) syntax.Value { return syntax.Literal(v.entries[n-1].whole()) },
	"RFC822.HEADER": func(v *view, n int) syntax.Value { return syntax.Literal(v.entries[n-1].header) },
	"RFC822.TEXT":   func(v *view, n int) syntax.Value { return syntax.Literal(v.entries[n-1].body) },
}

// date formats t as in RFC 1176, "Formal Syntax", p. 26.
func date(t time.Time) string { return t.UTC().Format("_2-Jan-06 15:04:05-GMT") }

func (c *command) fetch() []reply {
	list, ok := c.sequence(0)
	if !ok {
		return c.noMessage()
	}
	var wanted []string
	for n := range c.args[1].All() {
		if n.Kind != syntax.KindAttribute && n.Kind != syntax.KindAtom && n.Kind != syntax.KindSection {
			continue
		}
		name := strings.ToUpper(string(n.Bytes(c.raw)))
		if m, ok := macros[name]; ok {
			wanted = append(wanted, m...)
			continue
		}
		if items[name] == nil {
			return []reply{status(c.tag, "BAD", "no such item in IMAP2 (RFC 1176): "+printable(name))}
		}
		wanted = append(wanted, name)
	}
	if len(wanted) == 0 {
		return []reply{status(c.tag, "BAD", "which items?")}
	}
	var out []reply
	octets := 0
	for _, n := range list {
		e := &c.view.entries[n-1]
		if octets += e.size() * len(wanted); octets > 8*maxOctets {
			out = append(out, c.no("that is too much at once"))
			return out
		}
		var props []syntax.Prop
		for _, w := range wanted {
			props = append(props, syntax.Prop{Name: w, Value: items[w](c.view, n)})
		}
		// Reading sets \Seen, and if that changes the flags they are reported (p. 15).
		if reads(wanted) && !c.view.readOnly && c.view.change(e.message, seen, 0) {
			flags := syntax.Prop{Name: "FLAGS", Value: syntax.Flags(c.view.flagsOf(n))}
			reported := false
			for i := range props {
				if props[i].Name == "FLAGS" {
					props[i], reported = flags, true
				}
			}
			if !reported {
				props = append(props, flags)
			}
		}
		out = append(out, fetched(n, props...))
	}
	return append(append(out, c.news(false)...), c.ok("FETCH completed"))
}

func reads(wanted []string) bool {
	for _, w := range wanted {
		if w == "RFC822" || w == "RFC822.TEXT" {
			return true
		}
	}
	return false
}
