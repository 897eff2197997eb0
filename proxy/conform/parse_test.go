package conform

import (
	"strings"
	"testing"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

const cite = "MUST RFC 3501, \"6.1.2. NOOP Command\", p. 25\n"

// TestParseErrors checks that a script of ours with a mistake is refused, by its line.
func TestParseErrors(t *testing.T) {
	head := "title: x\n\n"
	for text, want := range map[string]string{
		head:                                      "x: there are no steps",
		"title: x\ndialect: IMAP9\n\n":            `x, line 2: dialect: "IMAP9" is not one`,
		head + "C: NOOP\n":                        `x, line 3: a step begins with "= " and its title`,
		head + "= a\nC: NOOP\n":                   "x, line 4: after the title comes the rule",
		head + "= a\n" + cite:                     "x, line 3: the step does nothing",
		head + "= a\n" + cite + "S: OK\n":         "x, line 5: no command waits for this response",
		head + "= a\n" + cite + "C: NOOP\n":       "x, line 3: no line waits for the response to the command of line 5",
		head + "= a\n" + cite + "C: NOOP\nS: X":   `x, line 6: "X" is not the status of a response`,
		head + "= a\n" + cite + "Q: NOOP\n":       `x, line 5: "Q:" is not the beginning of a line of a step`,
		head + "= a\n" + cite + "C:\n":            "x, line 5: there is nothing to send",
		head + "= a\n" + cite + "99C: NOOP\n":     "x, line 5: a connection is a number from 1 to 16",
		head + "= a\n" + cite + "C: A ${x\nS: OK": "",
		head + "= a\n" + cite + "S: * )\n":        "x, line 5: a parenthesis closes nothing",
		head + "= a\n" + cite + "S: * \"x\n":      "x, line 5: a quote is missing",
	} {
		_, err := Parse("x", []byte(text))
		if want == "" {
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Parse("x", make([]byte, MaxScript+1)); err == nil {
		t.Error("a script that is too long")
	}
	deep := head + "= a\n" + cite + "S: * " + strings.Repeat("(", 100_000) + "\n"
	if _, err := Parse("x", []byte(deep)); err == nil || !strings.Contains(err.Error(), "too deep") {
		t.Errorf("deep lists: %v", err)
	}
}

// responseOf returns a line as patterns are compared with it.
func responseOf(t testing.TB, line string) *datum {
	t.Helper()
	m, n := wire.Split([]byte(line+"\r\n"), false)
	if n == 0 {
		t.Fatalf("%q is not a response", line)
	}
	return &datum{values: valuesOf(syntax.ParseResponse(m), m.Raw), prefix: strings.HasPrefix(line, "* OK")}
}

// TestPatterns checks what matches what.
func TestPatterns(t *testing.T) {
	for _, x := range []struct {
		pattern, line string
		want          bool
	}{
		{"3 exists", "* 3 EXISTS", true},
		{"3 exists", "* 4 EXISTS", false},
		{"1 fetch (uid $u flags (\\seen))", `* 1 FETCH (FLAGS (\Seen \Recent) UID 7)`, true},
		{"1 fetch (flags (\\seen))", `* 1 FETCH (FLAGS (\Seen \Deleted))`, false},
		{"1 fetch (flags ())", `* 1 FETCH (FLAGS (\Recent))`, true},
		{"1 fetch (flags ($!unordered \\seen))", `* 1 FETCH (FLAGS (\Deleted \Seen))`, true},
		{"1 fetch (flags ($!unordered $!ban=\\deleted \\seen))", `* 1 FETCH (FLAGS (\Deleted \Seen))`, false},
		{"1 fetch (flags ($!ordered \\seen \\deleted))", `* 1 FETCH (FLAGS (\Deleted \Seen))`, false},
		{"1 fetch (uid $u uid $u)", `* 1 FETCH (UID 7 UID 8)`, false},
		{"1 fetch (body[header.fields (from)] $)", `* 1 FETCH (BODY[HEADER.FIELDS ("FROM")] "x")`, true},
		{"1 fetch (body[text]<0> abc)", "* 1 FETCH (BODY[TEXT]<0> {3}\r\nabc)", true},
		{"search 1 2 3", "* SEARCH 3 1 2", true},
		{"search 1 2", "* SEARCH 1 2 3", false},
		{"search $!unordered 2", "* SEARCH 1 2 3", true},
		{"search", "* SEARCH 1", false},
		{"search $*", "* SEARCH 1", true},
		{"capability $!unordered idle", "* CAPABILITY IMAP4rev1 IDLE", true},
		{"capability $!unordered move", "* CAPABILITY IMAP4rev1 IDLE", false},
		{"ok [uidnext $n]", "* OK [UIDNEXT 4] Predicted next UID", true},
		{"ok [uidnext 5]", "* OK [UIDNEXT 4] Predicted next UID", false},
		{"ok [capability $]", "* OK [CAPABILITY A B C] hello", true},
		{"ok [permanentflags ($!unordered \\*)]", `* OK [PERMANENTFLAGS (\Seen \*)] Limited`, true},
		{`list () "/" foo/bar`, `* LIST (\HasNoChildren) "/" foo/bar`, true},
		{`list (\noselect) "/" foo`, `* LIST () "/" foo`, false},
		{`list () nil foo`, `* LIST () NIL foo`, true},
		{`list () "NIL" foo`, `* LIST () NIL foo`, false},
		{`list () $ ${case:Foo}`, `* LIST () "/" Foo`, true},
		{`list () $ ${case:Foo}`, `* LIST () "/" foo`, false},
		{`list () $ a$x-b`, `* LIST () "/" a12-b`, true},
		{"status box (messages 1 unseen 2)", "* STATUS box (UNSEEN 2 MESSAGES 1 UIDNEXT 4)", true},
		{"status box (messages 1)", "* STATUS box (UNSEEN 2)", false},
		{"list () $ a (childinfo (subscribed))", `* LIST (\Noselect) "/" a (CHILDINFO ("SUBSCRIBED"))`, true},
		{"thread (1 2) (3)", "* THREAD (1 2)(3)", true},
		{"1 fetch (envelope ($ $ $from $*))", `* 1 FETCH (ENVELOPE ("d" "s" (("F" NIL "f" "h")) NIL NIL NIL NIL NIL NIL "<m>"))`, true},
		{"1 fetch (modseq ($modseq3))", "* 1 FETCH (MODSEQ (2))", false},
		{"1 fetch (modseq ($modseq3))", "* 1 FETCH (MODSEQ (12))", true},
	} {
		p, err := parsePattern(x.pattern)
		if err != nil {
			t.Errorf("%s: %v", x.pattern, err)
			continue
		}
		if v := newVariables(); p.match(responseOf(t, x.line), v) != x.want {
			t.Errorf("%s: %s: not %t", x.pattern, x.line, x.want)
		} else if !x.want && len(v.values) > 0 {
			t.Errorf("%s: %s: no match, but variables are set: %v", x.pattern, x.line, v.values)
		}
	}
}

// TestExpand checks what is sent for a line of a script.
func TestExpand(t *testing.T) {
	x := newVariables()
	x.set("user", "fred")
	x.set("mailbox", "a b")
	mail := [][]byte{[]byte("one"), []byte("second")}
	for line, want := range map[string]string{
		"LOGIN $user ${literal:pass}":   "LOGIN fred {4}\r\n|pass",
		"A ${literal+:pass} b":          "A {4+}\r\npass b",
		"APPEND box ${message:2} x":     "APPEND box {6}\r\n|second x",
		"APPEND box {3}\r\nabc":         "APPEND box {3}\r\n|abc",
		"STORE 1 FLAGS ($$Forwarded)":   "STORE 1 FLAGS ($Forwarded)",
		"SELECT $mailbox":               `SELECT "a b"`,
		`SELECT "x$mailbox"`:            `SELECT "xa b"`,
		"a ${literal:x}${literal:} end": "a {1}\r\n|x{0}\r\n| end",
	} {
		parts, err := x.expand(line, mail)
		var got []string
		for i, p := range parts {
			if p.waited != (i > 0) {
				t.Errorf("%s: part %d: waited %t", line, i, p.waited)
			}
			got = append(got, string(p.data))
		}
		if s := strings.Join(got, "|"); err != nil || s != want {
			t.Errorf("%s: %q, %v; want %q", line, s, err, want)
		}
	}
	if _, err := x.expand("LOGIN $unknown", nil); err == nil {
		t.Error("a variable without a value")
	}
}

// FuzzParse checks that no script makes the parsers fail in another way than with an error.
func FuzzParse(f *testing.F) {
	list, err := files.ReadDir("scripts")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range list {
		b, err := files.ReadFile("scripts/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(appending))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = Parse("x", b)
		_, _ = parseImapTest("x", b, noEnv)
		_ = ReadMail(b)
	})
}

// FuzzMatch checks that comparing ends, for any pattern and any response.
func FuzzMatch(f *testing.F) {
	f.Add("1 fetch ($!unordered=2 uid $u flags ($!noextra \\seen))", "* 1 FETCH (FLAGS (\\Seen) UID 7)")
	f.Add("list ($!ban=x) $ a${b}c$d", "* LIST (\\A) \"/\" abcd")
	f.Add("ok [code $] $*", "* OK [CODE 1 2] text")
	f.Fuzz(func(t *testing.T, pattern, line string) {
		p, err := parsePattern(pattern)
		m, n := wire.Split([]byte(line+"\r\n"), false)
		if err != nil || n == 0 {
			return
		}
		x := newVariables()
		if !p.match(&datum{values: valuesOf(syntax.ParseResponse(m), m.Raw)}, x) && len(x.values) > 0 {
			t.Errorf("no match, but variables are set: %v", x.values)
		}
		_, _ = x.expand(pattern, nil)
	})
}
