// Package explain describes a message in plain words, token by token, with citations.
//
//	root := syntax.ParseRequest(m)
//	explain.Summary(root, m.Raw, false)  // Asks for FLAGS and ENVELOPE of messages 2 to 4.
//	for _, t := range explain.Tokens(root, m.Raw) {
//		fmt.Println(t.Span, t.Meaning, t.Cite)
//	}
//
// # Rules
//
//   - What a word means comes from decode/protocol; this package adds only what a word
//     means in its place: a number that counts messages, or names one.
//   - An unknown word is reported as unknown; nothing is guessed.
//   - Separators (spaces, parentheses, line ends) are not tokens, unless they are
//     wrong.
//   - Bytes are passed on as they are: making them inert and masking secrets is up to
//     the caller. Token.Secret reports whether it is a secret.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Token is one word of a message.
type Token struct {
	Span    wire.Span // in the message's Raw
	Word    bool      // of the protocol, not of a person or a program
	Secret  bool      // a password or a SASL response
	Meaning string    // one or two sentences, or a phrase; never empty
	Cite    string    // the source of the meaning; empty if there is none
	Fault   bool      // it is wrong; Meaning says what was expected

	// Kind and Name are those of the word's row; Name is empty if it has none.
	Kind protocol.Kind
	Name string
}

// Tokens returns the words of a message, in order. Root is the message's tree.
func Tokens(root *syntax.Node, raw []byte) []Token {
	x := newExplainer(root, raw)
	x.walk(root)
	return x.out
}

func newExplainer(root *syntax.Node, raw []byte) *explainer {
	x := &explainer{raw: raw, kind: root.Kind}
	switch root.Kind {
	case syntax.KindRequest:
		q := syntax.ReadRequest(root, raw)
		x.command = q.Name
	case syntax.KindContinuation:
	default:
		q := syntax.ReadResponse(root, raw)
		x.data, x.tag, x.number = q.Data, q.Tag, q.Number
	}
	return x
}

// explainer is one message being explained.
type explainer struct {
	raw     []byte
	kind    syntax.Kind
	command string // of a request
	data    string // of unsolicited data
	tag     string
	number  uint64
	out     []Token
}

func (x *explainer) walk(n *syntax.Node) {
	if len(n.Kids) == 0 {
		x.leaf(n)
		return
	}
	if n.Err != nil && len(n.Kids) > 0 {
		x.out = append(x.out, Token{Span: wire.Span{Start: n.Span.Start, End: n.Span.Start}, Fault: true, Meaning: "expected " + n.Err.Want, Cite: n.Err.Ref})
	}
	for i := range n.Kids {
		if x.walk(&n.Kids[i]); n.Kind == syntax.KindSection && i == 0 {
			x.sectioned(&n.Kids[i])
		}
	}
}

// sectioned explains the name of an item with a section, the last token, which has
// another meaning without one: BODY.
func (x *explainer) sectioned(n *syntax.Node) {
	t := Token{Span: n.Span}
	if !t.fill(x.sectionRow(n)) {
		t.unknown("an item")
	}
	x.out[len(x.out)-1] = t
}

func (x *explainer) leaf(n *syntax.Node) {
	t := Token{Span: n.Span}
	if n.Kind == syntax.KindLiteralBody && n.Span.Len() == 0 && n.Err == nil {
		return
	}
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose, syntax.KindPoint:
		if n.Err == nil {
			return
		}
	}
	x.mean(n, &t)
	if n.Err != nil {
		t.Fault = true
		t.Meaning, t.Cite = "expected "+n.Err.Want, n.Err.Ref
	}
	if t.Meaning == "" {
		t.Meaning = n.Kind.String()
	}
	x.out = append(x.out, t)
}

// from fills in the token from the row of a word; it reports false if there is none.
func (t *Token) from(k protocol.Kind, name string) bool { return t.fill(protocol.Lookup(k, name)) }

// fill fills in the token from the row of its word; it reports false if that is nil.
func (t *Token) fill(r *protocol.Row) bool {
	if r == nil {
		return false
	}
	t.Word = true
	t.Kind, t.Name = r.Kind, r.Name
	t.Meaning, t.Cite = meaning(r), r.Ref.String()
	return true
}

// unknown marks a word that has no row.
func (t *Token) unknown(what string) {
	t.Word = true
	t.Meaning = what + " that imapscope does not know"
}

