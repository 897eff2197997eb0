package wire

import (
	"fmt"
	"testing"

	"imapscope/decode/protocol"
)

func TestAnnouncement(t *testing.T) {
	for _, c := range []struct {
		line string
		want string // of the literal; empty: none
	}{
		{"a LOGIN {4}\r\n", "{8 13} 4"},
		{"a LOGIN {4}\n", "{8 12} 4"},
		{"{0}\r\n", "{0 5} 0"},
		{"a X {4+}\r\n", "{4 10} 4 nonsync"},
		{"a X ~{4}\r\n", "{4 10} 4 binary"},
		{"a X ~{4+}\r\n", "{4 11} 4 nonsync binary"},
		{"a X ({4}\r\n", "{5 10} 4"},
		{"a X BODY[{4}\r\n", "{9 14} 4"},
		{"a X (y){4}\r\n", "{7 12} 4"},
		{"a X {000000000000004}\r\n", "{4 23} 4"},
		{"a X {999999999999999}\r\n", "{4 23} 999999999999999"},
		{"a X {1234567890123456}\r\n", ""},
		{"a X {99999999999999999999}\r\n", ""},
		{"a X {}\r\n", ""},
		{"a X {+}\r\n", ""},
		{"a X {-4}\r\n", ""},
		{"a X {4++}\r\n", ""},
		{"a X {4 }\r\n", ""},
		{"a X {4} \r\n", ""},
		{"a X 4}\r\n", ""},
		{"a X y{4}\r\n", ""},
		{"a X {{4}\r\n", ""},
		{"a X {4}\r\r\n", "{4 10} 4"}, // an extra CR, and otherwise a count
		{"\r\n", ""},
		{"\n", ""},
		{"}\n", ""},
		{"", ""},
	} {
		got := ""
		if l, ok := Announcement([]byte(c.line)); ok {
			got = fmt.Sprint(l.Head, l.Size)
			if l.NonSync {
				got += " nonsync"
			}
			if l.Binary {
				got += " binary"
			}
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

func TestIsText(t *testing.T) {
	for line, want := range map[string]bool{
		"* OK hi {3}\r\n":                  true,
		"* ok hi\r\n":                      true,
		"* NO\r\n":                         true,
		"* BAD":                            true,
		"* BYE x":                          true,
		"* PREAUTH x":                      true,
		"+ go {3}\r\n":                     true,
		"+\r\n":                            true,
		"A1 OK {3}\r\n":                    true,
		"A006 Expunge complete {3}\r\n":    true, // RFC 1176, p. 9
		"":                                 true,
		"*":                                true,
		"*\r\n":                            true,
		"*  OK x":                          false,
		"* OKAY x":                         false,
		"* 1 FETCH (RFC822 {3}\r\n":        false,
		"* 1 NO x":                         false,
		"* FLAGS (OK)":                     false,
		"* MAILBOX {3}\r\n":                false,
		"* \r\n":                           false,
		"* BYE\n* 1 FETCH (RFC822 {3}\r\n": true,
	} {
		if got := IsText([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestInQuotes(t *testing.T) {
	for line, want := range map[string]bool{
		``:                false,
		`a LOGIN "`:       true,
		`a LOGIN "fred" `: false,
		`a LOGIN "fred`:   true,
		`a LOGIN pass"w `: false, // a quote within an atom opens nothing
		`a LOGIN "a\"b`:   true,
		`a LOGIN "a\"b" `: false,
		`a LOGIN "a\\" `:  false,
		`a LOGIN "a\`:     true,
		`("a" "`:          true,
		`["`:              true,
		`"`:               true,
		`"""`:             true, // closed, and another begins
		`""`:              false,
		`)"`:              true,
	} {
		if got := inQuotes([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// TestIsStatusAgreesWithTheTable checks that the words before human-readable text are those of
// the rows that have a status.
func TestIsStatusAgreesWithTheTable(t *testing.T) {
	n := 0
	for r := range protocol.All() {
		if r.Kind != protocol.Response && r.Kind != protocol.Completion {
			continue
		}
		if IsStatus([]byte(r.Name)) != r.Status {
			t.Errorf("%s %s: IsStatus %v, Status %v", r.Kind, r.Name, !r.Status, r.Status)
		}
		if r.Status {
			n++
		}
	}
	if n != 8 {
		t.Errorf("%d rows with a status", n)
	}
}
