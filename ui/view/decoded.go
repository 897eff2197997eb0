package view

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
	"imapscope/decode/wire"
)

// Decoded is what an encoded text means: a mailbox name in modified UTF-7, RFC 2047 words,
// an RFC 2231 parameter, a URL, a date in another zone. It is shown next to the text as it
// was sent. Both of its texts are inert, and cut to some hundred bytes.
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

// beside returns d in parentheses, after a space; empty if there is nothing.
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

// DecodedText is one text of a message in its two forms.
type DecodedText struct {
	Role string // "mailbox"; may be empty
	Raw  string // as it was sent; not inert
	Decoded
}

// Mailbox returns a mailbox name with what it means after it: `Entw&APw-rfe (Entwürfe)`.
func Mailbox(name string) string {
	return Inert(name) + Options{}.decode(protocol.RoleMailbox, []byte(name), nil).beside()
}

// decode decodes a value by its role. Known are the secrets of its connection.
func (o Options) decode(role protocol.Role, value []byte, known *session.Words) Decoded {
	plain, err := o.plain(role, value)
	var d Decoded
	if plain == "" && err == nil {
		return d
	}
	if plain != string(value) {
		d.Text = clip(o.Hide(known, plain), maxValue)
	}
	d.Wrong = o.Hide(known, wrong(err))
	if d.Wrong != "" && isName(role) {
		d.Wrong = "wrong modified UTF-7: " + d.Wrong
	}
	return d
}

// wrong returns why a text could not be decoded; empty if it could.
func wrong(err error) string {
	var fault *text.Error
	if !errors.As(err, &fault) {
		return ""
	}
	return clip(fmt.Sprintf("byte %d: %s", fault.Off, fault.What), maxValue)
}

// plain returns a value decoded, or empty if it is not encoded; that is seen without
// allocating. The error is a *text.Error.
func (o Options) plain(role protocol.Role, value []byte) (string, error) {
	switch {
	case role == protocol.RoleURL || text.IsURL(value):
		u, err := text.ParseURL(string(value))
		if err != nil {
			return "", err
		}
		return u.Describe(), nil
	case isName(role):
		if bytes.IndexByte(value, '&') < 0 && utf8.Valid(value) {
			return "", nil
		}
		return text.Mailbox(string(value))
	case isPhrase(role):
		if !bytes.Contains(value, []byte("=?")) {
			return "", nil
		}
		return text.Words(string(value))
	case role == protocol.RoleHeader:
		if !bytes.Contains(value, []byte("=?")) {
			return "", nil
		}
		return decodedFields(value)
	case isDate(role) && o.Zone != nil:
		return o.zoned(string(value)), nil
	}
	return "", nil
}

// isName reports whether a value with a role is the name of a mailbox, or a pattern or the
// beginning of one. Gmail's labels are such names.
func isName(r protocol.Role) bool {
	switch r {
	case protocol.RoleMailbox, protocol.RolePattern, protocol.RoleReference, protocol.RolePrefix, protocol.RoleLabel:
		return true
	}
	return false
}

// isPhrase reports whether a value with a role may have RFC 2047 words. The mailbox name of
// an address is the name of a group in some of them.
func isPhrase(r protocol.Role) bool {
	switch r {
	case protocol.RoleSubject, protocol.RolePersonalName, protocol.RoleMailboxName, protocol.RoleDescription, protocol.RoleParameterValue:
		return true
	}
	return false
}

func isDate(r protocol.Role) bool {
	switch r {
	case protocol.RoleInternalDate, protocol.RoleDate, protocol.RoleSaveDate:
		return true
	}
	return false
}

// note is what is decoded of a message, and where that ends.
type note struct {
	Decoded
	at    int
	role  protocol.Role
	value []byte // as it was sent, secrets masked
}

// decoder finds what is decoded in a message.
type decoder struct {
	Options
	raw     []byte
	secrets []wire.Span
	known   *session.Words
	notes   []note
}

