package redact

import (
	"bytes"

	"imapscope/decode"
)

// maxStraddle is how much of a literal is held, in bytes: a secret that the client repeats
// there may be cut by the chunks it arrives in.
const maxStraddle = 1 << 10

// wary reports whether the client's message may repeat a secret, and has none of its own.
func (k *conn) wary() bool {
	return k.client.decided && k.client.from == never && k.dec.Session().Words() != nil
}

// repeatInLiteral hides what the next bytes of a literal, up to to, repeat of a secret.
func (k *conn) repeatInLiteral(to int64) {
	k.edit(fromClient, k.decided[fromClient], to, hideRepeats)
	if k.client.framer.Left() > 0 {
		to -= maxStraddle
	}
	k.decide(fromClient, to)
}

// repeatInLine hides what a line repeats of a secret, from what is held of it to its end.
// The tag and the arguments are looked at; the name of the command stays.
func (k *conn) repeatInLine(end int64) {
	c := &k.client
	from := max(k.decided[fromClient], c.line)
	if c.line == c.start { // the Decoder knows what is repeated when the message is complete
		m := c.framer.Message()
		tag, _ := skipWords(m.Raw, 1)
		if found := k.known().Kept().Find(string(bytes.TrimLeft(m.Raw[:tag], " "))); len(found) > 0 {
			blank := len(m.Raw) - len(bytes.TrimLeft(m.Raw, " "))
			k.edit(fromClient, c.start+int64(blank), c.start+int64(tag), hideAll)
		}
		args, _ := skipWords(m.Raw, 2)
		from = max(from, c.start+int64(args))
	}
	k.edit(fromClient, from, end, hideRepeats)
}

// repeated hides what a complete request repeats of a secret outside its own.
func (k *conn) repeated(m *decode.Message) {
	if m.Kind != decode.Request {
		return
	}
	for _, x := range m.Secrets {
		off := m.Off + m.ElidedBefore(x.Start)
		if to := off + int64(x.End); to <= k.client.from {
			k.edit(fromClient, off+int64(x.Start), to, hideAll)
		}
	}
}
