package scrub

import (
	"bytes"
	"encoding/base64"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// message is m's octets, scrubbed; not ok if not all of them are at hand.
func (k *conn) message(m *decode.Message) (raw []byte, ok bool) {
	if m.Elided > 0 {
		return nil, false
	}
	w := walk{Scrub: k.Scrub, raw: bytes.Clone(m.Raw), word: m.Word}
	if t := m.Txn; t != nil {
		w.sasl = t.Row.TakesSASL() && (m.Kind == decode.Ready || m.Kind == decode.Continuation)
		w.known = known(t.Command)
		w.secret = t.SecretTag
	}
	if m.Kind == decode.Junk {
		w.all()
		return w.raw, true
	}
	w.request = m.Kind == decode.Request
	w.tree(m.Parse(&k.parser))
	return w.raw, true
}

// part is the beginning of a message, scrubbed.
func (k *conn) part(dir capture.Direction, m *wire.Message) (raw []byte, ok bool) {
	w := walk{Scrub: k.Scrub, raw: bytes.Clone(m.Raw)}
	if dir == capture.ServerToClient {
		n := k.parser.Response(m)
		w.word = syntax.ReadResponse(n, m.Raw).Data
		w.tree(n)
		return w.raw, true
	}
	n := k.parser.Request(m)
	w.request = true
	w.word = syntax.ReadRequest(n, m.Raw).Name
	w.known = known(w.word)
	w.tree(n)
	return w.raw, true
}

func known(command string) bool {
	ok := protocol.Lookup(protocol.Command, command) != nil
	return ok
}

// walk goes through the tree of a message and replaces what is somebody's.
type walk struct {
	*Scrub
	raw     []byte
	word    string // of the message: FETCH, SELECT
	request bool
	known   bool // its command is known, and so its tag is one
	secret  bool // its command, or itself, is most likely a password that went astray
	sasl    bool // its line is a SASL response, or what asks for one
}

// tree replaces what is somebody's in a whole message.
func (w *walk) tree(n *syntax.Node) {
	switch {
	case w.secret:
		w.all()
	case w.request && !w.known:
		// Most likely what a client sent for something else: the text of mail,
		// after a literal that was refused.
		w.unknown(n)
	default:
		w.node(n, protocol.RoleNone, nil)
	}
}

// all leaves no word of a message.
func (w *walk) all() {
	if w.words.replace(w.raw) > 0 {
		w.report.Replaced[Other]++
	}
}

// unknown leaves the tag of a command that is not known, if it looks like one, and
// what announces literals.
func (w *walk) unknown(n *syntax.Node) {
	for l := range n.Leaves() {
		switch l.Kind {
		case syntax.KindTag:
			w.tag(l)
		case syntax.KindLiteralHead:
		default:
			w.replace(Other, l)
		}
	}
}

// node replaces what is somebody's in n. The role is that of what it is part of, if
// it has none itself; item is the name of the property it is part of.
func (w *walk) node(n *syntax.Node, role protocol.Role, item []byte) {
	if n.Role != protocol.RoleNone {
		role = n.Role
	}
	if len(n.Kids) == 0 {
		w.leaf(n, role, item)
		return
	}
	switch {
	case n.Kind == syntax.KindProperty && item == nil:
		item = n.Kids[0].Bytes(w.raw)
	case n.Kind == syntax.KindCode && protocol.Lookup(protocol.Code, syntax.ReadCode(n, w.raw).Name).Does(protocol.Offers):
		w.words.keep(n.Bytes(w.raw))
		return
	case n.Kind == syntax.KindSection:
		w.section(n)
		return
	}
	for i := range n.Kids {
		w.node(&n.Kids[i], role, item)
	}
}

// section looks at BODY[HEADER.FIELDS (TO)]<0>: names of header fields that are not
// known are replaced, numbers and the rest stay.
func (w *walk) section(n *syntax.Node) {
	b := n.Bytes(w.raw)
	for at, end := next(b, 0); at < len(b); at, end = nextField(b, end) {
		x := b[at:end]
		if f := fold(nil, x); inProtocol(f) || fieldNames[string(f)] || !hasLetter(x) {
			w.words.keep(x)
			continue
		}
		w.some(Header, x, inProtocol)
	}
}

// nextField is the next word of b, hyphens included.
func nextField(b []byte, at int) (start, end int) {
	start, end = next(b, at)
	for end < len(b) && (b[end] == '-' || wordOctet[b[end]]) {
		end++
	}
	return start, end
}

// leaf replaces what is somebody's in a leaf.
func (w *walk) leaf(n *syntax.Node, role protocol.Role, item []byte) {
	b := n.Bytes(w.raw)
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose, syntax.KindLiteralHead, syntax.KindNIL, syntax.KindMissing:
		return
	case syntax.KindTag:
		w.tag(n)
		return
	case syntax.KindCommand, syntax.KindFindOption, syntax.KindStatus, syntax.KindData, syntax.KindAttribute, syntax.KindKey, syntax.KindCodeName:
		w.name(n)
		return
	case syntax.KindFlag:
		w.flag(n)
		return
	case syntax.KindText:
		w.text(b)
		return
	}
	switch role {
	case protocol.RoleSearchDate, protocol.RoleInternalDate, protocol.RoleMechanism, protocol.RoleMessageNumber,
		protocol.RoleUID, protocol.RoleCount, protocol.RoleSize:
		w.words.keep(b)
	case protocol.RoleDate:
		if !isDate(b) {
			w.replace(Header, n)
			return
		}
		w.words.keep(b)
	case protocol.RoleField:
		if !fieldNames[strings.ToLower(strings.Trim(string(b), `"`))] {
			w.some(Header, b, inProtocol)
			return
		}
		w.words.keep(b)
	case protocol.RoleFlag:
		w.flag(n)
	case protocol.RoleUserID:
		w.words.own(b)
		w.replace(UserName, n)
	case protocol.RolePassword:
		w.words.own(b)
		w.replace(Password, n)
	case protocol.RoleSASL:
		w.base64(b)
	case protocol.RoleMailbox, protocol.RoleBBoard, protocol.RolePattern, protocol.RoleReference:
		w.mailbox(b)
	case protocol.RoleSearchText:
		w.replace(SearchText, n)
	case protocol.RoleSubject:
		w.encoded(b)
		w.report.Replaced[Subject]++
	case protocol.RoleInReplyTo, protocol.RoleMessageID:
		w.replace(MessageID, n)
	case protocol.RolePersonalName:
		w.encoded(b)
		w.report.Replaced[Address]++
	case protocol.RoleSourceRoute, protocol.RoleMailboxName, protocol.RoleHostName,
		protocol.RoleFrom, protocol.RoleSender, protocol.RoleReplyTo, protocol.RoleTo, protocol.RoleCc, protocol.RoleBcc:
		w.replace(Address, n)
	case protocol.RoleMessage, protocol.RoleHeader:
		w.mail(b, true)
	case protocol.RoleBody:
		w.mail(b, bytes.HasSuffix(bytes.ToUpper(item), []byte(".MIME]")))
	default:
		w.other(n, b, item)
	}
}

