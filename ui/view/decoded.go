package view

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
	"imapscope/decode/wire"
)

// Decoded is what an encoded text means: a mailbox name in modified UTF-7, RFC 2047 words,
// a URL, a date in another zone. It is shown next to the text as it was sent. Both of its
// texts are inert, and cut to some hundred bytes.
type Decoded struct {
	Text  string // empty if it is the same as what was sent
	Wrong string // why some of it could not be decoded; often empty
}

// String returns what to write after the text that was sent; empty if there is nothing.
func (d Decoded) String() string {
	switch {
	case d.Wrong == "":
		return d.Text
	case d.Text == "":
		return d.Wrong
	}
	return d.Text + "; " + d.Wrong
}

// beside returns d in parentheses, after a space.
func (d Decoded) beside() string {
	if s := d.String(); s != "" {
		return " (" + s + ")"
	}
	return ""
}

// sentence returns d to follow the meaning of a word.
func (d Decoded) sentence() string {
	s := ""
	if d.Text != "" {
		s += " Decoded: " + strings.TrimSuffix(d.Text, ".") + "."
	}
	if d.Wrong != "" {
		s += " Not decoded: " + d.Wrong + "."
	}
	return s
}

// decoded decodes a value by its role. Known are the secrets of its connection.
func (o Options) decoded(role protocol.Role, value []byte, known *session.Words) Decoded {
	plain, err := o.plain(role, value)
	d := Decoded{}
	if plain != "" && plain != string(value) {
		d.Text = clip(o.Hide(known, plain), maxValue)
	}
	var fault *text.Error
	if errors.As(err, &fault) {
		d.Wrong = clip(fault.What, maxValue)
		if isName(role) {
			d.Wrong = fmt.Sprintf("wrong modified UTF-7, byte %d: %s", fault.Off, d.Wrong)
		}
	}
	return d
}

// plain returns a value decoded. The error is an *text.Error.
func (o Options) plain(role protocol.Role, value []byte) (string, error) {
	if isName(role) {
		return text.Mailbox(string(value))
	}
	switch role {
	case protocol.RoleSubject, protocol.RolePersonalName, protocol.RoleMailboxName:
		return text.Words(string(value))
	case protocol.RoleInternalDate, protocol.RoleDate:
		return o.zoned(string(value)), nil
	}
	if len(value) <= text.MaxText && text.IsURL(value) {
		u, err := text.ParseURL(string(value))
		if err != nil {
			return "", err
		}
		return u.Describe(), nil
	}
	return "", nil
}

// isName reports whether a value with a role is the name of a mailbox, or a pattern or the
// beginning of one.
func isName(r protocol.Role) bool {
	return r == protocol.RoleMailbox || r == protocol.RolePattern || r == protocol.RoleReference
}

// DecodedNode decodes the value of a node of a message, unless it is secret.
func (o Options) DecodedNode(n *syntax.Node, m *decode.Message) Decoded {
	return o.decodedNode(n, m, o.Secrets(m))
}

// decodedNode decodes the value of a node that is a string, unless it is secret.
func (o Options) decodedNode(n *syntax.Node, m *decode.Message, secrets []wire.Span) Decoded {
	switch n.Kind {
	case syntax.KindAtom, syntax.KindQuoted, syntax.KindLiteral, syntax.KindLiteralBody:
	default:
		return Decoded{}
	}
	if overlaps(secrets, n.Span) || n.Span.Len() > text.MaxText {
		return Decoded{}
	}
	return o.decoded(n.Role, n.Value(m.Raw), m.Known)
}

// Mailbox returns a mailbox name with what it means after it: `Entw&APw-rfe (Entwürfe)`.
func Mailbox(name string) string {
	return Inert(name) + Options{}.decoded(protocol.RoleMailbox, []byte(name), nil).beside()
}

// note is what is decoded of a message, and where that ends.
type note struct {
	Decoded
	at    int
	role  protocol.Role
	value []byte
}

// notes returns what is decoded in a message, in order. Most messages have nothing to
// decode, which does not take a tree to see.
func (o Options) notes(m *decode.Message) []note {
	if !o.encoded(m.Raw) {
		return nil
	}
	var parser syntax.Parser
	return o.nodeNotes(nil, m.Parse(&parser), m, o.Secrets(m))
}

// encoded reports whether there may be something to decode in a message.
func (o Options) encoded(raw []byte) bool {
	return o.Zone != nil || bytes.IndexByte(raw, '&') >= 0 || bytes.Contains(raw, []byte("=?"))
}

func (o Options) nodeNotes(out []note, n *syntax.Node, m *decode.Message, secrets []wire.Span) []note {
	if d := o.decodedNode(n, m, secrets); d != (Decoded{}) {
		return append(out, note{d, n.Span.End, n.Role, n.Value(m.Raw)})
	}
	for i := range n.Kids {
		out = o.nodeNotes(out, &n.Kids[i], m, secrets)
	}
	return out
}

// DecodedText is one text of a message in its two forms.
type DecodedText struct {
	Role string // "mailbox"; empty for a URL
	Raw  string // as it was sent; not inert
	Decoded
}

// DecodedIn returns what is decoded in the request of a transaction, in order, after the
// name of the mailbox that is selected.
func (o Options) DecodedIn(t *decode.Transaction) []DecodedText {
	out := texts(o.requestNotes(t))
	if d := o.decoded(protocol.RoleMailbox, []byte(t.Mailbox), t.Known); d != (Decoded{}) {
		out = slices.Insert(out, 0, DecodedText{"selected mailbox", t.Mailbox, d})
	}
	return out
}

// DecodedOf returns what is decoded in a message, in order.
func (o Options) DecodedOf(m *decode.Message) []DecodedText { return texts(o.notes(m)) }

func texts(notes []note) []DecodedText {
	out := make([]DecodedText, len(notes))
	for i, n := range notes {
		raw := n.value[:min(len(n.value), maxText)]
		out[i] = DecodedText{n.role.String(), string(raw), n.Decoded}
	}
	return out
}

// requestNotes returns what is decoded in the request of a transaction.
func (o Options) requestNotes(t *decode.Transaction) []note {
	if !o.encoded(t.Request.Raw) {
		return nil
	}
	m := &decode.Message{Message: t.Request, Kind: decode.Request, Known: t.Known}
	return o.nodeNotes(nil, syntax.ParseRequest(&t.Request), m, o.requestSecrets(t))
}
