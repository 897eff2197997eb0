package view

import (
	"cmp"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
)

// saidBySASL returns what a message says in its SASL exchange; empty if that is nothing beyond
// its text. It is inert.
func saidBySASL(m *decode.Message) string {
	switch r := m.SASL; {
	case r == nil, r.Step == 0 && len(r.New()) == 0, r.Ended && len(r.New()) == 0:
		return ""
	default:
		return clip(r.Line(), maxText)
	}
}

// sentenceOfSASL returns the meaning of a message that is part of a SASL exchange, given what
// it means outside of one.
func sentenceOfSASL(m *decode.Message, sentence string) string {
	said := saidBySASL(m)
	switch {
	case m.Kind == decode.Ready || m.Kind == decode.Continuation:
		return cmp.Or(said, clip(m.SASL.Line(), maxText)) + "."
	case said != "":
		return sentence + " " + said + "."
	}
	return sentence
}

// mechanism returns the SASL mechanism of a transaction; empty if it has none.
func mechanism(t *decode.Transaction) string {
	if t.SASL == nil {
		return ""
	}
	return t.SASL.Mechanism
}

// errorOf returns what went wrong in a transaction, in the server's words: the error of its
// SASL exchange, or the text after NO or BAD.
func (o Options) errorOf(t *decode.Transaction) string {
	if t.SASL != nil && t.SASL.Error != "" {
		return t.SASL.Error
	}
	switch protocol.StatusEffect(t.Status) {
	case protocol.Refuses, protocol.Rejects:
		return strings.TrimSpace(o.Text(t))
	}
	return ""
}
