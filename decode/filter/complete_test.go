package filter

import (
	"strings"
	"testing"
)

// TestComplete goes through expressions as someone types them.
func TestComplete(t *testing.T) {
	for source, want := range map[string]string{
		"":                                "command status tag ms user",
		"com":                             "command compressed",
		"  STA":                           "status",
		"command":                         "== != contains",
		"kind":                            "kinds == != contains",
		"command ":                        "== != contains startsWith endsWith matches in",
		"command con":                     "contains",
		"ms ":                             "== != < <= > >= in",
		"held ":                           "== !=",
		"held == ":                        "true false",
		"held == t":                       "true",
		"uid ":                            "== != < <= > >=",
		"unsolicited":                     `["`,
		`unsolicited["FETC`:               `"FETCH"`,
		`unsolicited["FETCH"`:             "]",
		`unsolicited["FETCH"] `:           "== != < <= > >= in",
		"command == ":                     `"NOOP" "LOGIN"`,
		`command == "fet`:                 `"FETCH"`,
		`command == "UID f`:               `"UID FETCH"`,
		`status == "`:                     `"OK" "NO" "BAD"`,
		`status != "OK" `:                 "and or",
		`status != "OK" a`:                "and",
		`status != "OK" and m`:            "ms mailbox mechanism modseq",
		`not sta`:                         "status",
		`(status == "OK" or comm`:         "command",
		`command in `:                     "[",
		`command in [`:                    `"NOOP" "LOGIN"`,
		`command in ["FETCH", "sto`:       `"STORE"`,
		`command not in ["FETCH", "sto`:   `"STORE"`,
		`command in ["FETCH"] `:           "and or",
		`"EXPUNGE" `:                      "in kinds and or",
		`"EXPUNGE" in `:                   "kinds",
		`ms > 100 `:                       "and or",
		`type == `:                        `"transaction" "greeting"`,
		`code == "TRY`:                    `"TRYCREATE"`,
		`len(kin`:                         "kind kinds",
		`user == "`:                       "",
		`user == "fr`:                     "",
		`ms > `:                           "",
		`nothing like it`:                 "",
		`disk full `:                      "",
		`command = "FETCH" `:              "",
		`"an open text, and com`:          "",
		strings.Repeat("(", MaxLen) + "(": "",
	} {
		got := Complete(source)
		var words []string
		for _, c := range got {
			words = append(words, c.Word)
			if !strings.HasPrefix(strings.ToLower(c.Text), strings.ToLower(strings.TrimRight(source, " "))) {
				t.Errorf("%q becomes %q", source, c.Text)
			}
		}
		line := strings.Join(words, " ")
		if want == "" && line != "" || !strings.HasPrefix(line+" ", want) {
			t.Errorf("%q: got %s, want %s", source, line, want)
		}
	}
}

// TestCompletionsCompile checks that all that can be chosen leads to expressions that compile:
// each field with each of its operators and known values, and each field's example.
func TestCompletionsCompile(t *testing.T) {
	compiles := func(source string) {
		t.Helper()
		if _, err := Compile(source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
	for _, f := range Complete("") {
		compiles(f.Example)
		if !isCondition(f.Example) || !strings.Contains(f.Example, f.Word) {
			t.Errorf("the example of %s is %s", f.Word, f.Example)
		}
		for _, o := range Complete(f.Text + " ") {
			values := Complete(o.Text + " ")
			for _, v := range values {
				if !v.Open {
					compiles(v.Text)
				}
			}
			field, _ := fieldNamed(f.Word)
			switch {
			case len(values) > 0 || f.Word == unsolicited:
			case o.Word == "in":
				if field.number != nil {
					compiles(o.Text + " 1..3")
				}
			case field.number != nil || field.numbers != nil:
				compiles(o.Text + " 1")
			default:
				compiles(o.Text + ` "x"`)
			}
		}
	}
	if n, all := len(Complete("")), len(Fields()); n != all {
		t.Errorf("%d of %d fields are offered", n, all)
	}
}

// FuzzComplete checks that any text can be completed, and that a completion only adds to it.
func FuzzComplete(f *testing.F) {
	for _, s := range []string{"", `command in ["FETCH", "`, `a "\`, "unsolicited[", "x == (not", "ä"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, c := range Complete(source) {
			if c.Word == "" || len(c.Text) < len(source) {
				t.Errorf("%q becomes %q by %q", source, c.Text, c.Word)
			}
		}
	})
}