// other replaces what the grammar says nothing of.
func (w *walk) other(n *syntax.Node, b, item []byte) {
	switch {
	case n.Kind == syntax.KindNumber || n.Kind == syntax.KindSequence:
	case protocol.Lookup(protocol.Response, w.word).Does(protocol.Offers):
		w.words.keep(b)
	case protocol.ShowsOf(item)&protocol.ShowsStructure != 0:
		w.some(Other, b, func(f []byte) bool { return mimeWords[string(f)] })
	case w.sasl:
		w.base64(b)
	default:
		w.some(Other, b, inProtocol)
	}
}

// replace replaces all words of a leaf.
func (w *walk) replace(k Kind, n *syntax.Node) {
	if w.words.replace(n.Bytes(w.raw)) > 0 {
		w.report.Replaced[k]++
	}
}

// some replaces the words of b but for those that may stay.
func (w *walk) some(k Kind, b []byte, stays func(folded []byte) bool) {
	replaced := false
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if stays(fold(nil, b[at:end])) {
			w.words.keep(b[at:end])
			continue
		}
		w.words.substitute(b[at:end])
		replaced = true
	}
	if replaced {
		w.report.Replaced[k]++
	}
}

// tag replaces a tag that may be none.
func (w *walk) tag(n *syntax.Node) {
	b := n.Bytes(w.raw)
	if !w.known && !looksLikeTag(b) {
		w.replace(Other, n)
		return
	}
	w.words.keep(b)
}