// Notes returns what is decoded in a message whose tree is root, by where it ends.
func (o Options) Notes(m *decode.Message, root *syntax.Node) map[int]Decoded {
	var out map[int]Decoded
	for _, n := range o.notesOf(m, root) {
		if out == nil {
			out = make(map[int]Decoded)
		}
		out[n.at] = n.Decoded
	}
	return out
}

// notesOf returns what is decoded in a message, in order.
func (o Options) notesOf(m *decode.Message, root *syntax.Node) []note {
	d := decoder{Options: o, raw: m.Raw, secrets: o.Secrets(m), known: m.Known}
	d.node(root)
	return d.notes
}

// notes returns what is decoded in a message that is shown as one line. Most have nothing to
// decode, which does not take a tree to see.
func (o Options) notes(m *decode.Message) []note {
	if !o.encoded(m.Raw) {
		return nil
	}
	var parser syntax.Parser
	return o.notesOf(m, m.Parse(&parser))
}

// requestNotes returns what is decoded in the request of a transaction, in order.
func (o Options) requestNotes(t *decode.Transaction) []note {
	if !o.encoded(t.Request.Raw) {
		return nil
	}
	d := decoder{Options: o, raw: t.Request.Raw, secrets: o.requestSecrets(t), known: t.Known}
	d.node(syntax.ParseRequest(&t.Request))
	return d.notes
}

// encoded reports whether there may be something to decode in a message.
func (o Options) encoded(raw []byte) bool {
	if o.Zone != nil || bytes.IndexByte(raw, '&') >= 0 {
		return true
	}
	for _, sign := range [...]string{"=?", `*"`, `*0"`, "://", "/;", `";`} {
		if bytes.Contains(raw, []byte(sign)) {
			return true
		}
	}
	return false
}

// beside returns the notes that are shown within a line: what a URL means is too long.
func beside(notes []note) []note {
	return slices.DeleteFunc(notes, func(n note) bool { return n.role == protocol.RoleURL || text.IsURL(n.value) })
}

// DecodedIn returns what is decoded in the request of a transaction, in order, after the
// name of the mailbox that is selected.
func (o Options) DecodedIn(t *decode.Transaction) []DecodedText {
	out := texts(o.requestNotes(t))
	if d := o.decode(protocol.RoleMailbox, []byte(t.Mailbox), t.Known); d != (Decoded{}) {
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

// node adds what is decoded in a node and below it.
func (d *decoder) node(n *syntax.Node) {
	if n.Role == protocol.RoleParameters {
		d.parameters(n)
		return
	}
	if d.shows(n) {
		value := n.Value(d.raw)
		if x := d.decode(n.Role, value, d.known); x != (Decoded{}) {
			d.notes = append(d.notes, note{x, n.Span.End, n.Role, d.sent(n)})
			return
		}
	}
	for i := range n.Kids {
		d.node(&n.Kids[i])
	}
}

// sent returns the value of a node, secrets in it as asterisks.
func (d *decoder) sent(n *syntax.Node) []byte {
	if !overlaps(d.secrets, n.Span) {
		return n.Value(d.raw)
	}
	of := n
	if n.Kind == syntax.KindLiteral {
		of = &n.Kids[1]
	}
	m := masked{raw: d.raw, hidden: d.secrets}
	return bytes.Trim(m.of(of.Span), `"`)
}

// shows reports whether a node is a string that may be decoded: one that is not secret. The
// description of a URL has none of its secrets, which never are at its start.
func (d *decoder) shows(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KindAtom, syntax.KindQuoted, syntax.KindLiteral, syntax.KindLiteralBody:
	default:
		return false
	}
	s := n.Span
	if n.Role == protocol.RoleURL || n.Kind != syntax.KindAtom && text.IsURL(n.Value(d.raw)) {
		s.End = min(s.End, s.Start+1)
	}
	if n.Role == protocol.RoleHeader {
		s.End = min(s.End, s.Start+maxHeadline)
	}
	return s.Len() <= text.MaxText && !overlaps(d.secrets, s)
}
