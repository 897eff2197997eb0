package protocol

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rfcLine is a line of an RFC and its place.
type rfcLine struct {
	text    string
	page    int
	heading string // the last line at the margin that is a heading
}

// readRFC reads the text of an RFC from the shared folder, or skips.
func readRFC(t *testing.T, n int) []rfcLine {
	t.Helper()
	shared := os.Getenv("IMAPSCOPE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared") // next to the module root
	}
	text, err := os.ReadFile(filepath.Join(shared, "rfc", fmt.Sprintf("rfc%d.txt", n)))
	if err != nil {
		t.Skipf("SKIPPED: citations of RFC %d are not checked: %v (IMAPSCOPE_SHARED names the folder that holds rfc/)", n, err)
	}
	var lines []rfcLine
	heading := ""
	for _, sheet := range strings.Split(string(text), "\f") {
		page := 0
		if m := footer.FindStringSubmatch(sheet); m != nil {
			fmt.Sscan(m[1], &page)
		}
		for line := range strings.Lines(sheet) {
			line = strings.TrimRight(line, " \r\n")
			if h := normal(line); isHeading(n, line) {
				heading = h
			}
			if !running.MatchString(line) { // its title can contain the word
				lines = append(lines, rfcLine{line, page, heading})
			}
		}
	}
	return lines
}

var (
	footer   = regexp.MustCompile(`\[Page (\d+)\]`)
	numbered = regexp.MustCompile(`^([A-Z]\.)?\d+\.[\w.]* +[^ .]|^Appendix [A-Z]\.`) // 6.3.1., and A.6.3.OBS.1. of an appendix
	running  = regexp.MustCompile(`^(RFC \d+ |Crispin |Rice )`)
)

// isHeading reports whether a line is a heading: at the margin, and with a number if the
// RFC numbers its sections.
func isHeading(n int, line string) bool {
	if line == "" || line[0] == ' ' || running.MatchString(line) || footer.MatchString(line) {
		return false
	}
	switch n {
	case 1176, 1203, 1732, 2061, 3502:
		return true
	case 2831: // no full stop after the number
		return regexp.MustCompile(`^\d+(\.\d+)* +[A-Z]`).MatchString(line)
	}
	return numbered.MatchString(line) && !strings.Contains(line, "...") && !strings.Contains(line, ". . .")
}

func normal(s string) string { return strings.Join(strings.Fields(s), " ") }
