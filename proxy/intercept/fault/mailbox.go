package fault

import (
	"bytes"
	"strconv"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// mailbox are the faults about what the server reports of a mailbox.
var mailbox = []Kind{
	{Name: "inject", Syntax: "LINE",
		Help:    `Adds a line before the tagged response: "* 5 EXPUNGE", "* 99 EXISTS", "* OK [ALERT] …".`,
		Example: `inject "* 1 EXPUNGE"`,
		make: func(a *args) effect {
			line := a.line("the line")
			return effect{on: at("tagged"), do: func(t *target, p *part) bool {
				t.before = append(t.before, line+"\r\n"...)
				t.did(p, always)
				return true
			}}
		}},
	{Name: "uidvalidity", Syntax: "N",
		Help:    "Changes the UIDVALIDITY that the server reports.",
		Example: "uidvalidity 4711",
		make: func(a *args) effect {
			n := strconv.Itoa(a.number("N", 1, 1<<31-1))
			return effect{on: toward(capture.ServerToClient), do: func(t *target, p *part) bool {
				return rewrite(t, p, func(node *syntax.Node) ([]byte, bool) {
					return []byte(n), node.Role == protocol.RoleUIDValidity && len(node.Kids) == 0
				})
			}}
		}},
	{Name: "renumber", Syntax: "DIFFERENCE",
		Help:    "Changes the message number of what a FETCH asked for.",
		Example: "renumber 1",
		make: func(a *args) effect {
			by := a.number("DIFFERENCE", -1<<30, 1<<30)
			return effect{on: describes, do: func(t *target, p *part) bool {
				done := false
				return rewrite(t, p, func(node *syntax.Node) ([]byte, bool) {
					if done || node.Role != protocol.RoleMessageNumber || len(node.Kids) > 0 {
						return nil, false
					}
					done = true
					n, err := strconv.ParseUint(string(node.Bytes(t.body)), 10, 32)
					return strconv.AppendInt(nil, max(0, int64(n)+int64(by)), 10), err == nil
				})
			}}
		}},
}

// offers are the faults about what the server offers.
var offers = []Kind{
	{Name: "hide", Syntax: "NAME",
		Help:    "Removes a capability from what the server offers: in the greeting, in CAPABILITY data and in response codes.",
		Example: "hide IDLE",
		make: func(a *args) effect {
			name := []byte(a.line("the capability"))
			return effect{on: toward(capture.ServerToClient), do: func(t *target, p *part) bool {
				return rewrite(t, p, func(node *syntax.Node) ([]byte, bool) {
					return nil, node.Role == protocol.RoleCapability && len(node.Kids) == 0 && bytes.EqualFold(node.Bytes(t.body), name)
				})
			}}
		}},
	{Name: "offer", Syntax: "NAME",
		Help:    "Adds a capability to what the server offers, whether it can do it or not.",
		Example: "offer XIMAPSCOPE",
		make: func(a *args) effect {
			name := a.line("the capability")
			return effect{on: toward(capture.ServerToClient), do: func(t *target, p *part) bool {
				last := 0
				for node := range t.tree().All() {
					if node.Role != protocol.RoleCapability || len(node.Kids) > 0 {
						continue
					}
					if last = node.Span.End; bytes.EqualFold(node.Bytes(t.body), []byte(name)) {
						return false
					}
				}
				return rewrite(t, p, func(node *syntax.Node) ([]byte, bool) {
					return append(bytes.Clone(node.Bytes(t.body)), " "+name...), last > 0 && node.Role == protocol.RoleCapability && node.Span.End == last
				})
			}}
		}},
}

// rewrite replaces leaves of the message's tree by what f returns for them; a leaf that it
// returns nothing for is removed with the space before it.
func rewrite(t *target, p *part, f func(*syntax.Node) ([]byte, bool)) bool {
	var out []byte
	from := 0
	for node := range t.tree().All() {
		if len(node.Kids) > 0 {
			continue
		}
		with, ok := f(node)
		if !ok {
			continue
		}
		out = append(out, t.body[from:node.Span.Start]...)
		if with == nil {
			out = bytes.TrimSuffix(out, []byte(" "))
		}
		out = append(out, with...)
		from = node.Span.End
	}
	return from > 0 && t.edit(p, append(out, t.body[from:]...))
}
