package server

import (
	"bytes"
	"slices"
	"strings"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// A Session is one client's conversation, without a connection. It must be used by one goroutine
// at a time; different sessions of a Server may be used concurrently.
type Session struct {
	server *Server
	quirks []*Quirk // the server's, and those of Misbehave
	user   string
	boxes  map[string]*mailbox // nil: no user has logged in
	view   *view               // nil: no mailbox is selected

	in       []byte // the incomplete command
	line     int    // its bytes outside literals
	octets   int64  // the bytes of its literals
	literal  int64  // missing bytes of the current literal
	refused  bool   // the command is too long: skip the rest of the line
	late     bool   // a "+" is still to be sent (a quirk)
	commands int
	over     bool
}

// NewSession returns the session of a client that has just connected.
func (s *Server) NewSession() *Session {
	x := &Session{server: s, quirks: s.quirks}
	if s.opts.PreAuth != "" {
		x.user, x.boxes = s.opts.PreAuth, s.mailboxes(s.opts.PreAuth)
	}
	return x
}

// Misbehave sets quirks for this session, in addition to the server's, until the next call. So a
// single response can be wrong. It fails if a quirk is unknown.
func (x *Session) Misbehave(quirks ...string) error {
	more, err := quirksNamed(quirks)
	if err == nil {
		x.quirks = append(slices.Clip(x.server.quirks), more...)
	}
	return err
}

// Greeting returns the server's greeting.
func (x *Session) Greeting() []byte {
	word := "OK"
	if x.boxes != nil {
		word = "PREAUTH"
	}
	replies := []reply{status("*", word, x.server.opts.Host+" IMAP2 server ready")}
	return x.wire(replies, &command{name: "greeting"})
}

// Write processes bytes from the client, split anywhere, and returns the server's response. more
// is false once the conversation is over.
func (x *Session) Write(p []byte) (answer []byte, more bool) {
	for len(p) > 0 && !x.over {
		if x.literal > 0 {
			n := min(int64(len(p)), x.literal)
			x.in = append(x.in, p[:n]...)
			x.literal -= n
			p = p[n:]
			if x.literal == 0 && x.late {
				x.late = false
				answer = append(answer, "+ ready\r\n"...)
			}
			continue
		}
		i := bytes.IndexByte(p, '\n')
		part := p
		if i >= 0 {
			part = p[:i+1]
		}
		p = p[len(part):]
		if x.refused {
			x.refused = i < 0
			continue
		}
		x.in = append(x.in, part...)
		x.line += len(part)
		if x.line > x.server.opts.MaxLine {
			answer = append(answer, x.refuse("this line is too long", i < 0)...)
			continue
		}
		if i >= 0 {
			answer = append(answer, x.lineEnd()...)
		}
	}
	return answer, !x.over
}

// lineEnd handles the end of a line: either a literal follows, or the command is complete.
func (x *Session) lineEnd() []byte {
	l, ok := wire.Announcement(x.in)
	if !ok {
		answer := x.whole()
		x.reset()
		return answer
	}
	if x.octets += l.Size; l.Size > x.server.opts.MaxLiteral || x.octets > x.server.opts.MaxLiteral {
		return x.refuse("this literal is too long", false)
	}
	x.literal = l.Size
	switch {
	case x.has("no-ready"):
		return nil
	case x.has("late-ready") && l.Size > 0:
		x.late = true
		return nil
	}
	return []byte("+ ready\r\n")
}

func (x *Session) reset() { x.in, x.line, x.octets = x.in[:0], 0, 0 }

// refuse answers a command that is too long. If the rest is still coming, it is skipped.
func (x *Session) refuse(why string, coming bool) []byte {
	tag, _, _ := bytes.Cut(x.in[:min(len(x.in), maxTag)], []byte(" "))
	answer := x.wire([]reply{status(tagOf(tag), "BAD", why)}, &command{name: "too long"})
	x.reset()
	x.refused = coming
	return answer
}

// tagOf returns the tag of a command, or "*" if it has no valid tag.
func tagOf(b []byte) string {
	if len(b) == 0 || len(b) >= maxTag || bytes.ContainsFunc(b, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\+`, r) }) {
		return "*"
	}
	return string(b)
}

// A command is a parsed command from a client.
type command struct {
	*Session
	tag  string
	name string // upper case
	args []*syntax.Node
	raw  []byte
}

// whole answers a complete command.
func (x *Session) whole() []byte {
	x.commands++
	m, _ := wire.Split(x.in, true)
	tree := syntax.ParseRequest(m)
	q := syntax.ReadRequest(tree, m.Raw)
	c := &command{Session: x, tag: tagOf([]byte(q.Tag)), name: q.Name, args: q.Args, raw: m.Raw}
	var replies []reply
	switch do, known := commands[q.Name]; {
	case c.tag == "*":
		replies = []reply{status("*", "BAD", "no tag, or none that a command may have")}
	case !known:
		replies = []reply{status(c.tag, "BAD", "no such command in IMAP2 (RFC 1176): "+printable(q.Name))}
	case x.boxes == nil && !do.anytime && q.Name != "LOGIN":
		replies = []reply{status(c.tag, "BAD", "log in first")}
	case x.boxes != nil && q.Name == "LOGIN":
		replies = []reply{status(c.tag, "BAD", "you are logged in already")}
	case x.view == nil && do.selected:
		replies = []reply{status(c.tag, "BAD", "select a mailbox first")}
	default:
		for e := range tree.Errors() {
			replies = []reply{status(c.tag, "BAD", printable(e.Error()))}
			break
		}
		if replies == nil && len(c.args) < do.args {
			replies = []reply{status(c.tag, "BAD", "arguments are missing")}
		}
		if replies == nil {
			replies = do.run(c)
		}
	}
	x.server.opts.Log.Debug("command", "user", x.user, "name", q.Name)
	return x.wire(replies, c)
}

// printable returns s without characters that a line must not contain.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 200)]
}

// wire encodes replies, after applying the quirks.
func (x *Session) wire(replies []reply, c *command) []byte {
	for _, k := range x.quirks {
		if k.replies != nil {
			replies = k.replies(x, c, replies)
		}
	}
	var out []byte
	for i := range replies {
		out = replies[i].appendTo(out)
	}
	for _, k := range x.quirks {
		if k.octets != nil {
			out = k.octets(x, c, out)
		}
	}
	return out
}

func (x *Session) has(quirk string) bool {
	for _, k := range x.quirks {
		if k.Name == quirk {
			return true
		}
	}
	return false
}
