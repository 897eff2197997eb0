package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Limits of a response of which briefRow makes a tree.
const (
	rowItems = 8
	rowFlags = 12
)

// rowTree is the tree of a response with the properties of a message, and what is in it. It has
// the same nodes in the same places for each response, so that little more than their spans is
// written.
type rowTree struct {
	line  [8]Node              // "*", number, name, list and CRLF, with the spaces between them
	list  [2*rowItems + 1]Node // parentheses, and properties with the spaces between them
	items [rowItems][3]Node    // a name, a space and a value
	flags [2*rowFlags + 1]Node // parentheses, and flags with the spaces between them

	// The rows of the words in the last response: the next one most likely has the same.

	response *protocol.Row
	property [rowItems]*protocol.Row
}

func newRowTree() *rowTree {
	t := new(rowTree)
	for i, k := range [...]Kind{KindTag, KindSP, KindNumber, KindSP, KindData, KindSP, KindMessageData, KindCRLF} {
		t.line[i].Kind = k
	}
	t.line[0].Span, t.line[1].Span = wire.Span{Start: 0, End: 1}, wire.Span{Start: 1, End: 2}
	t.list[0].Kind = KindOpen
	for i := range t.items {
		t.items[i][0].Kind, t.items[i][1].Kind = KindAttribute, KindSP
		property := &t.list[2*i+1]
		property.Kind, property.Kids = KindProperty, t.items[i][:]
	}
	t.flags[0].Kind = KindOpen
	return t
}

// briefRow makes the tree of a response with properties of the most common form, which nearly
// all lines of a mailbox's list have: flags, a date, numbers and an envelope, all of them plain;
// see Parser.Plain. It is the tree that the grammar makes if Brief is set. It returns nil if the
// response has another form.
func (p *Parser) briefRow(m *wire.Message) *Node {
	const head, tail = "* ", ")\r\n"
	b := m.Raw
	last := len(b) - len(tail)
	if len(m.Literals) > 0 || len(m.Gaps) > 0 || last < len(head) || string(b[:len(head)]) != head || string(b[last:]) != tail {
		return nil
	}
	if p.brief == nil {
		p.brief = newRowTree()
	}
	t := p.brief
	at := t.begin(b, len(head))
	if at < 0 {
		return nil
	}
	n := t.properties(b, at, last)
	if n == 0 {
		return nil
	}
	list := &t.line[6]
	list.Span = wire.Span{Start: at, End: last + 1}
	list.Kids = t.list[: 2*n+1 : 2*n+1]
	t.line[7].Span = wire.Span{Start: last + 1, End: len(b)}
	p.errs, p.odd, p.multipart1, p.isPlain = p.errs[:0], false, false, true
	p.root = Node{Kind: KindUnsolicited, Span: wire.Span{End: len(b)}, Kids: t.line[:]}
	return &p.root
}

// begin reads the number and the name of the response, and returns where its list begins; -1 if
// it has none, or its row says more of it.
func (t *rowTree) begin(b []byte, at int) int {
	number := wire.Span{Start: at, End: digits(b, at)}
	if number.Len() == 0 || b[number.End] != ' ' {
		return -1
	}
	name := wire.Span{Start: number.End + 1, End: wordOf(t.response, b, number.End+1)}
	if name.End < 0 {
		for name.End = name.Start; b[name.End] > ' ' && b[name.End] != '('; name.End++ {
		}
		r := protocol.Lookup(protocol.Response, name.Of(b))
		if r == nil || !r.Numbered || r.Status || len(r.Args) != 1 || r.Args[0].Form != protocol.ArgMessageData || len(r.Args[0].Of) > 0 {
			return -1
		}
		t.response = r
		t.line[2].Role = r.NumberRole()
	}
	list := name.End + 1
	if b[name.End] != ' ' || b[list] != '(' {
		return -1
	}
	t.line[2].Span, t.line[3].Span = number, wire.Span{Start: number.End, End: name.Start}
	t.line[4].Span, t.line[5].Span = name, wire.Span{Start: name.End, End: list}
	return list
}

// wordOf returns where a word at i ends that is the name of a row, in upper case, and has a space
// after it; -1 if it is another one.
func wordOf(r *protocol.Row, b []byte, i int) int {
	if r == nil {
		return -1
	}
	if end := i + len(r.Name); end < len(b) && b[end] == ' ' && string(b[i:end]) == r.Name {
		return end
	}
	return -1
}

