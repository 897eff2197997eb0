package session_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// encoded replaces each <text> of a transcript with its base64, ^ being a NUL.
func encoded(script string) string {
	for {
		before, rest, ok := strings.Cut(script, "<")
		if !ok {
			return script
		}
		text, after, _ := strings.Cut(rest, ">")
		script = before + base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(text, "^", "\x00"))) + after
	}
}

// saslOf decodes a transcript in chunks of some size, 0 for lines, and returns the lines that
// its SASL exchanges say, and its user at the end.
func saslOf(t *testing.T, script string, chunk int) (lines []string, user string) {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	decodetest.Run(decode.Options{}, ps, chunk, func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				if e.SASL != nil {
					lines = append(lines, e.SASL.Line())
				}
			case *decode.Closed:
				user = e.User
			}
		}
	})
	return lines, user
}

// TestSASLOfConversations checks when a SASL exchange gives the user, and that a name in it is
// hidden if it was a password before.
func TestSASLOfConversations(t *testing.T) {
	for _, test := range []struct{ name, script, user, last string }{
		{"accepted", "C: a AUTHENTICATE LOGIN\nS: + <User>\nC: <fred>\nS: + <Pass>\nC: <secret>\nS: a OK in", "fred", "SASL LOGIN: accepted"},
		{"refused", "C: a AUTHENTICATE LOGIN\nS: + <User>\nC: <fred>\nS: + <Pass>\nC: <secret>\nS: a NO in", "", "SASL LOGIN: refused"},
		{"not yet", "C: a AUTHENTICATE PLAIN\nS: +\nC: <^fred^secret>", "", "SASL PLAIN: the identities and the password; user fred"},
		{"canceled", "C: a AUTHENTICATE PLAIN\nS: +\nC: *\nS: a BAD", "", "SASL PLAIN: canceled by the client"},
		{"another identity", "C: a AUTHENTICATE PLAIN <jane^fred^secret>\nS: a OK", "jane", "SASL PLAIN: accepted"},
		{"after one that was refused", "C: a AUTHENTICATE PLAIN <^jane^wrong>\nS: a NO\nC: b AUTHENTICATE LOGIN <fred>\nS: +\nC: <secret>\nS: b OK", "fred", "SASL LOGIN: accepted"},
		{"the same user again", "C: a AUTHENTICATE LOGIN <fred>\nS: +\nC: <wrong>\nS: a NO\nC: b AUTHENTICATE LOGIN <fred>\nS: +\nC: <secret>\nS: b OK", "fred", "SASL LOGIN: accepted"},
		{"two at once", "C: a AUTHENTICATE PLAIN <^jane^secret>\nC: b AUTHENTICATE PLAIN <^fred^secret>\nS: a OK\nS: b NO", "jane", "SASL PLAIN: refused"},
		{"a user that was a password", "C: a LOGIN fred hunter2\nS: a NO\nC: b AUTHENTICATE CRAM-MD5\nS: + <x@y>\nC: <hunter2 b913a602c7eda7a495b4e6e7334d3890>\nS: b OK", "********", "SASL CRAM-MD5: accepted"},
		{"a mechanism as a literal", "C: a AUTHENTICATE {5+}\nC: PLAIN\nS: +\nC: <^fred^secret>\nS: a OK", "fred", "SASL PLAIN: accepted"},
		{"a mechanism in quotes", "C: a AUTHENTICATE \"PLAIN\" <^fred^secret>\nS: a OK", "fred", "SASL PLAIN: accepted"},
		{"an empty initial response", "C: a AUTHENTICATE EXTERNAL =\nS: a OK", "", "SASL EXTERNAL: accepted"},
		{"commands meanwhile", "C: a AUTHENTICATE PLAIN\nC: b NOOP\nS: b OK\nS: +\nC: <^fred^secret>\nS: a OK", "fred", "SASL PLAIN: accepted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			script := encoded("S: * OK hi\n" + test.script)
			lines, user := saslOf(t, script, 0)
			if user != test.user || len(lines) == 0 || lines[len(lines)-1] != test.last {
				t.Errorf("the user is %q, want %q; the lines are\n%s", user, test.user, strings.Join(lines, "\n"))
			}
			if test.name == "canceled" && lines[len(lines)-2] != "SASL PLAIN: the client cancels the exchange" {
				t.Errorf("the lines are\n%s", strings.Join(lines, "\n"))
			}
			if all := strings.Join(lines, "\n"); strings.Contains(all, "secret") || strings.Contains(all, "hunter2") {
				t.Errorf("a secret is in\n%s", all)
			}
			for _, chunk := range []int{1, 2, 3, 7} {
				if again, u := saslOf(t, script, chunk); u != user || strings.Join(again, "\n") != strings.Join(lines, "\n") {
					t.Errorf("in chunks of %d bytes the user is %q, and the lines are\n%s", chunk, u, strings.Join(again, "\n"))
				}
			}
		})
	}
}
