package filter

import (
	"slices"
	"strings"

	"imapscope/decode/protocol"
)

// Completion is one way in which an expression can go on.
type Completion struct {
	Text    string // the expression with it
	Word    string // what it is in a list: a field, an operator or a value
	Example string // of a field: a condition that is an expression by itself
	Help    string // what it means
	Open    bool   // something has to follow: an operator, a value
}

// maxCompletions is the number of completions that are returned at most.
const maxCompletions = 200

// Complete returns how an expression can go on at its end: with fields where a condition
// begins, with operators after a field, with known values after an operator, and with and and
// or after a condition. There may be none: within a text, or where any value is possible.
func Complete(source string) []Completion {
	if len(source) > MaxLen {
		return nil
	}
	words := lex(source)
	c := &completer{source: source, at: len(source)}
	if n := len(words); n > 0 && words[n-1].end == len(source) && words[n-1].partial() {
		c.at, c.word = words[n-1].start, source[words[n-1].start:]
		words = words[:n-1]
	}
	c.complete(words)
	if f, ok := fieldNamed(c.word); ok && position(words) == operand {
		c.at, c.word = len(source), ""
		c.operators(f)
	}
	return c.out[:min(len(c.out), maxCompletions)]
}

// completer collects the completions of one expression.
type completer struct {
	source string
	at     int    // where the word begins that is completed
	word   string // what there is of it
	out    []Completion
}

// lexeme is a word, a sign or a quoted text of an expression, by its bytes.
type lexeme struct {
	text       string
	start, end int
	quoted     bool // it begins with a quote
	closed     bool // and ends with one
}

// partial reports whether more letters would belong to the lexeme.
func (l *lexeme) partial() bool { return l.quoted && !l.closed || !l.quoted && isLetter(l.text[0]) }

func isLetter(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// lex divides an expression, which need not be complete.
func lex(s string) []lexeme {
	var out []lexeme
	for i := 0; i < len(s); {
		start := i
		l := lexeme{}
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
			continue
		case c == '"' || c == '\'' || c == '`':
			l.quoted = true
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && c != '`' {
					i++
				}
			}
			if i = min(i, len(s)); i < len(s) {
				l.closed = true
				i++
			}
		case isLetter(c):
			for i < len(s) && (isLetter(s[i]) || s[i] == '.') {
				i++
			}
		default:
			for i++; i < len(s) && strings.IndexByte("=<>!&|", c) >= 0 && strings.IndexByte("=&|", s[i]) >= 0; {
				i++
			}
		}
		l.text, l.start, l.end = s[start:i], start, i
		out = append(out, l)
	}
	return out
}

// place is what can come next in an expression.
type place int

const (
	operand  place = iota // the beginning of a condition
	operator              // after a field
	value                 // after an operator, or in a list
	joint                 // after a condition
	nowhere               // it is not known
)

// position returns what can come after words.
func position(words []lexeme) place {
	p := operand
	for i := range words {
		p = after(p, words[:i+1])
	}
	return p
}

// after returns what can come after words, before the last of which was the place p.
func after(p place, words []lexeme) place {
	switch last := &words[len(words)-1]; {
	case last.quoted:
		if p == operand || p == value {
			return joint
		}
	case slices.Contains([]string{"and", "or", "not", "&&", "||", "!", "("}, last.text):
		return operand
	case isOperator(last.text), last.text == "[", last.text == "," && inList(words):
		return value
	case last.text == "]" && counts(words), p == operand && isField(last.text):
		return operator
	case last.text == "]", last.text == ")", p == value && isLetter(last.text[0]):
		return joint
	}
	return nowhere
}

// counts reports whether words end with unsolicited["KIND"].
func counts(words []lexeme) bool { n := len(words); return n >= 4 && words[n-4].text == unsolicited }

func isOperator(s string) bool {
	return slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith", "matches", "in"}, s)
}

