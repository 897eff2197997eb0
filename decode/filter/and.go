package filter

import (
	"regexp"
	"strconv"
	"unicode/utf8"

	"imapscope/decode/excerpt"
)

// And returns a filter that matches what both match. Either may be nil.
func (f *Filter) And(g *Filter) *Filter {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	both := *f
	both.and = f.and.And(g)
	return &both
}

// maxOf is the longest text that Of compares with, in bytes, and maxPattern the longest part of
// one that it makes a pattern of: it has to be one for a plan.
const (
	maxOf      = 500
	maxPattern = 25
)

// Of returns a condition that holds where the field of a name, which is a text, is a value; of
// one that is too long for a filter, where it begins as the value does. The condition is
// printable, for any value: comparisons take each byte that is not UTF-8 for U+FFFD.
func Of(field, value string) string {
	if len(value) <= maxOf {
		return field + " == " + strconv.Quote(string([]rune(value)))
	}
	if begin := excerpt.Cut(value, maxOf); utf8.ValidString(begin) {
		return field + " startsWith " + strconv.Quote(begin) // which compares the same bytes
	}
	return field + " matches " + strconv.Quote("^"+regexp.QuoteMeta(string([]rune(excerpt.Cut(value, maxPattern)))))
}