// looksLikeTag reports whether b is a few letters and a number, as most clients
// have it.
func looksLikeTag(b []byte) bool {
	digits := bytes.TrimLeftFunc(b, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) })
	return len(b)-len(digits) <= 4 && len(digits) <= 8 && len(bytes.Trim(digits, "0123456789")) == 0
}

// name replaces what stands in the place of a word of the protocol and is none.
func (w *walk) name(n *syntax.Node) {
	w.some(Other, n.Bytes(w.raw), func(f []byte) bool {
		return inProtocol(f) || fieldNames[string(f)] || !hasLetter(f)
	})
}

// flag replaces keywords, but those that begin with "$", which are registered.
func (w *walk) flag(n *syntax.Node) {
	b := n.Bytes(w.raw)
	if len(b) > 0 && (b[0] == '\\' || b[0] == '$') {
		w.words.keep(b)
		return
	}
	w.some(Other, b, inProtocol)
}

// mailbox replaces a mailbox's name, but INBOX, which everybody has.
func (w *walk) mailbox(b []byte) {
	w.some(MailboxName, b, func(f []byte) bool {
		if string(f) == "inbox" {
			return true
		}
		w.words.own(f)
		return false
	})
}

// text replaces what is not plain in a server's text.
func (w *walk) text(b []byte) {
	if w.sasl {
		w.base64(b)
		return
	}
	replaced := false
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		f := w.words.is(b[at:end])
		stays := plain[string(fold(nil, b[at:end]))] || f.kept ||
			!hasLetter(b[at:end]) && !inAddress(b, at)
		if stays && !f.personal {
			w.words.keep(b[at:end])
			continue
		}
		w.words.substitute(b[at:end])
		replaced = true
	}
	if replaced {
		w.report.Replaced[Text]++
	}
}

// inAddress reports whether the number at at is part of an IPv4 address.
func inAddress(b []byte, at int) bool {
	inside := func(c byte) bool { return c == '.' || isDigit(c) }
	end := at
	for at > 0 && inside(b[at-1]) {
		at--
	}
	for end < len(b) && inside(b[end]) {
		end++
	}
	return bytes.Count(bytes.Trim(b[at:end], "."), []byte(".")) == 3
}

// base64 replaces what a SASL response says, within its encoding if it is readable.
func (w *walk) base64(b []byte) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return
	}
	w.report.Replaced[Password]++
	said, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil || !readable(said) {
		w.words.replace(b)
		return
	}
	w.words.own(said)
	w.words.replace(said)
	base64.StdEncoding.Encode(b, said)
}

func readable(b []byte) bool {
	for _, c := range b {
		if c != 0 && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}

// encoded replaces words, but what makes an encoded word one (RFC 2047, section 2:
// =?charset?encoding?text?=).
func (w *walk) encoded(b []byte) {
	for len(b) > 0 {
		i := bytes.Index(b, []byte("=?"))
		if i < 0 {
			break
		}
		w.words.replace(b[:i])
		b = b[i:]
		parts := bytes.SplitN(b, []byte("?"), 4)
		if len(parts) < 4 || len(parts[1]) > 20 || len(parts[2]) != 1 {
			w.words.replace(b[:2])
			b = b[2:]
			continue
		}
		head := len(parts[0]) + len(parts[1]) + len(parts[2]) + 3
		w.some(Other, b[2:2+len(parts[1])], func(f []byte) bool { return mimeWords[string(f)] })
		w.words.keep(b[:head])
		b = b[head:]
		if n := bytes.Index(b, []byte("?=")); n >= 0 {
			w.words.replace(b[:n])
			b = b[n+2:]
		}
	}
	w.words.replace(b)
}

// isDate reports whether b is a date and nothing else.
func isDate(b []byte) bool {
	if len(b) > 64 {
		return false
	}
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if f := fold(nil, b[at:end]); hasLetter(f) && !dateWords[string(f)] {
			return false
		}
	}
	return true
}
