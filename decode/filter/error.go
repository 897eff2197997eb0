package filter

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"
)

// Error describes what is wrong with an expression, and where.
type Error struct {
	Expr string
	Col  int // in characters, the first is 1; 0 if it is not about one place
	Msg  string
}

// Error returns one line: what, where and what to do.
func (e *Error) Error() string {
	if e.Col == 0 {
		return "filter: " + e.Msg
	}
	return fmt.Sprintf("filter, column %d: %s", e.Col, e.Msg)
}

// Caret returns the expression, and on the next line a caret below the place.
func (e *Error) Caret() string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, e.Expr)
	if e.Col == 0 {
		return line
	}
	return line + "\n" + strings.Repeat(" ", e.Col-1) + "^"
}

var (
	unknownName = regexp.MustCompile(`^unknown name (\S+)`)
	mismatch    = regexp.MustCompile(`^invalid operation: (\S+) \(mismatched types? (\S+?)(?: and (\S+))?\)$`)
	notBoolean  = regexp.MustCompile(`^expected bool, but got (.+)$`)
)

// explain converts an error of expr to an Error.
func explain(source string, err error) *Error {
	e := &Error{Expr: source, Msg: err.Error()}
	var fe *file.Error
	if errors.As(err, &fe) {
		e.Col, e.Msg = fe.From+1, fe.Message
	}
	e.Col = min(e.Col, utf8.RuneCountInString(source)+1)
	e.Msg, _, _ = strings.Cut(e.Msg, "\n")
	switch {
	case unknownName.MatchString(e.Msg):
		e.Msg = unknown(unknownName.FindStringSubmatch(e.Msg)[1])
	case notBoolean.MatchString(e.Msg):
		e.Col = 0
		e.Msg = "this is " + kindOf(notBoolean.FindStringSubmatch(e.Msg)[1]) + ", not a condition; compare it, as in: lost > 0, or command == \"FETCH\""
	case e.Msg == "unexpected token EOF":
		e.Msg = "it ends too early: something has to follow"
	case strings.Contains(e.Msg, "memory budget exceeded"):
		e.Msg = "too expensive for this row: its lists have more than 100,000 elements"
	case strings.Contains(e.Msg, `Operator("=")`):
		e.Msg = `"=" compares nothing here: write == for "is"`
	case mismatch.MatchString(e.Msg):
		m := mismatch.FindStringSubmatch(e.Msg)
		e.Msg = mismatched(m[1], m[2], m[3])
	}
	e.Msg = strings.ReplaceAll(e.Msg, "`(?i)", "`") // ours, not the user's
	return e
}

// misread is like explain, for a text that is not an expression at all.
func misread(source string, err error) *Error {
	e := explain(source, err)
	if !strings.HasPrefix(e.Msg, `"="`) {
		e.Msg += "; to look for a text with such signs in it, put all of it in quotes"
	}
	return e
}

func mismatched(operator, left, right string) string {
	switch operator {
	case "and", "or", "not", "&&", "||", "!":
		return fmt.Sprintf("%s joins conditions, but %s is not one; compare it, as in: lost > 0", operator, kindOf(left))
	}
	if right == "" {
		return fmt.Sprintf("%s does not work on %s", operator, kindOf(left))
	}
	return fmt.Sprintf("%s does not work between %s and %s", operator, kindOf(left), kindOf(right))
}

func kindOf(t string) string {
	switch t {
	case "string":
		return "a text"
	case "int", "float64":
		return "a number"
	case "bool":
		return "a condition"
	case "nil":
		return "nothing"
	}
	return "a list"
}

func unknown(name string) string {
	msg := fmt.Sprintf("there is no field %q", name)
	if near := nearest(name); near != "" {
		msg += fmt.Sprintf("; did you mean %s?", near)
	} else {
		msg += fmt.Sprintf("; a text needs quotes: %q", name)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return msg + " (fields: " + strings.Join(names, ", ") + ")"
}

// nearest returns the field that is a typing error or two away from name, or that
// begins like it.
func nearest(name string) string {
	best, least := "", 3
	lower := strings.ToLower(name)
	for _, f := range fields {
		d := distance(lower, f.Name)
		if len(lower) > 2 && strings.HasPrefix(f.Name, lower) {
			d = 1
		}
		if d < least && d < len(f.Name) {
			best, least = f.Name, d
		}
	}
	return best
}

// distance returns the number of letters to change, add or drop to turn a into b.
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
