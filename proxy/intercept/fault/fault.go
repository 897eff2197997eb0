// Package fault breaks what passes through the proxy on purpose, by protocol: late, wrong, doubled or missing responses, and ends of connections.
//
//	f, err := fault.Parse(`delay tagged 5s if command == "FETCH"`)
//	set := fault.NewSet()
//	set.Add(f)
//	e := intercept.New(intercept.Options{Stages: []intercept.Stage{set}, …})
//
// # Rules
//
//   - One table (kinds.go, and the files of the kinds) says what a fault is called, what its
//     words mean, and what it does. The parser, the help, the files and All follow it.
//   - A fault acts on the messages that its kind names, if its condition holds; with its
//     probability, and at most as often as its count says, over all connections.
//   - What a fault draws at random follows from its seed and the number of the connection,
//     so that a run can be repeated.
//   - Whenever one acts, a note (capture.ByFault) says so before the message concerned.
//   - Faults are written by users, not read off the wire; still, a file is bounded.
package fault

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"imapscope/decode/excerpt"
	"imapscope/decode/filter"
)

// A Fault is one way in which to break the traffic. Parse makes one.
type Fault struct {
	Name        string   // unique in a Set; empty: the Set chooses one
	Kind        string   // a Kind's name
	Args        []string // the words after it
	If          string   // a filter expression; empty: always
	Probability float64  // that it acts where it could, above 0 and up to 1; 0 means 1
	Count       int      // how often it acts at most; 0 means any number of times
	Seed        uint64
	Toxic       *Entry // what it was made from, if that is a toxic of Toxiproxy; not changed
}

// String returns the fault in the language of Parse. The name is not part of it.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Kind)
	for _, a := range f.Args {
		b.WriteByte(' ')
		if strings.ContainsFunc(a, needsQuotes) || a == "" || reserved[a] {
			a = strconv.Quote(a)
		}
		b.WriteString(a)
	}
	if f.Probability > 0 && f.Probability != 1 {
		fmt.Fprintf(&b, " probability %s", strconv.FormatFloat(f.Probability, 'g', -1, 64))
	}
	if f.Count > 0 {
		fmt.Fprintf(&b, " count %d", f.Count)
	}
	if f.Seed > 0 {
		fmt.Fprintf(&b, " seed %d", f.Seed)
	}
	if f.If != "" {
		b.WriteString(" if " + f.If)
	}
	return b.String()
}

func needsQuotes(r rune) bool {
	return unicode.IsSpace(r) || r == '"' || r == '\\' || !unicode.IsPrint(r)
}

// reserved are the words that end the words of a kind.
var reserved = map[string]bool{"if": true, "probability": true, "count": true, "seed": true}

// An Error is what is wrong with a fault's text.
type Error struct {
	Text string
	At   int // the byte where the wrong word begins
	Msg  string
}

func (e *Error) Error() string { return fmt.Sprintf("fault %q: %s", e.Text, e.Msg) }

// maxText is how long the text of a fault is at most, in bytes.
const maxText = 2 * filter.MaxLen

// Parse reads a fault: a kind and its words, then any of "probability P", "count N" and
// "seed N", and last "if" and a filter expression. Words with spaces are in double quotes.
// The error is an *Error.
func Parse(text string) (Fault, error) {
	if len(text) > maxText {
		return Fault{}, &Error{Text: excerpt.Head(text, 40), Msg: fmt.Sprintf("it is longer than %d bytes", maxText)}
	}
	p := parser{text: text}
	f, err := p.fault()
	if err != nil {
		return Fault{}, err
	}
	if _, err := compile(f); err != nil {
		return Fault{}, p.fail(0, "%s", err.Error())
	}
	return f, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &Error{Text: p.text, At: at, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) fault() (f Fault, err error) {
	kind, from, ok, err := p.word()
	if err != nil {
		return f, err
	}
	if !ok {
		return f, p.fail(0, "no kind; 'imapscope help faults' lists them")
	}
	f.Kind = kind
	if _, known := lookup(kind); !known {
		return f, p.fail(from, "no kind %q%s", kind, nearest(kind))
	}
	for {
		quoted := strings.HasPrefix(strings.TrimLeft(p.text[p.at:], " \t"), `"`)
		w, from, ok, err := p.word()
		if err != nil || !ok {
			return f, err
		}
		if quoted || !reserved[w] {
			f.Args = append(f.Args, w)
			continue
		}
		if w == "if" {
			f.If = strings.TrimSpace(p.text[p.at:])
			if f.If == "" {
				return f, p.fail(from, "no condition after if")
			}
			return f, nil
		}
		v, at, ok, err := p.word()
		if err != nil {
			return f, err
		}
		if !ok {
			return f, p.fail(from, "no number after %s", w)
		}
		if err := f.set(w, v); err != nil {
			return f, p.fail(at, "%s", err.Error())
		}
	}
}

// set sets one of the values that every fault may have.
func (f *Fault) set(name, value string) (err error) {
	switch name {
	case "probability":
		if f.Probability, err = strconv.ParseFloat(value, 64); err != nil || !(f.Probability > 0 && f.Probability <= 1) {
			return fmt.Errorf("probability %q is not above 0 and at most 1", value)
		}
	case "count":
		if f.Count, err = strconv.Atoi(value); err != nil || f.Count < 1 {
			return fmt.Errorf("count %q is not a number above 0", value)
		}
	case "seed":
		if f.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			return fmt.Errorf("seed %q is not a number", value)
		}
	}
	return nil
}

// word returns the next word, and where it begins.
func (p *parser) word() (w string, from int, ok bool, err error) {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	from = p.at
	if p.at == len(p.text) {
		return "", from, false, nil
	}
	if p.text[p.at] == '"' {
		q, err := strconv.QuotedPrefix(p.text[p.at:])
		if err != nil {
			return "", from, false, p.fail(from, "the quote is not closed")
		}
		p.at += len(q)
		w, err = strconv.Unquote(q)
		return w, from, true, err
	}
	n := strings.IndexAny(p.text[p.at:], " \t")
	if n < 0 {
		n = len(p.text) - p.at
	}
	p.at += n
	return p.text[from:p.at], from, true, nil
}

// compiled is a fault ready to act.
type compiled struct {
	kind   *Kind
	effect effect
	filter *filter.Filter
}

// lastHint adds to the error of a condition that what follows it belongs before it.
func lastHint(condition string, err error) error {
	words := strings.Fields(condition)
	if n := len(words); n > 2 && reserved[words[n-2]] {
		return fmt.Errorf("the condition is the last part: %s belongs before if (%w)", words[n-2], err)
	}
	return err
}

// compile checks a fault.
func compile(f Fault) (c compiled, err error) {
	kind, ok := lookup(f.Kind)
	if !ok {
		return c, fmt.Errorf("no kind %q%s", f.Kind, nearest(f.Kind))
	}
	c.kind = kind
	args := args{words: f.Args}
	c.effect = kind.make(&args)
	if args.err == nil && len(args.words) > 0 {
		args.err = fmt.Errorf("unexpected %q; words with spaces are in double quotes", args.words[0])
	}
	if args.err != nil {
		return c, fmt.Errorf("%w; it is: %s %s", args.err, kind.Name, kind.Syntax)
	}
	if c.filter, err = filter.Compile(f.If); err != nil {
		return c, lastHint(f.If, err)
	}
	if c.filter.Deep() {
		return c, fmt.Errorf("the condition names a field that is known only once the exchange is over")
	}
	return c, nil
}