// inList reports whether words end within square brackets.
func inList(words []lexeme) bool {
	for i := len(words) - 1; i >= 0; i-- {
		switch words[i].text {
		case "[":
			return true
		case "]", "(", ")":
			return false
		}
	}
	return false
}

// compared returns the field that a value after words is compared with.
func compared(words []lexeme) (Field, bool) {
	i := len(words) - 1
	if inList(words) {
		for words[i].text != "[" {
			i--
		}
		i--
	}
	for ; i >= 0 && !words[i].quoted; i-- {
		if f, ok := fieldNamed(words[i].text); ok {
			return f, true
		}
		if !isOperator(words[i].text) && words[i].text != "not" {
			break
		}
	}
	return Field{}, false
}

// complete adds what can come after words.
func (c *completer) complete(words []lexeme) {
	switch position(words) {
	case operand:
		c.fields()
	case operator:
		f, ok := fieldNamed(words[len(words)-1].text)
		if !ok {
			f, _ = fieldNamed("n") // unsolicited["KIND"] is a number too
		}
		c.operators(f)
	case value:
		if f, ok := compared(words); ok {
			c.values(f, words[len(words)-1].text == "in")
		} else if words[len(words)-1].text == "in" {
			c.add(Completion{Word: "kinds", Help: "the kinds of unsolicited data that belong to it"})
		}
	case joint:
		n := len(words)
		if inList(words) {
			c.add(Completion{Word: "]", Help: "ends it", Open: n >= 3 && words[n-3].text == unsolicited})
			return
		}
		if words[n-1].quoted && position(words[:n-1]) == operand {
			c.add(Completion{Word: "in kinds", Help: "among the unsolicited data that belongs to it"})
		}
		c.add(Completion{Word: "and", Help: "both conditions hold", Open: true})
		c.add(Completion{Word: "or", Help: "one of the conditions holds", Open: true})
	}
}

// add adds a completion, if it goes on with what there is of the word, in any letter case.
func (c *completer) add(k Completion) {
	if len(k.Word) <= len(c.word) || !strings.EqualFold(k.Word[:len(c.word)], c.word) {
		return
	}
	k.Text = c.source[:c.at]
	if n := len(k.Text); n > 0 && !strings.ContainsRune(" ([!", rune(k.Text[n-1])) && !isBracket(k.Word) {
		k.Text += " "
	}
	k.Text += k.Word
	c.out = append(c.out, k)
}

// isBracket reports whether a completion follows what is before it without a space.
func isBracket(word string) bool { return word == `["` || word == "]" }

func (c *completer) fields() {
	for i := range fields {
		f := &fields[i]
		c.add(Completion{Word: f.Name, Example: f.Example(), Help: f.Help, Open: true})
	}
	if c.word != "" {
		c.add(Completion{Word: "not", Help: "the condition after it does not hold", Open: true})
	}
}

// operators adds what a field can be compared by.
func (c *completer) operators(f Field) {
	is := []Completion{{Word: "==", Help: "is"}, {Word: "!=", Help: "is not"}}
	switch {
	case f.Name == unsolicited:
		c.add(Completion{Word: `["`, Help: "the kind of data: " + f.Example(), Open: true})
		return
	case f.Type == "texts" && f.texts == nil:
		return // it comes after in
	case f.number != nil || f.numbers != nil:
		is = append(is, Completion{Word: "<", Help: "less than"}, Completion{Word: "<=", Help: "at most"},
			Completion{Word: ">", Help: "more than"}, Completion{Word: ">=", Help: "at least"})
		if f.number != nil {
			is = append(is, Completion{Word: "in", Help: "one of a range or a list, such as 1..3"})
		}
	case f.text != nil:
		is = append(is, Completion{Word: "contains", Help: "has in it"}, Completion{Word: "startsWith", Help: "begins with"},
			Completion{Word: "endsWith", Help: "ends with"}, Completion{Word: "matches", Help: "matches a regular expression"},
			Completion{Word: "in", Help: "is one of a list"})
	}
	for _, k := range is {
		k.Open = true
		c.add(k)
	}
}

