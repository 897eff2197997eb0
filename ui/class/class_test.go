package class_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/samples/exercise"
	"imapscope/ui/class"
)

// hostile is what a student may write, to harm those who read the grades.
const hostile = "=cmd|'/c calc'!A1 <script>alert(1)</script> \x1b[31m\u202e\u009b"

// made writes a class of one exercise of each kind, with its pages.
func made(t *testing.T, kind string, count int) (dir string, keys []exercise.Key) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "class")
	c := exercise.Class{Dir: dir, Seed: 5, Kind: kind, Count: count}
	if err := c.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := exercise.ReadKeys(dir)
	if err != nil || len(keys) != count {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	return dir, keys
}

// TestHostileSheets: what a student writes is shown as text by each format, and no cell begins a formula.
func TestHostileSheets(t *testing.T) {
	_, keys := made(t, "silent", 1)
	answers, problems, err := exercise.ParseSheet(hostile, strings.NewReader("recording: 1\nwho: "+hostile+"\nwhat: "+hostile+"\nwhy: "+hostile+"\nrecording: "+hostile+"\nwho: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	students := []exercise.Student{exercise.GradeStudent(hostile, keys, answers, problems)}
	for _, format := range class.Formats() {
		var out bytes.Buffer
		if err := class.WriteGrades(&out, format, keys, students); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\u202e\u009b") {
			t.Errorf("%s: %q", format, out.String())
		}
		switch format {
		case "csv":
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for i, cell := range rows[1] {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("%s begins a formula: %q", rows[0][i], cell)
				}
			}
		case "jsonl":
			for line := range strings.Lines(out.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("no JSON: %s", line)
				}
			}
		}
	}
	var named bytes.Buffer
	if n, err := class.WriteProblems(&named, students); n != 1 || err != nil || strings.ContainsAny(named.String(), "\x1b\u202e") || !strings.Contains(named.String(), ":5: there is no recording") {
		t.Errorf("%d problems, %v: %q", n, err, named.String())
	}
	if err := class.WriteGrades(&named, "xml", keys, students); err == nil {
		t.Error("xml is a format")
	}
}

// text returns what a page shows, without elements and with entities as characters.
func text(page string) string {
	_, body, _ := strings.Cut(page, "<body>")
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, ""))
}

// signs are what a handout has of faults that are in no word of a line.
var signs = map[string]string{
	"sent-again":         "bytes captured again",
	"bare-line-feed":     "FLAGS LF\n",
	"answer-lost":        "bytes lost]",
	"request-lost":       "bytes lost]",
	"silence-then-reset": "reset by the",
	"no-logout":          "closed by the client",
	"broken-off":         "no response came",
	"no-ready":           "(literal, 5 bytes)",

	"wrong-literal-count": "}.", // what the count leaves of the text
}

// TestHandouts: for each kind of fault the handout shows the line that the key is about, or the
// request, and does not say what is wrong; the answers do. Neither page has a script.
func TestHandouts(t *testing.T) {
	kinds := exercise.Kinds()
	if testing.Short() {
		kinds = kinds[:4]
	}
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			dir, keys := made(t, k.Name, 1)
			if err := class.WritePages(t.Context(), dir, false); err != nil {
				t.Fatal(err)
			}
			read := func(name string) string {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			h, a := class.PageNames(dir)
			handout, answers := read(h), read(a)
			sheet, _, _ := strings.Cut(text(handout), "Names of faults\n")
			key := keys[0]
			wire := read(filepath.Join(dir, key.File))
			for _, secret := range []string{key.What, key.Why, key.Title, key.Doc, key.Kind} {
				if strings.Contains(sheet, secret) && !strings.Contains(wire, secret) && !strings.Contains(signs[k.Name], secret) {
					t.Errorf("the handout says %q", secret)
				}
			}
			for _, line := range []string{key.Request, strings.TrimPrefix(strings.TrimPrefix(key.Line, "S: "), "C: ")} {
				if line, _, _ = strings.Cut(line, `\x`); len(line) > 100 {
					line = line[:100]
				}
				if line, _, _ = strings.Cut(line, "} "); signs[k.Name] == "" && !strings.Contains(line, "*") && !strings.Contains(sheet, line) {
					t.Errorf("the handout has no %q:\n%s", line, sheet)
				}
			}
			if sign := signs[k.Name]; !strings.Contains(sheet, sign) {
				t.Errorf("the handout has no %q:\n%s", sign, sheet)
			}
			for _, want := range []string{key.Kind, key.Rule, key.What} {
				if !strings.Contains(text(answers), want) {
					t.Errorf("the answers have no %q", want)
				}
			}
			for name, page := range map[string]string{"handout": handout, "answers": answers} {
				if strings.Contains(page, "<script") || strings.Contains(page, " style=") || strings.Contains(page, "://") || !strings.Contains(page, "default-src &#39;none&#39;") {
					t.Errorf("the %s has a script, a style attribute or an address, or lacks its policy", name)
				}
			}
			if err := class.WritePages(t.Context(), dir, false); err == nil {
				t.Error("pages are replaced")
			}
		})
	}
}
