// Package filter compiles the filter expressions that every verb and the inspector share.
//
//	f, err := filter.Compile(`command == "FETCH" and ms > 100`)
//	if f.Match(&row) { … }
//
// An expression is one of two things:
//
//	fetch                                 a text to search for, anywhere
//	status != "OK" and "EXPUNGE" in kinds a condition over the fields of Row
//
// # Rules
//
//   - Without an operator, a quote or a parenthesis it is a text, even if it is a
//     field's name: "user" finds the word user. See isCondition for what an
//     operator is. A quoted text alone is a text too: `"<m1@host>"`.
//   - A text is searched for in request, text, tag, command, status, user,
//     mailbox, client, server, kind and kinds: in what was sent, and by which side.
//     Numbers are compared, not searched.
//   - Letter case does not matter for ==, !=, in, contains, startsWith and
//     endsWith, nor for matches unless the pattern has (?-i); so `command ==
//     "fetch"` means what it looks like. Only < and > between texts depend on it.
//   - A mailbox name has two forms, as it was sent and decoded (modified UTF-7). What an
//     operator requires of mailbox or request holds if it does for either; "!=" and
//     "not" are the opposite of that.
//   - Complete knows the fields, what they can be compared by, and from decode/protocol
//     the values that they can have.
//   - The language is that of expr, with only those of its functions that cannot
//     grow without bound; length, size, memory and steps are limited. A row that
//     exceeds the budget of steps (budget.go) does not match, and counts as failed.
//   - The most common expressions, fields compared with constants, joined by
//     and, or and not, run as plain Go without allocation (plan.go); all others
//     in expr's machine (machine.go). A test compares the two.
package filter

import "strings"

// MaxLen is the longest expression, in bytes.
const MaxLen = 4096

// Filter is a compiled expression. The nil Filter, and the one compiled from
// an empty expression, match every row. A Filter is not safe for concurrent
// use; Clone makes one for another goroutine.
type Filter struct {
	source  string
	plan    func(*Row) bool // nil if the machine is needed
	machine *machine        // nil if there is a plan, or nothing to test
	deep    bool
	and     *Filter // what has to match as well; nil: nothing
}

// Compile reads an expression. The error is an *Error.
func Compile(source string) (*Filter, error) {
	f := &Filter{source: source}
	if len(source) > MaxLen {
		return nil, &Error{Expr: source[:MaxLen], Col: MaxLen + 1, Msg: "the filter is too long"}
	}
	trimmed := strings.TrimSpace(source)
	switch {
	case trimmed == "":
		return f, nil
	case !isCondition(trimmed):
		f.plan = substring(trimmed)
		return f, nil
	}
	tree, err := parse(source)
	if err != nil {
		return nil, misread(source, err)
	}
	if text, ok := loneText(tree.Node); ok {
		f.plan = substring(text)
		return f, nil
	}
	if f.machine, err = newMachine(source); err != nil {
		return nil, explain(source, err)
	}
	f.deep = deep(tree.Node)
	if plan, ok := planOf(tree.Node); ok {
		f.plan, f.machine = plan, nil
	}
	return f, nil
}

// Deep reports whether the expression names a field that is read from the messages of a
// transaction: uid, uidvalidity, modseq, code or part. Rows need them only then.
func (f *Filter) Deep() bool { return f != nil && (f.deep || f.and.Deep()) }

// Match reports whether the row matches the expression. It only reads the row,
// and does not retain it.
func (f *Filter) Match(r *Row) bool {
	switch {
	case f == nil:
		return true
	case f.plan != nil && !f.plan(r), f.machine != nil && !f.machine.match(r):
		return false
	}
	return f.and == nil || f.and.Match(r)
}

// Err returns the first failure of a Match, such as kinds[3] where there are two, or
// nil if there was none. A row for which the expression fails does not match.
func (f *Filter) Err() error {
	switch {
	case f == nil:
		return nil
	case f.machine == nil || f.machine.failed == 0:
		return f.and.Err()
	}
	return explain(f.source, f.machine.err)
}

// Failed returns the number of rows for which the expression failed.
func (f *Filter) Failed() int {
	switch {
	case f == nil:
		return 0
	case f.machine == nil:
		return f.and.Failed()
	}
	return f.machine.failed + f.and.Failed()
}

// String returns the expression as it was given; of what And made, that of the first filter.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.source
}

// Clone returns a copy of the filter for another goroutine.
func (f *Filter) Clone() *Filter {
	if f == nil || f.machine == nil && f.and == nil {
		return f
	}
	c := *f
	if f.machine != nil {
		c.machine = f.machine.clone()
	}
	c.and = f.and.Clone()
	return &c
}
