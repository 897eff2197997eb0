package logs

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: together they take
// longer to compile than the program takes to start, and most runs read no log.
type pattern struct{ compiled func() *regexp.Regexp }

func newPattern(text string) *pattern {
	return &pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// patterns are those of the package's variables and formats; a test compiles them all.
var patterns []*pattern

func mustMatch(text string) *pattern {
	p := newPattern(text)
	patterns = append(patterns, p)
	return p
}

func (p *pattern) Match(b []byte) bool              { return p.compiled().Match(b) }
func (p *pattern) MatchString(s string) bool        { return p.compiled().MatchString(s) }
func (p *pattern) Find(b []byte) []byte             { return p.compiled().Find(b) }
func (p *pattern) FindIndex(b []byte) []int         { return p.compiled().FindIndex(b) }
func (p *pattern) FindSubmatch(b []byte) [][]byte   { return p.compiled().FindSubmatch(b) }
func (p *pattern) FindSubmatchIndex(b []byte) []int { return p.compiled().FindSubmatchIndex(b) }
func (p *pattern) FindStringSubmatchIndex(s string) []int {
	return p.compiled().FindStringSubmatchIndex(s)
}
func (p *pattern) SubexpIndex(name string) int { return p.compiled().SubexpIndex(name) }
func (p *pattern) SubexpNames() []string       { return p.compiled().SubexpNames() }