// mean fills in the meaning of a leaf in its place.
func (x *explainer) mean(n *syntax.Node, t *Token) {
	word := string(n.Bytes(x.raw))
	switch n.Kind {
	case syntax.KindTag:
		x.tagged(word, t)
	case syntax.KindCommand, syntax.KindFindOption, syntax.KindStatus, syntax.KindData, syntax.KindAttribute, syntax.KindKey, syntax.KindWord, syntax.KindCodeName:
		r, what := x.rowOf(n)
		if !t.fill(r) {
			t.unknown(what)
		} else if _, inverse := protocol.Inverse(word); inverse && n.Kind == syntax.KindKey {
			t.Meaning = "Not: " + t.Meaning
		}
	case syntax.KindFlag:
		if t.from(protocol.Flag, word) {
			return
		}
		if r, known := purpose(n.Role); known {
			t.Meaning, t.Cite = r.mean, r.cite
		} else {
			t.Meaning = "A keyword: a flag that is not a system flag."
			if strings.HasPrefix(word, `\`) {
				t.Meaning = "A flag that imapscope does not know; a backslash begins the name of a system flag."
			}
		}
	case syntax.KindNIL:
		t.from(protocol.Term, protocol.NIL)
		if r, _ := purpose(n.Role); r.kind == protocol.EnvelopeField && r.name != "" {
			t.Meaning = "No " + r.name + " field."
		} else if r.name != "" {
			t.Meaning = "No " + r.name + "."
		}
	case syntax.KindText:
		t.from(protocol.Term, protocol.TextLine)
		t.Word, t.Meaning = false, "Human-readable text."
	case syntax.KindLiteralHead:
		t.from(protocol.Term, protocol.LiteralTerm)
		t.Meaning = fmt.Sprintf("A literal: the next %s bytes are its content, even if they look like a command.", literalSize(n.Bytes(x.raw)))
	case syntax.KindPart:
		t.Meaning, t.Cite = "Part "+word+" of the message, by its place in the MIME structure.", `RFC 3501, "6.4.5. FETCH Command"`
	case syntax.KindSequence, syntax.KindNumber:
		x.numbers(n, t)
	default:
		x.value(n, t)
	}
}

func (x *explainer) tagged(word string, t *Token) {
	switch {
	case word == protocol.TagReady:
		t.from(protocol.Response, word)
	case word == protocol.TagUntagged:
		t.from(protocol.Term, protocol.TagUntagged)
	case x.kind == syntax.KindRequest:
		t.from(protocol.Term, protocol.TagTerm)
		t.Meaning = "The tag: the client's name for this command; the response repeats it."
	case !canBeTag(word):
		t.from(protocol.Term, protocol.TagTerm)
		t.Meaning = "Not a tag: a tag has no parentheses, quotes or wildcards."
	default:
		t.from(protocol.Term, protocol.TagTerm)
		t.Meaning = "The tag: this answers the command with the same tag."
	}
	t.Word = true
}

// numbers explains a sequence or a number, by what they count or name.
func (x *explainer) numbers(n *syntax.Node, t *Token) {
	switch n.Role {
	case protocol.RoleMessageNumber, protocol.RoleUID:
		t.from(protocol.Term, protocol.SequenceTerm)
		t.Word = false
		what := "message"
		if n.Role == protocol.RoleUID {
			what = protocol.UniqueID
		}
		s := syntax.ReadSequence(n, x.raw)
		t.Meaning = sequence(s, what)
		switch {
		case n.Role == protocol.RoleUID:
			t.Cite = `RFC 3501, "6.4.8. UID Command"`
		case slices.ContainsFunc(s, func(r syntax.Range) bool { return r.First == syntax.Star || r.Last == syntax.Star }):
			t.Cite = `RFC 1730, "9. Formal Syntax"`
		}
		if x.kind != syntax.KindRequest && n.Role == protocol.RoleMessageNumber {
			t.Meaning = fmt.Sprintf("Message %s of the mailbox.", n.Bytes(x.raw))
		}
	case protocol.RoleCount:
		t.from(protocol.Term, protocol.Number)
		t.Word, t.Meaning = false, "A number of messages."
	case protocol.RoleSize:
		t.from(protocol.Term, protocol.Number)
		t.Word, t.Meaning = false, "A size in bytes."
	default:
		t.from(protocol.Term, protocol.Number)
		t.Word, t.Meaning = false, "A number."
		if n.Kind == syntax.KindSequence {
			t.Meaning = "Numbers."
		}
		if r, known := purpose(n.Role); known {
			t.Meaning, t.Cite = r.mean, r.cite
		}
	}
}

// role is the purpose of a string.
type role struct {
	name string // "subject": for a missing one
	kind protocol.Kind
	word string // in the vocabulary; empty if it is not there
	mean string // otherwise
	cite string
}

// field returns a role with the name of an envelope's field.
func field(r protocol.Role) role {
	return role{name: r.String(), kind: protocol.EnvelopeField, word: r.String()}
}

// part returns a role with the name of an address's field.
func part(r protocol.Role) role {
	return role{name: r.String(), kind: protocol.AddressField, word: r.String()}
}

// roles holds the purposes of strings.
var roles = map[protocol.Role]role{
	protocol.RoleUserID:       {name: "user", mean: "The user who wants to log in.", cite: `RFC 1176, "Commands": LOGIN, p. 10`},
	protocol.RolePassword:     {name: "password", mean: "The password, in the clear.", cite: `RFC 1176, "Commands": LOGIN, p. 10`},
	protocol.RoleMailbox:      {name: "mailbox", mean: "The name of a mailbox.", cite: `RFC 1176, "Commands": SELECT, p. 11`},
	protocol.RoleBBoard:       {name: "bulletin board", mean: "The name of a bulletin board.", cite: `RFC 1176, "Commands": BBOARD, p. 11`},
	protocol.RolePattern:      {name: "pattern", mean: "A pattern for names: * matches any characters, % a single one.", cite: `RFC 1176, "Commands": FIND MAILBOXES, p. 12`},
	protocol.RoleReference:    {name: "reference", mean: "The reference: names are looked up below this one.", cite: `RFC 1730, "6.3.8. LIST Command"`},
	protocol.RoleSearchText:   {name: "text", mean: "The text to search for; letter case does not matter.", cite: `RFC 1176, "Commands": SEARCH, p. 16`},
	protocol.RoleSearchDate:   {name: "date", mean: "The date to compare with.", cite: `RFC 1176, "Commands": SEARCH, p. 16`},
	protocol.RoleFlag:         {name: "flag", mean: "The flag to search for.", cite: `RFC 1176, "Commands": SEARCH, p. 16`},
	protocol.RoleMechanism:    {name: "mechanism", mean: "The mechanism: how the client wants to prove its identity.", cite: `RFC 1730, "6.2.1. AUTHENTICATE Command"`},
	protocol.RoleSASL:         {name: "SASL response", mean: "The proof of the client's identity, as secret as a password.", cite: `RFC 1730, "6.2.1. AUTHENTICATE Command"`},
	protocol.RoleField:        {name: "header field", mean: "The name of a header field.", cite: `RFC 1730, "6.4.5. FETCH Command"`},
	protocol.RoleMessage:      {name: "message", mean: "The message itself, header and text.", cite: `RFC 1176, "Commands": FETCH, p. 15`},
	protocol.RoleHeader:       {name: "header", mean: "The message's header, as it is stored.", cite: `RFC 1176, "Commands": FETCH, p. 15`},
	protocol.RoleBody:         {name: "text", mean: "The message's text, without the header.", cite: `RFC 1176, "Commands": FETCH, p. 15`},
	protocol.RoleSaveDate:     {name: "save date", mean: "When the message was put into this mailbox.", cite: `RFC 8514, "4.2. FETCH Command and Response Extensions"`},
	protocol.RolePreview:      {name: "preview", mean: "An extract of the message's text.", cite: `RFC 8970, "3.2. Response"`},
	protocol.RoleLabel:        {name: "label", mean: "A label of the message: a vendor's name for a mailbox that shows it.", cite: `RFC 3501, "6.5. Client Commands - Experimental/Expansion"`},
	protocol.RoleOrigin:       {name: "first byte", mean: "The place of the first byte of the range, counted from 0.", cite: `RFC 3501, "6.4.5. FETCH Command"`},
	protocol.RoleSeconds:      {name: "seconds", mean: "A number of seconds before now.", cite: `RFC 5032, "2. Protocol Operation"`},
	protocol.RoleScore:        {name: "score", mean: "How relevant a message is to the search, from 1 to 100.", cite: `RFC 6203, "4. Relevancy Scores for Search Results"`},
	protocol.RolePosition:     {name: "position", mean: "The place in the result; 0 if its order does not matter.", cite: `RFC 5267, "4.3.2. Common Features of ADDTO and REMOVEFROM"`},
	protocol.RoleRange:        {name: "range", mean: "A range of the result, by place: from 1 the oldest message, from -1 the newest.", cite: `RFC 9394, "3.1. Incremental SEARCH and Partial Results"`},
	protocol.RoleInternalDate: {name: "date", mean: "When the message was put into the mailbox.", cite: `RFC 1176, "Commands": FETCH, p. 14`},
	protocol.RoleDate:         field(protocol.RoleDate),
	protocol.RoleSubject:      field(protocol.RoleSubject),
	protocol.RoleFrom:         field(protocol.RoleFrom),
	protocol.RoleSender:       field(protocol.RoleSender),
	protocol.RoleReplyTo:      field(protocol.RoleReplyTo),
	protocol.RoleTo:           field(protocol.RoleTo),
	protocol.RoleCc:           field(protocol.RoleCc),
	protocol.RoleBcc:          field(protocol.RoleBcc),
	protocol.RoleInReplyTo:    field(protocol.RoleInReplyTo),
	protocol.RoleMessageID:    field(protocol.RoleMessageID),
	protocol.RolePersonalName: part(protocol.RolePersonalName),
	protocol.RoleSourceRoute:  part(protocol.RoleSourceRoute),
	protocol.RoleMailboxName:  part(protocol.RoleMailboxName),
	protocol.RoleHostName:     part(protocol.RoleHostName),
	protocol.RoleComments:     part(protocol.RoleComments),

	protocol.RoleMediaType:      {name: "media type", mean: "A media type, such as text or image.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleSubtype:        {name: "media subtype", mean: "The subtype: with the media type, the format of the part. A multipart has only a subtype.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleParameters:     {name: "parameters", mean: "Parameters: pairs of a name and a value.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleParameterName:  {name: "parameter", mean: "The name of a parameter; its value follows.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleParameterValue: {name: "value", mean: "The value of the parameter before it.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleContentID:      {name: "content ID", mean: "The part's Content-ID, by which other parts refer to it.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleDescription:    {name: "description", mean: "A human-readable description of the part.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleEncoding:       {name: "transfer encoding", mean: "How the part is encoded for transfer; the client has to decode it.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleLines:          {name: "lines", mean: "The size of the part in lines, as it is encoded.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleMD5:            {name: "MD5", mean: "The MD5 of the part's content.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleDisposition:    {name: "disposition", mean: "How to present the part: inline, or as an attachment.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleLanguage:       {name: "language", mean: "A language, as a tag such as en or de-AT.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleLocation:       {name: "location", mean: "The URI of the part's content.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
	protocol.RoleBodyExtension:  {name: "extension data", mean: "Extension data that this version of the protocol does not define.", cite: `RFC 3501, "7.4.2. FETCH Response"`},
}

// value explains a string, by its purpose.
func (x *explainer) value(n *syntax.Node, t *Token) {
	t.Secret = n.Role.Secret()
	r, known := purpose(n.Role)
	switch {
	case known && r.word != "":
		t.from(r.kind, r.word)
		t.Word = false
	case n.Role == protocol.RoleMailbox && strings.EqualFold(string(n.Value(x.raw)), protocol.Inbox):
		t.from(protocol.Term, protocol.Inbox)
	case known:
		t.Meaning, t.Cite = r.mean, r.cite
		t.Word = n.Role == protocol.RoleCapability
		if row := protocol.LookupName(x.command); row != nil && n.Role == protocol.RoleMailbox {
			t.Cite = row.Ref.String() // each command has its own words about its mailbox
		}
	case n.Kind == syntax.KindQuoted:
		t.from(protocol.Term, protocol.QuotedString)
		t.Word = false
	case n.Kind == syntax.KindLiteralBody:
		t.Meaning = "The content of the literal."
		t.Cite = `RFC 1176, "Conventions", p. 9`
	case n.Kind == syntax.KindAtom:
		t.from(protocol.Term, protocol.Atom)
		t.Word = false
	case n.Kind == syntax.KindUnknown, n.Kind == syntax.KindMissing:
		t.Fault = true
		t.Meaning = "Unexpected here."
	}
}

// Cites returns the citations that this package makes itself, for a test that compares
// them with the RFCs.
func Cites() []string {
	var out []string
	for _, list := range []map[protocol.Role]role{roles, serverRoles} {
		for _, r := range list {
			if r.cite != "" {
				out = append(out, r.cite)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