// values adds the known values of a field; after in, the beginning of a list.
func (c *completer) values(f Field, in bool) {
	if in {
		if f.text != nil {
			c.add(Completion{Word: "[", Help: "a list, with commas between its values", Open: true})
		}
		return
	}
	for _, v := range f.known() {
		if f.yes == nil {
			v.Word = `"` + v.Word + `"`
		}
		c.add(v)
	}
}

// known returns values of a field; not all of them, if there is no end to them.
func (f *Field) known() []Completion {
	switch f.Name {
	case "command":
		return named(protocol.Command)
	case "status":
		return named(protocol.Completion)
	case "kind", unsolicited:
		return named(protocol.Response)
	case "code":
		return named(protocol.Code)
	case "outcome":
		return []Completion{{Word: "completed", Help: "it was answered"}, {Word: "abandoned", Help: "no answer came"}, {Word: "orphan", Help: "an answer to nothing that was asked"}}
	case "leg":
		return []Completion{{Word: "client", Help: "what the client saw"}, {Word: "server", Help: "what the server saw"}}
	case "type":
		return []Completion{{Word: "transaction", Help: "a command with what answers it"}, {Word: "greeting", Help: "the server's first line"},
			{Word: "unsolicited", Help: "data outside any command"}, {Word: "junk", Help: "what is no message"}}
	case "tls":
		return []Completion{{Word: "TLS 1.3"}, {Word: "TLS 1.2"}, {Word: "", Help: "it was not decrypted"}}
	}
	if f.yes != nil {
		return []Completion{{Word: "true"}, {Word: "false"}}
	}
	return nil
}

// named returns the words of a kind that decode/protocol knows.
func named(kind protocol.Kind) []Completion {
	var out []Completion
	for r := range protocol.Of(kind) {
		if r.Name != "" && !r.Group && !strings.ContainsAny(r.Name, "+\"\\") {
			out = append(out, Completion{Word: r.Name, Help: r.Plain})
		}
	}
	return out
}

// Example returns a condition that shows how the field is used.
func (f *Field) Example() string {
	switch f.Name {
	case "command":
		return `command == "FETCH"`
	case "status":
		return `status != "OK"`
	case "tag":
		return `tag == "a001"`
	case "user":
		return `user == "fred"`
	case "mailbox":
		return `mailbox == "INBOX"`
	case "client":
		return `client startsWith "192.0.2.1:"`
	case "server":
		return `server endsWith ":143"`
	case "origin":
		return `origin == "frontend-7"`
	case "text":
		return `text contains "full"`
	case "request":
		return `request contains "ENVELOPE"`
	case "kind":
		return `kind == "EXISTS"`
	case "kinds":
		return `"EXPUNGE" in kinds`
	case unsolicited:
		return `unsolicited["FETCH"] > 100`
	case "outcome":
		return `outcome != "completed"`
	case "mechanism":
		return `mechanism == "XOAUTH2"`
	case "tls":
		return `tls == "TLS 1.3"`
	case "code":
		return `code == "TRYCREATE"`
	case "part":
		return `part == "2.1"`
	case "leg":
		return `leg == "client"`
	case "fault":
		return `fault contains "drop"`
	case "type":
		return `type == "greeting"`
	case "conn", "n", "uid", "uidvalidity":
		return f.Name + " == 1"
	case "ms", "sent", "modseq":
		return f.Name + " > 100"
	case "octets", "received":
		return f.Name + " > 10000"
	}
	switch {
	case f.yes != nil:
		return f.Name + " == true"
	case f.number != nil:
		return f.Name + " > 0"
	}
	return f.Name + ` != ""`
}

// unsolicited is the field of counts by kind.
const unsolicited = "unsolicited"
