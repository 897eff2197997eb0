package protocol

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// registered returns the capabilities of testdata/capabilities.txt: by name, the RFCs.
func registered(t *testing.T) map[string][]int {
	t.Helper()
	f, err := os.Open("testdata/capabilities.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := make(map[string][]int)
	for s := bufio.NewScanner(f); s.Scan(); {
		number, name, ok := strings.Cut(s.Text(), " ")
		if n, err := strconv.Atoi(number); err == nil && ok {
			out[name] = append(out[name], n)
		}
	}
	if len(out) < 80 {
		t.Fatalf("%d capabilities", len(out))
	}
	return out
}

// capabilityRow returns the row of a capability, or of the family that its name begins.
func capabilityRow(name string) *Row {
	if r := Lookup(Capability, name); r != nil {
		return r
	}
	family, _, ok := strings.Cut(name, "=")
	if ok {
		return Lookup(Capability, family+"=")
	}
	return nil
}

// TestCapabilitiesOfRFCs checks that each capability that an RFC registers is a row that says
// what it promises, and that the list is what the texts say.
func TestCapabilitiesOfRFCs(t *testing.T) {
	list := registered(t)
	for name, rfcs := range list {
		r := capabilityRow(name)
		if r == nil {
			t.Errorf("RFC %v: no row for %s", rfcs, name)
			continue
		}
		if r.Promise == "" || r.Plain == "" {
			t.Errorf("%s: it is not said what it promises", name)
		}
		for _, n := range rfcs {
			last := name // of "THREAD=REFERENCES" the texts have "REFERENCES"
			if _, member, ok := strings.Cut(name, "="); ok && member != "" {
				last = member
			}
			if text, ok := textOf(n); ok && !strings.Contains(text, last) {
				t.Errorf("RFC %d does not have %s", n, name)
			}
		}
	}
}

// definitions are the forms in which RFCs define capabilities: the rules of the grammar, and
// prose.
var definitions = [...]*regexp.Regexp{
	regexp.MustCompile(`(?m)^ *capability +=/?((?:\s*/?\s*"[A-Z0-9=+.-]+")+)`),
	regexp.MustCompile(`(?:capability|capabilities) (?:name |string |keyword |of |the )?"([A-Z][A-Z0-9=+.-]+)"`),
	regexp.MustCompile(`"([A-Z][A-Z0-9=+.-]+)"(?:\s+IMAP4?)?\s+capability`),
}

var quotedName = regexp.MustCompile(`[A-Z][A-Z0-9=+.-]+`)

// notOfIMAP are words that the forms find and that are no capabilities of IMAP: of other
// protocols, and names in examples.
var notOfIMAP = map[string]bool{
	"AUTH=": true, "COMPRESS=": true, "CAPABILITY": true, "STLS": true, "SASL": true,
}

// TestRFCsDefineNoOtherCapability looks for definitions of capabilities in the texts.
func TestRFCsDefineNoOtherCapability(t *testing.T) {
	found := 0
	for _, file := range shared.RFCs(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range definitions {
			for _, m := range form.FindAllSubmatch(text, -1) {
				for _, name := range quotedName.FindAllString(string(m[1]), -1) {
					if notOfIMAP[name] {
						continue
					}
					found++
					if capabilityRow(name) == nil {
						t.Errorf("%s defines %s, which is no row", filepath.Base(file), name)
					}
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("%d definitions found", found)
	}
}

// textOf returns the text of an RFC, if it is at hand.
func textOf(n int) (string, bool) {
	text, err := os.ReadFile(filepath.Join(shared.Dir(), "rfc", "rfc"+strconv.Itoa(n)+".txt"))
	return string(text), err == nil
}
