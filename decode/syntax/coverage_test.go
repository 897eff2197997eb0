package syntax_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"imapscope/capture/golden"
	"imapscope/capture/shared"
)

// TestEveryExampleIsRead checks that each line with "C:" or "S:" in the RFCs of the shared
// folder, with the lines that continue it, is in a file of testdata, or that it is known why
// it is not: its RFC is not about IMAP's grammar, it has one of the forms in leftOut, or it is
// in testdata/not-examples.txt, which begins with the reasons.
func TestEveryExampleIsRead(t *testing.T) {
	files := shared.RFCs(t)
	have := knownExamples(t)
	notHere, err := os.ReadFile("testdata/not-examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	unused := make(map[string]bool)
	for line := range strings.Lines(string(notHere)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			unused[line] = true
		}
	}
	known := maps.Clone(unused)
	var missing []string
	for _, file := range files {
		n, _ := strconv.Atoi(strings.Trim(filepath.Base(file), "rfc.tx"))
		if elsewhere[n] != "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range rfcExamples(string(text)) {
			key := fmt.Sprintf("RFC %d %c: %s", n, x.who, strings.Join(strings.Fields(x.text), " "))
			bare := squeeze(x.text)
			switch {
			case bare == "", len(bare) > 6 && strings.Contains(have, bare), strings.Contains(have, "\n"+bare+"\n"), isLeftOut(x.text):
			case known[key]:
				delete(unused, key)
			default:
				missing = append(missing, key)
			}
		}
	}
	if golden.Updating() {
		writeNotHere(t, missing)
		return
	}
	for _, m := range missing {
		t.Errorf("no example: %s", m)
	}
	for line := range unused {
		t.Errorf("not needed in not-examples.txt: %s", line)
	}
}

// elsewhere holds what RFCs with lines of other protocols, or of others' grammars, are about.
var elsewhere = map[int]string{
	1731: "SASL", 1939: "POP3", 2192: "URLs", 2195: "SASL", 2222: "SASL", 2245: "SASL", 2449: "POP3", 2595: "TLS",
	2831: "SASL", 4422: "SASL", 4468: "SMTP", 4505: "SASL", 4616: "SASL", 5092: "URLs", 5801: "SASL", 5802: "SASL",
	6785: "Sieve", 7628: "SASL", 7677: "SASL",
}

// leftOut holds the forms of lines that need no example.
var leftOut = []struct {
	why  string
	form *regexp.Regexp
}{
	{"a request for more, which has no arguments", regexp.MustCompile(`^\+`)},
	{"a status without a code: its tree is always the same", regexp.MustCompile(`^\S+ (OK|NO|BAD|BYE|PREAUTH)( [^\[].*)?$`)},
	{"the RFC leaves out a part", regexp.MustCompile(`\.\.\.|\. \. \.|<[a-zA-Z][^>@]* [^>@]*>`)},
	{"base64 within an AUTHENTICATE", regexp.MustCompile(`^[A-Za-z0-9+/=]{16,}( [A-Za-z0-9+/=]+)*$`)},
	{"a line that ends an IDLE or an AUTHENTICATE", regexp.MustCompile(`^(DONE|\*)$`)},
}

func isLeftOut(text string) bool {
	for _, x := range leftOut {
		if x.form.MatchString(text) {
			return true
		}
	}
	return false
}

// squeeze returns a text without white space.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// knownExamples returns the messages of testdata without white space, one on a line.
func knownExamples(t *testing.T) string {
	var b strings.Builder
	for _, pattern := range []string{"testdata/*.txtar", "testdata/examples/*.txt"} {
		files, _ := filepath.Glob(pattern) // the patterns are right
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				switch {
				case strings.HasPrefix(line, "C: "), strings.HasPrefix(line, "S: "):
					b.WriteString("\n" + squeeze(line[3:]))
				case strings.HasPrefix(line, "   "):
					b.WriteString(squeeze(line))
				}
			}
		}
	}
	return b.String() + "\n"
}

// rfcExample is a message in an RFC's example, with the side that sends it.
type rfcExample struct {
	who  byte
	text string
}

var (
	rfcLine  = regexp.MustCompile(`^( *)([CS])\d?: ?(.*)$`)
	pageLine = regexp.MustCompile(`\[Page \d+\]\s*$|^RFC \d+ .*\d{4}\s*$`)
)

// rfcExamples returns the messages of an RFC's examples: lines that begin with a side, and
// the lines below that are further in.
func rfcExamples(text string) []rfcExample {
	var out []rfcExample
	in, open := 0, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(strings.ReplaceAll(line, "\f", ""), " \r\n")
		if pageLine.MatchString(line) {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch m := rfcLine.FindStringSubmatch(line); {
		case m != nil:
			out = append(out, rfcExample{m[2][0], strings.TrimSpace(m[3])})
			in, open = len(m[1]), true
		case line == "" || indent <= in:
			open = false
		case open:
			out[len(out)-1].text += " " + strings.TrimSpace(line)
		}
	}
	return out
}

// writeNotHere writes testdata/not-examples.txt.
func writeNotHere(t *testing.T, missing []string) {
	slices.Sort(missing)
	missing = slices.Compact(missing)
	text := "# Lines of the RFCs' examples that are in no file of examples: lines of literals whose message is\n" +
		"# there with another length, remarks of the RFC, other protocols, and what its own grammar forbids.\n\n"
	if err := os.WriteFile("testdata/not-examples.txt", []byte(text+strings.Join(missing, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
