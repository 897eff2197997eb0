package filter

import (
	"errors"
	"strings"
	"testing"
)

func fetch() *Row {
	return &Row{
		Type: "transaction", Conn: 3, N: 12, Command: "FETCH", Status: "OK", Tag: "A00012",
		Request: "A00012 FETCH 1:20 ALL", Text: "FETCH completed", Outcome: "completed", User: "crispin", Mailbox: "INBOX",
		Client: "127.0.0.1:59550", Server: "127.0.0.1:143", Origin: "frontend-7", MS: 120.5, Octets: 9000, Sent: 23, Received: 8977,
		Kinds: []string{"FETCH", "EXPUNGE"}, Unsolicited: map[string]int{"FETCH": 20, "EXPUNGE": 1}, Literals: 2,
		UID: []Range{{17, 20}, {40, 40}}, ModSeq: []Range{{1 << 60, 1 << 60}}, Code: []string{"UIDNEXT", "READ-WRITE"}, Part: []string{"2.1"},
	}
}

func refused() *Row {
	return &Row{
		Type: "transaction", Conn: 4, N: 2, Command: "SELECT", Status: "NO", Tag: "a2", Request: `a2 SELECT user.müller`,
		Text: `Can't open mailbox: no such mailbox "user" (really)`, Outcome: "completed", User: "yeager", MS: 3,
		Client: "[::1]:2000", Server: "[::1]:143", Octets: 60, Sent: 20, Received: 40, Lost: 7,
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		filter        string
		fetch, refuse bool
		fast          bool // without expr's machine
	}{
		// Texts.
		{"", true, true, true},
		{"  ", true, true, true},
		{"fetch", true, false, true},
		{"FeTcH", true, false, true},
		{"user", false, true, true},
		{"command", false, false, true},
		{"no such mailbox", false, true, true},
		{"127.0.0.1:59550", true, false, true},
		{"[::1]:2000", false, true, true},
		{"a00012", true, false, true},
		{"1:20 ALL", true, false, true},
		{"expunge", true, false, true},
		{"CRISPIN", true, false, true},
		{"MÜLLER", false, true, true},
		{"12", true, false, true},
		{"120.5", false, false, true}, // numbers are compared, not searched
		{"logged in", false, false, true},
		{"not found", false, false, true},
		{"COMPRESS=DEFLATE", false, false, true},
		{`"(really)"`, false, true, true},
		{`'"user"'`, false, true, true},
		{`"fetch"`, true, false, true},

		// Conditions with a plan.
		{`command == "FETCH"`, true, false, true},
		{`command == "fetch"`, true, false, true},
		{`command != "fetch"`, false, true, true},
		{`status == "NO" or ms > 100`, true, true, true},
		{`status == "NO" && ms >= 3`, false, true, true},
		{`not (status == "OK")`, false, true, true},
		{`!(status == "OK")`, false, true, true},
		{`"expunge" in kinds`, true, false, true},
		{`"expunge" not in kinds`, false, true, true},
		{`"expunge" in unsolicited`, true, false, true},
		{`unsolicited["fetch"] > 10`, true, false, true},
		{`unsolicited.fetch == 20`, true, false, true},
		{`command in ["fetch", "STORE"]`, true, false, true},
		{`command not in ["fetch", "STORE"]`, false, true, true},
		{`text contains "COMPLETED"`, true, false, true},
		{`client startsWith "127."`, true, false, true},
		{`mailbox endsWith "box"`, true, false, true},
		{`request matches "fetch \\d+:\\d+"`, true, false, true},
		{`request matches "(?-i)fetch"`, false, false, true},
		{`mailbox == ""`, false, true, true},
		{`origin == "Frontend-7"`, true, false, true},
		{`origin != "frontend-7" && status == "NO"`, false, true, true},
		{`frontend-7`, false, false, true},
		{`lost > 0`, false, true, true},
		{`octets > 1e3 and sent < 100`, true, false, true},
		{`lost > -1`, true, true, true},
		{`conn == 3 and n == 12`, true, false, true},
		{`type == "transaction"`, true, true, true},

		// Fields with many values: any of them.
		{`uid == 17`, true, false, true},
		{`uid == 18`, true, false, true},
		{`uid == 21`, false, false, true},
		{`uid == 18.5`, false, false, true},
		{`uid != 18`, false, true, true},
		{`uid > 39`, true, false, true},
		{`uid >= 41`, false, false, true},
		{`uid < 18`, true, false, true},
		{`uid <= 16`, false, false, true},
		{`uid > -1`, true, false, true},
		{`19 in uid`, true, false, true},
		{`19 not in uid`, false, true, true},
		{`modseq == 1152921504606846976`, true, false, true},
		{`modseq == 1152921504606846977`, false, false, true},
		{`code == "uidnext"`, true, false, true},
		{`code != "uidnext"`, false, true, true},
		{`"READ-write" in code`, true, false, true},
		{`code startsWith "READ"`, true, false, true},
		{`part == "2.1" and uid == 40`, true, false, true},
		{`not (part contains "2")`, false, true, true},
		{`17 == uid`, true, false, false},
		{`39 < uid`, true, false, false},
		{`uid in [1, 40]`, true, false, false},
		{`uid in 1..16`, false, false, false},
		{`uid in 1..17`, true, false, false},
		{`uid not in 1..17`, false, true, false},
		{`code in ["READ-ONLY", "read-write"]`, true, false, false},
		{`uid == n + 5`, true, false, false},
		{`len(uid) == 2`, true, false, false},
		{`any(code, # matches "^uid")`, true, false, false},

		// Conditions for the machine.
		{`sent + received == octets`, true, true, false},
		{`"fetch" == command`, true, false, false},
		{`any(kinds, # == "expunge")`, true, false, false},
		{`len(kinds) == 2`, true, false, false},
		{`lower(user) == "crispin" ? ms > 100 : true`, true, true, false},
		{`n in 1..5`, false, true, false},
		{`command in kinds`, true, false, false},
		{`text contains command`, true, false, false},
		{`ms / n > 10`, true, false, false},
		{`user + "@" + mailbox matches "^CRISPIN@inbox$"`, true, false, false},
	} {
		f, err := Compile(c.filter)
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		if got := f.Match(fetch()); got != c.fetch {
			t.Errorf("%s: %v for the FETCH", c.filter, got)
		}
		if got := f.Match(refused()); got != c.refuse {
			t.Errorf("%s: %v for the refused SELECT", c.filter, got)
		}
		if fast := f.machine == nil; fast != c.fast {
			t.Errorf("%s: without the machine: %v", c.filter, fast)
		}
		if f.Err() != nil {
			t.Errorf("%s: %v", c.filter, f.Err())
		}
	}
	if !(*Filter)(nil).Match(fetch()) {
		t.Error("the nil filter matches everything")
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		filter string
		col    int
		want   string
	}{
		{`comand == "FETCH"`, 1, `no field "comand"; did you mean command? (fields: command, status,`},
		{`status == "OK" and Mailbx == "x"`, 20, `did you mean mailbox?`},
		{`unsol["FETCH"] > 1`, 1, `did you mean unsolicited?`},
		{`command == FETCH`, 12, `a text needs quotes: "FETCH"`},
		{`command contains FETCH`, 18, `a text needs quotes`},
		{`command = "FETCH"`, 9, `write ==`},
		{`status=NO`, 7, `write ==`},
		{`(lost)`, 0, `this is a number, not a condition`},
		{`(text)`, 0, `this is a text`},
		{`(kinds)`, 0, `this is a list`},
		{`lost and ambiguous`, 6, `and joins conditions`},
		{`command == 3`, 9, `== does not work between a text and a number`},
		{`ms >`, 4, "in quotes"},
		{`can't open`, 11, "put all of it in quotes"},
		{`(Unix`, 5, "put all of it in quotes"},
		{"\"é\" == \"é\" and x", 16, `no field "x"`},
		{`text matches "("`, 6, "missing closing ): `(`"},
		{`text matches request`, 6, "pattern in quotes"},
		{`command in 5`, 9, "needs a list"},
		{`now() == 1`, 1, `no field "now"`},
		{`repeat("a", 9) == "a"`, 1, `no field "repeat"`},
		{strings.Repeat("x", MaxLen+1), MaxLen + 1, "too long"},
		{strings.Repeat("(", 2000) + "1", 0, ""},
		{strings.Repeat("lost > 1 or ", 340) + "lost > 1", 0, "nodes"},
	} {
		f, err := Compile(c.filter)
		var e *Error
		if !errors.As(err, &e) || f != nil {
			t.Errorf("%.40s: %v, no *Error", c.filter, err)
			continue
		}
		if c.want != "" && e.Col != c.col && c.col != 0 || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%.40s: column %d: %v; want column %d, %q", c.filter, e.Col, e, c.col, c.want)
		}
		if strings.Contains(e.Error(), "\n") {
			t.Errorf("%.40s: more than a line: %q", c.filter, e)
		}
	}
}

