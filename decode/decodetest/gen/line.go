package gen

import (
	"bytes"
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// line is a message as it is written, token by token.
type line struct {
	data   []byte
	tokens []Token
	lits   []Literal
	inside bool  // a list has just been opened: no space comes next
	waits  []int // where the client waits for "+": the ends of the parts before literals
}

// words writes words with spaces between them, and before the first unless the line, or
// a list, begins with it.
func (l *line) words(words ...string) *line {
	for _, w := range words {
		l.word(protocol.RoleNone, w)
	}
	return l
}

// word writes one word.
func (l *line) word(role protocol.Role, w string) *line {
	l.space()
	l.data = append(l.data, w...)
	l.tokens = append(l.tokens, Token{role, w})
	return l
}

func (l *line) space() {
	if len(l.data) > 0 && !l.inside {
		l.data = append(l.data, ' ')
	}
	l.inside = false
}

// open and shut write parentheses.
func (l *line) open() *line {
	l.words("(")
	l.inside = true
	return l
}

func (l *line) shut() *line {
	l.inside = false
	l.data = append(l.data, ')')
	l.tokens = append(l.tokens, Token{Value: ")"})
	return l
}

// adjacent writes a parenthesis right after another: address lists have no spaces.
func (l *line) adjacent() *line {
	l.data = append(l.data, '(')
	l.tokens = append(l.tokens, Token{Value: "("})
	l.inside = true
	return l
}

// text writes human-readable text; it may begin with a code of one word.
func (l *line) text(s string) *line {
	l.space()
	l.data = append(l.data, s...)
	if code, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "] "); ok && s[0] == '[' {
		l.tokens = append(l.tokens, Token{Value: "["}, Token{Value: code}, Token{Value: "]"})
		s = rest
	}
	l.tokens = append(l.tokens, Token{Value: s})
	return l
}

