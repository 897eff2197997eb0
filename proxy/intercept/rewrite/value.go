package rewrite

import (
	"fmt"
	"strconv"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"imapscope/decode/protocol"
)

// An atom is a bare word: of the protocol, a flag, a set of numbers, a section. Two atoms are
// equal if they are spelled the same.
type atom string

func (a atom) String() string        { return fmt.Sprintf("atom(%q)", string(a)) }
func (a atom) Type() string          { return "atom" }
func (a atom) Freeze()               {}
func (a atom) Truth() starlark.Bool  { return a != "" }
func (a atom) Hash() (uint32, error) { return starlark.String(a).Hash() }

// CompareSameType implements starlark.Comparable.
func (a atom) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	b := y.(atom)
	switch op {
	case syntax.EQL:
		return a == b, nil
	case syntax.NEQ:
		return a != b, nil
	}
	return false, fmt.Errorf("atoms have no order: atom %s atom", op)
}

// A literal is a string that is written as a literal, regardless of its contents. A program
// makes them; literals that were received are strings.
type literal string

func (l literal) String() string        { return fmt.Sprintf("literal(%q)", string(l)) }
func (l literal) Type() string          { return "literal" }
func (l literal) Freeze()               {}
func (l literal) Truth() starlark.Bool  { return l != "" }
func (l literal) Hash() (uint32, error) { return starlark.String(l).Hash() }

// textOf returns what a value without parts says; false for NIL, lists and other things.
func textOf(v starlark.Value) (string, bool) {
	switch v := v.(type) {
	case atom:
		return string(v), true
	case literal:
		return string(v), true
	case starlark.String:
		return string(v), true
	case starlark.Int:
		n, ok := v.Uint64()
		return strconv.FormatUint(n, 10), ok
	}
	return "", false
}

// bare returns how a value is written that is neither a string nor a list. Numbers and NIL are
// atoms on the wire.
func bare(v starlark.Value) (string, bool) {
	switch v := v.(type) {
	case atom:
		return string(v), true
	case starlark.Int:
		return textOf(v)
	case starlark.NoneType:
		return protocol.NIL, true
	}
	return "", false
}

// sequence is a list or a tuple.
func sequence(v starlark.Value) (starlark.Indexable, bool) {
	switch v := v.(type) {
	case *starlark.List:
		return v, true
	case starlark.Tuple:
		return v, true
	}
	return nil, false
}

// maxDepth is how deep lists may be nested.
const maxDepth = 64

// same reports whether two values are the same on the wire, however their strings are written.
func same(a, b starlark.Value, depth int) bool {
	if x, ok := sequence(a); ok {
		y, ok := sequence(b)
		if !ok || x.Len() != y.Len() || depth == maxDepth {
			return false
		}
		for i := range x.Len() {
			if !same(x.Index(i), y.Index(i), depth+1) {
				return false
			}
		}
		return true
	}
	if x, ok := bare(a); ok {
		y, ok := bare(b)
		return ok && x == y
	}
	if _, ok := bare(b); ok {
		return false
	}
	x, ok := textOf(a)
	y, other := textOf(b)
	return ok && other && x == y
}
