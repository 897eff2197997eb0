package scrub

import (
	"bytes"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/ascii"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// message returns m's bytes, scrubbed. It reports false if not all of them are available.
func (c *conn) message(m *decode.Message) (raw []byte, ok bool) {
	if m.Elided > 0 {
		return nil, false
	}
	w := walk{Scrub: c.Scrub, raw: bytes.Clone(m.Raw), word: m.Word}
	if t := m.Txn; t != nil {
		w.sasl = t.Row.TakesSASL() && (m.Kind == decode.Ready || m.Kind == decode.Continuation)
		w.known = known(t.Command)
		w.secret = t.SecretTag
	}
	if m.SASL != nil {
		w.mechanism, w.nonce = m.SASL.Mechanism, &c.nonce
	}
	if m.Kind == decode.Junk {
		w.all()
		return w.raw, true
	}
	w.request = m.Kind == decode.Request
	w.tree(m.Parse(&c.parser))
	return w.raw, true
}

// part returns the beginning of a message, scrubbed.
func (c *conn) part(dir capture.Direction, m *wire.Message) (raw []byte, ok bool) {
	w := walk{Scrub: c.Scrub, raw: bytes.Clone(m.Raw)}
	if dir == capture.ServerToClient {
		n := c.parser.Response(m)
		w.word = syntax.ReadResponse(n, m.Raw).Data
		w.tree(n)
		return w.raw, true
	}
	n := c.parser.Request(m)
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

// walk traverses the tree of a message and replaces personal data.
type walk struct {
	*Scrub
	raw     []byte
	word    string // of the message: FETCH, SELECT
	request bool
	known   bool // its command is known, so its tag is a tag
	secret  bool // its command, or the message itself, is most likely a misplaced password
	sasl    bool // its line is a SASL response or challenge

	mechanism string // of the SASL exchange it is part of, if that is known
	nonce     *int   // length of the client's nonce in that exchange
}

// tree replaces personal data in a whole message.
func (w *walk) tree(n *syntax.Node) {
	switch {
	case w.secret:
		w.all()
	case w.request && !w.known:
		// Most likely the text of mail that followed a refused literal.
		w.unknown(n)
	default:
		w.node(n, protocol.RoleNone, nil)
	}
}

// all replaces every word of a message.
func (w *walk) all() {
	if w.words.replace(w.raw) > 0 {
		w.report.Replaced[Other]++
	}
}

// unknown replaces an unknown command, except its tag, if it looks like one, and the
// announcements of literals.
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

// node replaces personal data in n. If n has no role of its own, role is its parent's;
// item is the name of the property it is part of.
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

// section handles BODY[HEADER.FIELDS (TO)]<0>: unknown names of header fields are
// replaced; numbers and the rest stay.
func (w *walk) section(n *syntax.Node) {
	b := n.Bytes(w.raw)
	for at, end := next(b, 0); at < len(b); at, end = nextField(b, end) {
		x := b[at:end]
		if f := ascii.AppendLower(nil, x); w.words.inProtocol(f) || fieldNames[string(f)] || !hasLetter(x) {
			w.words.keep(x)
			continue
		}
		w.replaceExcept(Header, x, w.words.inProtocol)
	}
}

// nextField returns the next word of b, including hyphens.
func nextField(b []byte, at int) (start, end int) {
	start, end = next(b, at)
	for end < len(b) && (b[end] == '-' || wordByte[b[end]]) {
		end++
	}
	return start, end
}

// leaf replaces personal data in a leaf.
func (w *walk) leaf(n *syntax.Node, role protocol.Role, item []byte) {
	b := n.Bytes(w.raw)
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose, syntax.KindLiteralHead, syntax.KindNIL, syntax.KindMissing:
		return
	case syntax.KindTag:
		w.tag(n)
		return
	case syntax.KindCommand, syntax.KindFindOption, syntax.KindStatus, syntax.KindData, syntax.KindAttribute, syntax.KindKey, syntax.KindCodeName,
		syntax.KindWord:
		w.name(n)
		return
	case syntax.KindFlag:
		w.flag(n)
		return
	case syntax.KindText:
		w.text(b)
		return
	}
	w.value(n, role, item)
}

// value replaces or keeps a value by its role.
func (w *walk) value(n *syntax.Node, role protocol.Role, item []byte) {
	b := n.Bytes(w.raw)
	switch role {
	case protocol.RoleSearchDate, protocol.RoleInternalDate, protocol.RoleMechanism, protocol.RoleMessageNumber,
		protocol.RoleUID, protocol.RoleCount, protocol.RoleSize, protocol.RoleCapability, protocol.RoleDelimiter,
		protocol.RoleCharset, protocol.RoleUIDValidity, protocol.RoleUIDNext, protocol.RoleModSeq, protocol.RoleMessageSet:
		w.words.keep(b)
	case protocol.RoleDate:
		if !isDate(b) {
			w.replace(Header, n)
			return
		}
		w.words.keep(b)
	case protocol.RoleField:
		if !fieldNames[strings.ToLower(strings.Trim(string(b), `"`))] {
			w.replaceExcept(Header, b, w.words.inProtocol)
			return
		}
		w.words.keep(b)
	case protocol.RoleCommandTag:
		if looksLikeTag(bytes.Trim(b, `"`)) {
			w.words.keep(b)
			return
		}
		w.replace(Other, n)
	case protocol.RoleFlag:
		w.flag(n)
	case protocol.RoleUserID, protocol.RoleIdentifier:
		w.words.markPersonal(b)
		w.replace(UserName, n)
	case protocol.RolePassword:
		w.words.markPersonal(b)
		w.replace(Password, n)
	case protocol.RoleSASL:
		w.base64(b)
	case protocol.RoleMailbox, protocol.RoleBBoard, protocol.RolePattern, protocol.RoleReference, protocol.RolePrefix:
		w.mailbox(b)
	case protocol.RoleSearchText:
		w.replace(SearchText, n)
	case protocol.RoleSubject:
		w.encoded(b)
		w.report.Replaced[Subject]++
	case protocol.RoleInReplyTo, protocol.RoleMessageID:
		w.replace(MessageID, n)
	case protocol.RolePersonalName, protocol.RoleComments:
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
		w.unclassified(n, b, item)
	}
}

// unclassified replaces what the grammar does not cover.
func (w *walk) unclassified(n *syntax.Node, b, item []byte) {
	switch {
	case n.Kind == syntax.KindNumber || n.Kind == syntax.KindSequence:
	case protocol.ShowsOf(item)&protocol.ShowsStructure != 0:
		w.replaceExcept(Other, b, func(f []byte) bool { return mimeWords[string(f)] })
	case w.sasl:
		w.base64(b)
	default:
		w.replaceExcept(Other, b, w.words.inProtocol)
	}
}

// replace replaces all words of a leaf.
func (w *walk) replace(k Kind, n *syntax.Node) {
	if w.words.replace(n.Bytes(w.raw)) > 0 {
		w.report.Replaced[k]++
	}
}

// replaceExcept replaces the words of b except those that may stay.
func (w *walk) replaceExcept(k Kind, b []byte, stays func(folded []byte) bool) {
	replaced := false
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if stays(ascii.AppendLower(nil, b[at:end])) {
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

// tag replaces a tag unless it looks like one.
func (w *walk) tag(n *syntax.Node) {
	b := n.Bytes(w.raw)
	if !w.known && !looksLikeTag(b) {
		w.replace(Other, n)
		return
	}
	w.words.keep(b)
}

// looksLikeTag reports whether b is a few letters and a number, as in most clients.
func looksLikeTag(b []byte) bool {
	digits := bytes.TrimLeftFunc(b, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) })
	return len(b)-len(digits) <= 4 && len(digits) <= 8 && len(bytes.Trim(digits, "0123456789")) == 0
}

// name replaces an unknown word in the place of a word of the protocol.
func (w *walk) name(n *syntax.Node) {
	if n.Role == protocol.RoleCapability {
		w.words.keep(n.Bytes(w.raw)) // AUTH= and a mechanism, which AUTHENTICATE names too
		return
	}
	w.replaceExcept(Other, n.Bytes(w.raw), func(f []byte) bool {
		return w.words.inProtocol(f) || fieldNames[string(f)] || !hasLetter(f)
	})
}

// flag replaces keywords, except those that begin with "$", which are registered.
func (w *walk) flag(n *syntax.Node) {
	b := n.Bytes(w.raw)
	if len(b) > 0 && (b[0] == '\\' || b[0] == '$') {
		w.words.keep(b)
		return
	}
	w.replaceExcept(Other, b, w.words.inProtocol)
}

// mailbox replaces a mailbox's name, except INBOX, which every user has.
func (w *walk) mailbox(b []byte) {
	w.replaceExcept(MailboxName, b, func(f []byte) bool {
		if string(f) == "inbox" {
			return true
		}
		w.words.markPersonal(f)
		return false
	})
}

// text replaces the words of a server's text that are not plain words.
func (w *walk) text(b []byte) {
	if w.sasl {
		w.base64(b)
		return
	}
	replaced := false
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		folded := w.words.fold(b[at:end])
		f := w.words.fateOf(folded)
		stays := w.words.isPlain(folded) || f.kept ||
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

// encoded replaces words, but keeps the syntax of encoded words (RFC 2047, section 2:
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
		w.replaceExcept(Other, b[2:2+len(parts[1])], func(f []byte) bool { return mimeWords[string(f)] })
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
		if f := ascii.AppendLower(nil, b[at:end]); hasLetter(f) && !dateWords[string(f)] {
			return false
		}
	}
	return true
}
