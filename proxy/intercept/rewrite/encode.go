package rewrite

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"imapscope/decode/syntax"
)

// An encoder writes messages. What is as it was received is written as it was; the rest in the
// forms that every dialect reads.
type encoder struct {
	from origins
	out  []byte
	most int // how long out may become
}

var errLong = errors.New("it is longer than the limit")

func (e *encoder) message(m *message) error {
	if m.tag == "" || m.word == "" && !m.status {
		return errors.New("it has no tag or no name")
	}
	e.out = append(e.out, m.tag...)
	if text, ok := bare(m.number); ok && m.number != starlark.None {
		e.out = append(append(e.out, ' '), text...)
	}
	if m.word != "" {
		e.out = append(append(e.out, ' '), m.word...)
	}
	if code, ok := sequence(m.code); ok {
		e.out = append(e.out, " ["...)
		if err := e.items(code, 0); err != nil {
			return err
		}
		e.out = append(e.out, ']')
	}
	if m.args.Len() > 0 {
		e.out = append(e.out, ' ')
		if err := e.items(m.args, 0); err != nil {
			return err
		}
	}
	if m.status && (m.text != "" || m.code == starlark.None) {
		e.out = append(append(e.out, ' '), m.text...)
	}
	e.out = append(e.out, "\r\n"...)
	if len(e.out) > e.most {
		return errLong
	}
	return nil
}

// items writes what is in a list. The items at its beginning and at its end that are as they
// were received are written as they were.
func (e *encoder) items(list starlark.Indexable, depth int) error {
	if depth == maxDepth {
		return fmt.Errorf("its lists are nested more than %d deep", maxDepth)
	}
	var was origin
	if l, ok := list.(*starlark.List); ok && e.from[l] != nil {
		was = *e.from[l]
	}
	n := list.Len()
	first, last := 0, 0
	for first < min(n, len(was.items)) && e.from.is(list.Index(first), &was.items[first]) {
		first++
	}
	for last < min(n, len(was.items))-first && e.from.is(list.Index(n-1-last), &was.items[len(was.items)-1-last]) {
		last++
	}
	for i := range n {
		if i > 0 && !(was.joined && isList(list.Index(i-1)) && isList(list.Index(i))) {
			e.out = append(e.out, ' ')
		}
		switch {
		case i < first:
			e.out = append(e.out, was.items[i].raw...)
		case i >= n-last:
			e.out = append(e.out, was.items[len(was.items)-n+i].raw...)
		default:
			if err := e.value(list.Index(i), depth); err != nil {
				return err
			}
		}
		if len(e.out) > e.most {
			return errLong
		}
	}
	return nil
}

func isList(v starlark.Value) bool {
	_, ok := sequence(v)
	return ok
}

func (e *encoder) value(v starlark.Value, depth int) error {
	if l, ok := sequence(v); ok {
		e.out = append(e.out, '(')
		err := e.items(l, depth+1)
		e.out = append(e.out, ')')
		return err
	}
	if text, ok := bare(v); ok {
		if text == "" {
			return errors.New("it has an empty atom")
		}
		e.out = append(e.out, text...)
		return nil
	}
	text, ok := textOf(v)
	if !ok {
		return fmt.Errorf("it has a %s, which no message can have", v.Type())
	}
	if len(e.out)+len(text) > e.most {
		return errLong
	}
	if _, forced := v.(literal); forced {
		e.out = syntax.Literal(text).AppendTo(e.out)
		return nil
	}
	if text == "" { // as every server sends it, although RFC 1176 has no empty string in quotes
		e.out = append(e.out, `""`...)
		return nil
	}
	e.out = syntax.Quoted(text).AppendTo(e.out)
	return nil
}
