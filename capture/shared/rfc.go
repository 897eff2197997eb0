package shared

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// An RFC is its text, in which each page ends in a footer and a form feed.
type RFC struct {
	Number int
	Text   string
}

// A Line is a line of an RFC, without spaces at its end, and its place.
type Line struct {
	Text    string
	Page    int    // 0 if the page has no number
	Heading string // the last heading before it, or itself, with single spaces
}

var (
	footer   = regexp.MustCompile(`\[Page (\d+)\]`)
	numbered = regexp.MustCompile(`^([A-Z]\.)?\d+\.[\w.]* +[^ .]|^Appendix [A-Z]\.`) // 6.3.1., and A.6.3.OBS.1. of an appendix
	noStop   = regexp.MustCompile(`^\d+(\.\d+)* +[A-Z]`)
	running  = regexp.MustCompile(`^(RFC \d+ |Crispin |Rice )`)
)

// Lines returns the lines of all pages, without the headers and footers of the pages.
func (r RFC) Lines() []Line {
	var lines []Line
	heading := ""
	for sheet := range strings.SplitSeq(r.Text, "\f") {
		page := 0
		if m := footer.FindStringSubmatch(sheet); m != nil {
			page, _ = strconv.Atoi(m[1]) // they are digits
		}
		for line := range strings.Lines(sheet) {
			line = strings.TrimRight(line, " \r\n")
			if r.isHeading(line) {
				heading = SingleSpaced(line)
			}
			if !running.MatchString(line) { // its title can contain the word
				lines = append(lines, Line{line, page, heading})
			}
		}
	}
	return lines
}

// isHeading reports whether a line is a heading: at the margin, and with a number if the
// RFC numbers its sections.
func (r RFC) isHeading(line string) bool {
	switch {
	case line == "" || running.MatchString(line) || footer.MatchString(line):
		return false
	case r.Number == 1176 && strings.TrimSpace(line) == "A Typical Scenario": // the one that is indented
		return true
	case line[0] == ' ':
		return false
	}
	switch r.Number {
	case 1176, 1203, 1732, 2061, 3502:
		return true
	case 2831:
		return noStop.MatchString(line)
	}
	return numbered.MatchString(line) && !strings.Contains(line, "...") && !strings.Contains(line, ". . .")
}

// Page returns a page with single spaces instead of its line ends and indents, or "".
func (r RFC) Page(page int) string {
	for sheet := range strings.SplitSeq(r.Text, "\f") {
		if strings.Contains(sheet, fmt.Sprintf("[Page %d]", page)) {
			return SingleSpaced(sheet)
		}
	}
	return ""
}

// SingleSpaced returns the words of a text with single spaces between them.
func SingleSpaced(text string) string { return strings.Join(strings.Fields(text), " ") }
