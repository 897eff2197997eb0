package compare

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture/golden"
	"imapscope/samples/contrast"
	"imapscope/ui/view"
)

func compared(t *testing.T, o Options, names ...string) []*Comparison {
	t.Helper()
	all, err := contrast.Tasks()
	if err != nil {
		t.Fatal(err)
	}
	if o.RoundTrip == 0 {
		o.RoundTrip = 50 * time.Millisecond
	}
	var list []*Comparison
	for _, x := range all {
		if len(names) > 0 && !strings.Contains(" "+strings.Join(names, " ")+" ", " "+x.Name+" ") {
			continue
		}
		c, err := Play(x, contrast.Protocols(), o)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func text(t *testing.T, list []*Comparison, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, list, TextOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTextGolden holds two tasks at two widths; -update rewrites the files.
func TestTextGolden(t *testing.T) {
	golden.File(t, "testdata/two-clients-80.txt", text(t, compared(t, Options{}, "two-clients"), 80))
	golden.File(t, "testdata/one-part-120.txt", text(t, compared(t, Options{Options: contrast.Options{Bandwidth: 9600}}, "one-part"), 120))
	var b bytes.Buffer
	if err := Overview(&b, compared(t, Options{}), TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden.File(t, "testdata/overview-80.txt", b.String())
}

func TestTextFitsItsWidth(t *testing.T) {
	list := compared(t, Options{})
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		for line := range strings.Lines(text(t, list, width)) {
			line = strings.TrimSuffix(line, "\n")
			if width >= 60 && view.Width(line) > width {
				t.Errorf("%d columns: %d: %q", width, view.Width(line), line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("%d columns: ends in a space: %q", width, line)
			}
		}
	}
}

// TestPasswordsAreMasked: in every face, in every protocol.
func TestPasswordsAreMasked(t *testing.T) {
	for _, show := range []bool{false, true} {
		list := compared(t, Options{Shown: view.Options{ShowSecrets: show}})
		var page, lines bytes.Buffer
		if err := Page(&page, list, "imapscope"); err != nil {
			t.Fatal(err)
		}
		if err := JSON(&lines, list); err != nil {
			t.Fatal(err)
		}
		for _, face := range []string{text(t, list, 120), page.String(), lines.String()} {
			if n := strings.Count(face, "fred secret") + strings.Count(face, "PASS secret"); (n > 0) != show {
				t.Errorf("secrets shown %v, and the password comes %d times", show, n)
			}
		}
	}
}

// TestJSONAddsUp compares the totals with the steps.
func TestJSONAddsUp(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, compared(t, Options{})); err != nil {
		t.Fatal(err)
	}
	type cost struct{ trips, sent, received, ms float64 }
	sums, totals := map[string]cost{}, map[string]cost{}
	reasons := 0
	for line := range strings.Lines(b.String()) {
		var x map[string]any
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if x["type"] == "compare-reason" {
			reasons++
			continue
		}
		key := x["task"].(string) + " " + x["protocol"].(string)
		c := cost{x["round_trips"].(float64), x["sent_octets"].(float64), x["received_octets"].(float64), x["ms"].(float64)}
		if x["type"] == "compare-total" {
			totals[key] = c
			continue
		}
		s := sums[key]
		sums[key] = cost{s.trips + c.trips, s.sent + c.sent, s.received + c.received, s.ms + c.ms}
	}
	if len(totals) < 24 || len(totals) != len(sums) || reasons < 20 {
		t.Fatalf("%d totals, %d sums, %d reasons", len(totals), len(sums), reasons)
	}
	for key, c := range totals {
		if sums[key] != c {
			t.Errorf("%s: %v, and its steps are %v", key, c, sums[key])
		}
	}
}

// TestPageIsSelfContained checks what the page says, and that it can load and run nothing.
func TestPageIsSelfContained(t *testing.T) {
	list := compared(t, Options{})
	var b bytes.Buffer
	if err := Page(&b, list, "imapscope"); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "src=", "url(", "http:", "https:", " style=", "@import"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !regexp.MustCompile(`default-src &#39;none&#39;; style-src &#39;sha256-`).MatchString(page) {
		t.Error("no content security policy")
	}
	for _, c := range list {
		if !strings.Contains(page, `id="`+c.Task.Name+`"`) {
			t.Errorf("%s is missing", c.Task.Name)
		}
	}
	if n := strings.Count(page, `<td data-protocol="POP3">`); n != strings.Count(page, `<td data-protocol="IMAP2">`) || n < 30 {
		t.Errorf("%d cells of POP3", n)
	}
}

func TestFolded(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"short":                 "short",
		"two words here":        "two words|here",
		"averyveryverylongword": "averyveryv|erylongwor|d",
		"a b c d e f g h i j k l m n o p q r s t u v w x y z": "a b c d e|f g h i j|k l m n o|p q r s t…",
	} {
		if got := strings.Join(folded(in, 10), "|"); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestReasonsAreAboutWhatIsCompared: without POP3 there is nothing about it, with it there is.
func TestReasonsAreAboutWhatIsCompared(t *testing.T) {
	tasks, err := contrast.Tasks()
	if err != nil {
		t.Fatal(err)
	}
	two := []*contrast.Protocol{contrast.ProtocolNamed("imap2"), contrast.ProtocolNamed("imap4rev1")}
	for _, task := range tasks {
		said := map[int]int{}
		for _, columns := range [][]*contrast.Protocol{two, append(two[:2:2], contrast.ProtocolNamed("pop3"))} {
			c, err := Play(task, columns, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range task.Steps {
				for _, r := range c.Why(i) {
					said[len(columns)]++
					text := r.Text
					for _, cite := range r.Cites {
						text += cite.String()
					}
					if len(columns) == 2 && (strings.Contains(text, "POP3") || strings.Contains(text, "RFC 1939")) && r.Of != "imap2" && r.Of != "imap4rev1" {
						t.Errorf("%s: %s", task.Name, text)
					}
				}
			}
		}
		if said[3] <= said[2] {
			t.Errorf("%s: %d reasons with POP3, %d without", task.Name, said[3], said[2])
		}
	}
}