// quoted writes a quoted string.
func (l *line) quoted(role protocol.Role, s string) *line {
	l.space()
	l.data = fmt.Appendf(l.data, `"%s"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s))
	l.tokens = append(l.tokens, Token{role, s})
	return l
}

// literal writes a literal. A client waits before its bytes unless it says otherwise.
func (l *line) literal(from capture.Direction, role protocol.Role, s string, nonSync bool) *line {
	l.space()
	head := fmt.Sprintf("{%d}\r\n", len(s))
	if nonSync {
		head = fmt.Sprintf("{%d+}\r\n", len(s))
	}
	l.data = append(l.data, head...)
	waits := from == capture.ClientToServer && !nonSync
	if waits {
		l.waits = append(l.waits, len(l.data))
	}
	l.lits = append(l.lits, Literal{From: from, Off: len(l.data), Size: len(s), Waited: waits})
	l.data = append(l.data, s...)
	l.tokens = append(l.tokens, Token{role, s})
	return l
}

// oneLine returns the message without line ends and the bytes of literals.
func oneLine(data []byte, lits []Literal) string {
	var b strings.Builder
	from := 0
	for _, lit := range lits {
		b.Write(bytes.TrimSuffix(data[from:lit.Off], []byte("\r\n")))
		if from = lit.Off + lit.Size; lit.Withdrawn {
			return b.String()
		}
	}
	b.Write(bytes.TrimSuffix(data[from:], []byte("\r\n")))
	return b.String()
}

// begin returns a new transaction and the line of its request, with tag and name.
func (g *generator) begin(name string) (*Transaction, *line) {
	t := &Transaction{Command: name, Tag: fmt.Sprintf(g.style, len(g.s.Transactions)+1)}
	t.N = len(g.s.Transactions) + 1
	g.s.Transactions = append(g.s.Transactions, t)
	return t, new(line).words(t.Tag).words(strings.Fields(g.caseOf(name))...)
}

// caseOf returns a name in some case: names are not sensitive to it.
func (g *generator) caseOf(name string) string {
	switch g.number(0, 3) {
	case 1:
		return strings.ToLower(name)
	case 2:
		return name[:1] + strings.ToLower(name[1:])
	}
	return name
}

// send sends a request; the server is ready for each of its literals, or refuses the
// one of that number, from 1. It is not answered by tag yet.
func (g *generator) send(t *Transaction, l *line, refused int) {
	l.data = append(l.data, "\r\n"...)
	off := g.off[capture.ClientToServer]
	g.out = append(g.out, t)
	from := 0
	for i, end := range l.waits {
		g.step(capture.ClientToServer, l.data[from:end])
		from = end
		if i+1 == refused {
			l.withdraw(end)
			break
		}
		g.ready(t, g.phrase())
	}
	if from < len(l.data) {
		g.step(capture.ClientToServer, l.data[from:])
	}
	m := &Message{Dir: capture.ClientToServer, Kind: decode.Request, Off: off, Data: l.data, Word: t.Command, Txn: t, Literals: l.lits, Tokens: l.tokens}
	t.Request = oneLine(l.data, l.lits)
	g.add(m)
}

// withdraw ends the line before a literal that is refused.
func (l *line) withdraw(end int) {
	l.data = l.data[:end]
	for i := range l.lits {
		if l.lits[i].Off == end {
			l.lits[i].Withdrawn, l.lits[i].Waited = true, false
			l.lits = l.lits[:i+1]
			break
		}
	}
	l.tokens = nil // the parser is not asked about it
}

// respond sends a line of the server.
func (g *generator) respond(m *Message, l *line) {
	l.data = append(l.data, "\r\n"...)
	m.Dir, m.Off, m.Data, m.Literals, m.Tokens = capture.ServerToClient, g.off[capture.ServerToClient], l.data, l.lits, l.tokens
	g.step(m.Dir, l.data)
	g.add(m)
}

// ready sends "+".
func (g *generator) ready(t *Transaction, text string) {
	t.Ready++
	g.respond(&Message{Kind: decode.Ready, Word: "+", Text: text, Txn: t}, new(line).words("+").text(text))
}

// untagged sends data that belongs to a command, or to none if t is nil.
func (g *generator) untagged(t *Transaction, word string, number int, l *line) {
	if t != nil {
		t.count(word)
	}
	g.respond(&Message{Kind: decode.Untagged, Word: word, Number: uint32(number), Txn: t}, l)
}

// status sends an untagged OK, NO or BYE.
func (g *generator) status(t *Transaction, word, text string) {
	if t != nil {
		t.count(word)
	}
	g.respond(&Message{Kind: decode.Untagged, Word: word, Text: text, Txn: t}, new(line).words("*", g.caseOf(word)).text(text))
}

// count sends "* n WORD".
func (g *generator) count(t *Transaction, number int, word string) {
	role := protocol.RoleMessageNumber
	if word == "EXISTS" || word == "RECENT" {
		role = protocol.RoleCount
	}
	g.untagged(t, word, number, new(line).words("*").word(role, fmt.Sprint(number)).words(g.caseOf(word)))
}

// answer sends the tagged response.
func (g *generator) answer(t *Transaction, status, text string) {
	t.Status, t.Text = status, text
	m := &Message{Kind: decode.Tagged, Word: status, Text: text, Txn: t, Box: g.box.known()}
	for i := range g.out {
		if g.out[i] == t {
			g.out = append(g.out[:i:i], g.out[i+1:]...)
			break
		}
	}
	g.respond(m, new(line).words(t.Tag, g.caseOf(status)).text(text))
}

// continued sends a client's line within a command.
func (g *generator) continued(t *Transaction, text string) {
	off := g.off[capture.ClientToServer]
	data := []byte(text + "\r\n")
	g.step(capture.ClientToServer, data)
	g.add(&Message{Dir: capture.ClientToServer, Kind: decode.Continuation, Off: off, Data: data, Txn: t})
}

// add records a message that has ended.
func (g *generator) add(m *Message) {
	if t := m.Txn; t != nil {
		t.Octets[m.Dir] += int64(len(m.Data))
		t.Lits = append(t.Lits, m.Literals...)
	}
	g.s.Messages = append(g.s.Messages, m)
}

// step records bytes as they are sent.
func (g *generator) step(dir capture.Direction, data []byte) {
	g.off[dir] += int64(len(data))
	g.s.Steps = append(g.s.Steps, Step{Dir: dir, Data: bytes.Clone(data), Wait: g.wait})
	g.wait = 0
}

// oldest returns the oldest outstanding command, or nil.
func (g *generator) oldest() *Transaction {
	if len(g.out) == 0 {
		return nil
	}
	return g.out[0]
}

// OneLine returns the message without line ends and the bytes of literals.
func (m *Message) OneLine() string { return oneLine(m.Data, m.Literals) }
