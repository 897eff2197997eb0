package fault

import (
	"bytes"
	"slices"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
)

// What a tagged response, or what comes in its place, can be turned into.
var (
	refuses = protocol.That(protocol.Completion, protocol.Refuses).Name
	rejects = protocol.That(protocol.Completion, protocol.Rejects).Name
	bye     = protocol.That(protocol.Response, protocol.SaysBye).Name
)

// answers are the faults of tagged responses.
var answers = []Kind{
	{Name: "status", Syntax: "NO|BAD|BYE [[CODE]] [TEXT]",
		Help:    "Turns the tagged OK into NO or BAD, or into BYE and the end of the connection.",
		Example: `status NO [UNAVAILABLE] "try later"`,
		make: func(a *args) effect {
			status, rest := a.one("the status", refuses, rejects, bye), ""
			for a.more() {
				rest += " " + a.line("the text")
			}
			if rest == "" {
				rest = " refused by a fault"
			}
			return effect{on: succeeds, do: func(t *target, p *part) bool {
				_, line := wire.Word(t.body)
				if now, _ := wire.Word(bytes.TrimPrefix(line, []byte(" "))); !protocol.Lookup(protocol.Completion, now).Does(protocol.Succeeds) {
					return false // an earlier fault has changed it
				}
				if status == bye {
					if !t.finish(p, intercept.Close) {
						return false
					}
					t.body = []byte("* " + bye + rest + "\r\n")
					return true
				}
				return t.edit(p, []byte(string(t.first())+" "+status+rest+"\r\n"))
			}}
		}},
	{Name: "refuse-login", Syntax: "N", client: true,
		Help:    "Refuses the first N logins of a connection, LOGIN or AUTHENTICATE, in the server's place.",
		Example: "refuse-login 1",
		make: func(a *args) effect {
			n := a.number("N", 1, 1<<30)
			return effect{
				on: func(t *target, s *state) bool {
					return s.n < n && t.Kind == decode.Request && (t.Row.Does(protocol.LogsIn) || t.Row.Does(protocol.Authenticates))
				},
				do: func(t *target, p *part) bool {
					p.state.n++
					t.Conn.Answer([]byte(string(t.Tag)+" "+refuses+" [AUTHENTICATIONFAILED] refused by a fault\r\n"), "", "")
					return t.drop(p)
				},
			}
		}},
	{Name: "drop", Syntax: "tagged|data|ready",
		Help:    "Keeps a message from the client: the tagged response, untagged data, or the +.",
		Example: "drop tagged",
		make: func(a *args) effect {
			return effect{on: at(a.one("what is dropped", "tagged", "data", "ready")), do: func(t *target, p *part) bool { return t.drop(p) }}
		}},
	{Name: "duplicate", Syntax: "tagged|data",
		Help:    "Sends a message twice.",
		Example: "duplicate tagged",
		make: func(a *args) effect {
			return effect{on: at(a.one("what is duplicated", "tagged", "data")), do: func(t *target, p *part) bool {
				t.after = append(t.after, t.body...)
				t.did(p, behind)
				return true
			}}
		}},
	{Name: "swap",
		Help:    "Holds a tagged response back while another command is outstanding, and sends it behind the next one.",
		Example: "swap",
		make: func(*args) effect {
			return effect{on: outruns, do: keep, see: release}
		}},
	{Name: "tag", Syntax: "WORD",
		Help:    "Sends the tagged response with a wrong tag.",
		Example: "tag wrong1",
		make: func(a *args) effect {
			tag := a.line("the tag")
			return effect{on: at("tagged"), do: func(t *target, p *part) bool {
				was := t.first()
				if bytes.Equal(was, []byte("*")) || bytes.Equal(was, []byte(tag)) {
					return false // an earlier fault has changed it
				}
				return t.edit(p, append([]byte(tag), t.body[len(was):]...))
			}}
		}},
}

// outruns reports whether a tagged response can be swapped with a later one.
func outruns(t *target, s *state) bool {
	return t.Kind == decode.Tagged && s.kept == nil && t.Conn.Outstanding() > 0
}

// keep holds the message back. What earlier faults did to it is noted when it is sent.
func keep(t *target, p *part) bool {
	k := &kept{body: t.body}
	t.acts = slices.DeleteFunc(t.acts, func(a act) bool {
		if a.scope == inBody {
			k.acts = append(k.acts, a)
		}
		return a.scope == inBody
	})
	p.state.kept = k
	k.acts = append(k.acts, act{p, always})
	return t.drop(p)
}

// release sends what was held back behind the next tagged response.
func release(t *target, s *state) {
	if t.Kind != decode.Tagged || s.kept == nil {
		return
	}
	t.after = append(t.after, s.kept.body...)
	t.acts = append(t.acts, s.kept.acts...)
	s.kept = nil
}

// succeeds reports whether a message is a tagged OK.
func succeeds(t *target, _ *state) bool {
	return t.Kind == decode.Tagged && t.Row.Does(protocol.Succeeds)
}
