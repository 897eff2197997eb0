package tls

import "imapscope/decode/protocol"

const (
	maxPending = 1024 // commands without an answer that are remembered
	maxTag     = 256  // bytes of a tag that are compared
)

// command is a command of the client that has no tagged response yet.
type command struct {
	tag  string
	ends bool // an OK ends the conversation before login
	sasl bool // until it is answered, what the client sends is not a command (RFC 3501, 6.2.2)

	opaque bool // what follows an OK cannot be read
}

// pending holds the commands without an answer, oldest first.
type pending []command

// add adds a client's message, or its beginning, if it is a command.
func (p *pending) add(m []byte) (tag string, row *protocol.Row) {
	from := skipSpaces(m, 0)
	t := word(m, from)
	if len(t) == 0 {
		return "", nil
	}
	c := command{tag: cutTag(t)}
	row = protocol.Lookup(protocol.Command, word(m, skipSpaces(m, from+len(t))))
	c.ends, c.sasl = row.EndsPrelogin(), row.TakesSASL()
	c.opaque = row.Does(protocol.Compresses) || row.Does(protocol.StartsTLS)
	if len(*p) == maxPending {
		*p = (*p)[1:]
	}
	*p = append(*p, c)
	return c.tag, row
}

// answered returns the command that a server's message answers. A tagged response answers
// the command with its tag, or else the oldest: servers answer with tags of their own (RFC
// 1176, "Sample IMAP2 session", p. 22).
func (p *pending) answered(m []byte) (c command, status protocol.Effect, ok bool) {
	tag := word(m, 0)
	if len(*p) == 0 || len(tag) == 0 || len(tag) == 1 && (tag[0] == '*' || tag[0] == '+') {
		return command{}, protocol.NoEffect, false
	}
	at, name := 0, cutTag(tag)
	for i := range *p {
		if (*p)[i].tag == name {
			at = i
			break
		}
	}
	c = (*p)[at]
	*p = append((*p)[:at], (*p)[at+1:]...)
	return c, protocol.StatusEffect(word(m, skipSpaces(m, len(tag)))), true
}

// sasl reports whether the client is in the middle of AUTHENTICATE.
func (p pending) sasl() bool {
	for i := range p {
		if p[i].sasl {
			return true
		}
	}
	return false
}

func cutTag(t []byte) string { return string(t[:min(len(t), maxTag)]) }