func TestCaret(t *testing.T) {
	_, err := Compile("status == \"OK\"\tand Mailbx == 1")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := `status == "OK" and Mailbx == 1` + "\n" + `                   ^`
	if e.Caret() != want {
		t.Errorf("\n%s\nwant\n%s", e.Caret(), want)
	}
}

func TestFailureWhileMatching(t *testing.T) {
	for filter, want := range map[string]string{
		`kinds[5] == "FETCH"`:            "index out of range",
		`count(1..100000000, # > 1) > 1`: "too expensive for this row: its lists",
	} {
		f, err := Compile(filter)
		if err != nil {
			t.Fatal(err)
		}
		if f.Match(fetch()) {
			t.Errorf("%s: matches", filter)
		}
		if f.Err() == nil || !strings.Contains(f.Err().Error(), want) {
			t.Errorf("%s: %v, want %q", filter, f.Err(), want)
		}
		if c := f.Clone(); c.Err() != nil || c.Match(fetch()) {
			t.Errorf("%s: a clone shares the failure", filter)
		}
	}
}

// TestFields checks that every field of help compiles, and has its type.
func TestFields(t *testing.T) {
	if len(Fields()) != 37 {
		t.Errorf("%d fields", len(Fields()))
	}
	for _, f := range Fields() {
		expression := map[string]string{
			"text": f.Name + ` == "x"`, "number": f.Name + " > 1",
			"texts": `"x" in ` + f.Name, "numbers": "1 in " + f.Name, "numbers by kind": f.Name + `["x"] > 1`,
			"yes or no": f.Name + " == true",
		}[f.Type]
		if _, err := Compile(expression); err != nil || expression == "" || f.Help == "" {
			t.Errorf("%s (%s): %q: %v", f.Name, f.Type, expression, err)
		}
		if f.Type == "text" == (f.text == nil) || f.Type == "number" == (f.number == nil) || f.Type == "yes or no" == (f.yes == nil) {
			t.Errorf("%s: no plain access", f.Name)
		}
		if r, err := Compile(f.Name); err != nil || r.machine != nil {
			t.Errorf("%s alone is not a text: %v", f.Name, err)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	r := fetch()
	for _, filter := range []string{"completed", `command == "STORE" or ms > 500 or "BYE" in kinds or text contains "ETED"`, `unsolicited["FETCH"] > 50`} {
		f, err := Compile(filter)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { f.Match(r) }); n != 0 {
			t.Errorf("%s: %v allocations", filter, n)
		}
	}
}