// properties reads the list that begins at i and ends at last. It returns how many properties it
// has; 0 if one has another form.
func (t *rowTree) properties(b []byte, i, last int) int {
	t.list[0].Span = wire.Span{Start: i, End: i + 1}
	flagged := false
	for n := range t.items {
		item, from := &t.items[n], i+1
		row, name := t.name(b, from, n)
		if row == nil {
			return 0
		}
		v := &item[2]
		v.Span.Start = name + 1
		arg := &row.Args[0]
		if arg.Form == protocol.ArgFlags {
			if flagged {
				return 0
			}
			flagged = true
			i = t.flagList(b, v)
		} else {
			i = plainValue(b, v, arg)
		}
		if i < 0 {
			return 0
		}
		v.Span.End = i
		item[0].Span, item[1].Span = wire.Span{Start: from, End: name}, wire.Span{Start: name, End: name + 1}
		property := &t.list[2*n+1]
		property.Shows, property.Span = row.Shows, wire.Span{Start: from, End: i}
		next := &t.list[2*n+2]
		next.Kind, next.Span = KindSP, wire.Span{Start: i, End: i + 1}
		switch {
		case i == last:
			next.Kind = KindClose
			return n + 1
		case b[i] != ' ':
			return 0
		}
	}
	return 0
}

// name returns the row of the name of property n, which begins at i, and where it ends; nil if
// there is none.
func (t *rowTree) name(b []byte, i, n int) (*protocol.Row, int) {
	if end := wordOf(t.property[n], b, i); end >= 0 {
		return t.property[n], end
	}
	end := i
	for end < len(b) && !endOfAtt[b[end]] {
		end++
	}
	if end == len(b) || b[end] != ' ' {
		return nil, 0
	}
	r := protocol.Lookup(protocol.Property, b[i:end])
	if r == nil || len(r.Args) == 0 {
		return nil, 0
	}
	t.property[n] = r
	return r, end
}

// plainValue reads a value other than flags, and returns where it ends; -1 if it has another
// form.
func plainValue(b []byte, v *Node, arg *protocol.Arg) int {
	start := v.Span.Start
	switch arg.Form {
	case protocol.ArgNumber:
		v.Kind, v.Role, v.Kids = KindNumber, arg.Role, nil
		if end := digits(b, start); end > start {
			return end
		}
	case protocol.ArgDateTime:
		v.Kind, v.Role, v.Kids = KindQuoted, arg.Role, nil
		if b[start] != '"' {
			return -1
		}
		if end := wire.QuoteFrom(b, start+1); end < len(b) && b[end] == '"' && isDate(b[start:end+1]) {
			return end + 1
		}
	case protocol.ArgEnvelope:
		v.Kind, v.Role, v.Kids = KindEnvelope, protocol.RoleNone, nil
		if b[start] == '(' {
			return plainEnvelope(b, start)
		}
	}
	return -1
}

// flagBytes are those of which a plain flag is made.
var flagBytes = func() (s wire.Set) {
	for c := range s {
		s[c] = isCharacter(byte(c)) && !endInList[c] || c == '\\'
	}
	return s
}()

// flagList reads flags in parentheses, and returns where the list ends; -1 if it has another
// form, or too many.
func (t *rowTree) flagList(b []byte, v *Node) int {
	i := v.Span.Start
	if b[i] != '(' {
		return -1
	}
	t.flags[0].Span = wire.Span{Start: i, End: i + 1}
	i++
	n := 1
	for b[i] != ')' || n > 1 {
		start := i
		for i < len(b) && flagBytes[b[i]] {
			i++
		}
		if i == start || i == len(b) || n >= len(t.flags)-1 {
			return -1
		}
		t.flags[n].Kind, t.flags[n].Span = KindFlag, wire.Span{Start: start, End: i}
		n++
		if b[i] == ')' {
			break
		}
		if b[i] != ' ' {
			return -1
		}
		t.flags[n].Kind, t.flags[n].Span = KindSP, wire.Span{Start: i, End: i + 1}
		n++
		i++
	}
	t.flags[n].Kind, t.flags[n].Span = KindClose, wire.Span{Start: i, End: i + 1}
	v.Kind, v.Role, v.Kids = KindFlagList, protocol.RoleNone, t.flags[:n+1:n+1]
	return i + 1
}

// digits returns where the digits at i end.
func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}
