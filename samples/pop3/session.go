package pop3

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// maxLine is the maximum number of bytes of a command: a keyword of four and an argument of 40
// fit many times (RFC 1939, section 3, p. 3).
const maxLine = 512

// A Session is one client's conversation, without a connection. It must be used by one goroutine
// at a time.
type Session struct {
	server *Server
	in     []byte // an incomplete line
	long   bool   // it is too long: skip the rest
	user   string
	open   bool       // the client has logged in
	opened []*message // the messages, numbered from 1
	list   []*message // the same; nil for those that are marked as deleted
	marked []*message
	over   bool
}

// NewSession returns the session of a client that has just connected.
func (s *Server) NewSession() *Session { return &Session{server: s} }

// Greeting returns what the server sends first.
func (x *Session) Greeting() []byte {
	return []byte("+OK " + x.server.opts.Host + " POP3 server ready\r\n")
}

// Close ends a conversation without QUIT: nothing is removed (section 6, p. 10).
func (x *Session) Close() error {
	if x.open {
		x.open = false
		x.server.release(nil)
	}
	x.over = true
	return nil
}

// Write processes bytes from the client, split anywhere, and returns the server's response; more
// is false once the conversation is over.
func (x *Session) Write(p []byte) (answer []byte, more bool) {
	for len(p) > 0 && !x.over {
		part, rest, whole := bytes.Cut(p, []byte("\n"))
		p = rest
		if len(x.in)+len(part) > maxLine {
			x.in, x.long = x.in[:0], true
		}
		if !x.long {
			x.in = append(x.in, part...)
		}
		if !whole {
			break
		}
		if x.long {
			answer = append(answer, "-ERR the line is too long\r\n"...)
		} else {
			answer = append(answer, x.command(strings.TrimSuffix(string(x.in), "\r"))...)
		}
		x.in, x.long = x.in[:0], false
	}
	return answer, !x.over
}

// command is what a command needs, and does.
type command struct {
	open bool // it is for the TRANSACTION state; otherwise for AUTHORIZATION
	run  func(x *Session, args []string) string
}

// commands are those of section 9, p. 18, without APOP. QUIT is in both states.
var commands = map[string]command{
	"USER": {false, (*Session).name},
	"PASS": {false, (*Session).password},
	"STAT": {true, (*Session).stat},
	"LIST": {true, (*Session).sizes},
	"UIDL": {true, (*Session).uniques},
	"RETR": {true, (*Session).retrieve},
	"TOP":  {true, (*Session).top},
	"DELE": {true, (*Session).remove},
	"RSET": {true, (*Session).reset},
	"NOOP": {true, func(*Session, []string) string { return "+OK\r\n" }},
}

// command answers a line.
func (x *Session) command(line string) string {
	name, rest, _ := strings.Cut(line, " ")
	name = strings.ToUpper(name)
	if name == "QUIT" {
		return x.quit()
	}
	c, known := commands[name]
	switch {
	case !known:
		return "-ERR no such command\r\n"
	case c.open && !x.open:
		return "-ERR log in first\r\n"
	case !c.open && x.open:
		return "-ERR you are logged in already\r\n"
	case name == "PASS": // its argument may contain spaces (p. 14)
		return c.run(x, []string{rest})
	}
	return c.run(x, strings.Fields(rest))
}

func (x *Session) name(args []string) string {
	if len(args) != 1 {
		return "-ERR a name is missing\r\n"
	}
	x.user = args[0] // whether it exists is not disclosed (p. 13)
	return "+OK and the password?\r\n"
}

func (x *Session) password(args []string) string {
	user := x.user
	x.user = ""
	switch {
	case user == "":
		return "-ERR USER comes first\r\n"
	case user != x.server.opts.User || args[0] != x.server.opts.Password:
		return "-ERR no such user and password\r\n"
	}
	list, ok := x.server.lock()
	if !ok {
		return "-ERR the maildrop is locked by another session\r\n"
	}
	x.open, x.opened, x.list = true, list, slices.Clone(list)
	return "+OK the maildrop is open\r\n"
}

// quit removes what is marked as deleted, and ends the session (section 6).
func (x *Session) quit() string {
	if x.open {
		x.open = false
		x.server.release(x.marked)
	}
	x.over = true
	return "+OK " + x.server.opts.Host + " signing off\r\n"
}

// message returns the message that the first argument names, or an error response.
func (x *Session) message(args []string) (m *message, n int, failed string) {
	if len(args) > 0 {
		n, _ = strconv.Atoi(args[0])
	}
	if n < 1 || n > len(x.list) || x.list[n-1] == nil {
		return nil, 0, "-ERR no such message\r\n"
	}
	return x.list[n-1], n, ""
}
