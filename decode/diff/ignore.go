package diff

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern matches the paths of differences that begin with its words. The word "*" matches
// any: "message * FLAGS", "STATUS".
type Pattern []string

// ParsePattern parses a pattern.
func ParsePattern(s string) (Pattern, error) {
	p := Pattern(strings.Fields(s))
	if len(p) == 0 || p[0] == "*" {
		return nil, fmt.Errorf("%q: write the first words of a path, such as \"STATUS\" or \"message * FLAGS\"", s)
	}
	return p, nil
}

// Match reports whether a path begins with the words of the pattern, letter case aside.
func (p Pattern) Match(path string) bool {
	words := strings.Fields(path)
	if len(words) < len(p) {
		return false
	}
	for i, w := range p {
		if w != "*" && !strings.EqualFold(w, words[i]) {
			return false
		}
	}
	return true
}

// Ignores reports whether differences with a path do not count.
func (o *Options) Ignores(path string) bool {
	return slices.ContainsFunc(o.Ignore, func(p Pattern) bool { return p.Match(path) })
}
