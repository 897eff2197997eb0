package session_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// masked decodes a transcript and returns what the client sent, secrets as "#".
func masked(t *testing.T, script string) string {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	decodetest.Run(decode.Options{}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			m, ok := e.(*decode.Message)
			if !ok {
				continue
			}
			raw := bytes.Clone(m.Raw)
			check(t, m)
			for _, s := range m.Secrets {
				for i := s.Start; i < s.End; i++ {
					raw[i] = '#'
				}
			}
			if m.Dir == capture.ClientToServer {
				out.Write(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("|")))
			} else if !bytes.Equal(raw, m.Raw) && m.Kind != decode.Tagged {
				t.Errorf("masked in what a server said: %q", raw)
			}
		}
	})
	return out.String()
}

// check holds the spans of a message against what they promise.
func check(t *testing.T, m *decode.Message) {
	t.Helper()
	at := 0
	for _, s := range m.Secrets {
		if s.Start < at || s.End <= s.Start || s.End > len(m.Raw) {
			t.Fatalf("span %v after %d in %q", s, at, m.Raw)
		}
		at = s.End
		for _, l := range m.Literals {
			if s.Start < l.Head.End && l.Head.Start < s.End {
				t.Fatalf("span %v covers the announcement at %v in %q", s, l.Head, m.Raw)
			}
		}
	}
	if end := len(bytes.TrimRight(m.Raw, "\r\n")); at > end && (len(m.Literals) == 0 || m.Literals[len(m.Literals)-1].Body.End < at) {
		t.Fatalf("a span up to %d covers the line end of %q", at, m.Raw)
	}
}

// TestSecretTag checks that a tag may be a secret, or contain one.
func TestSecretTag(t *testing.T) {
	for line, want := range map[string]bool{
		"a1 NOOP": false, "LOGIN": false, "a1\tNOOP": false, "a1 LOGIN fred secret": false, "LOGIN fred secret": false,
		"a1\tLOGIN\tfred\tsecret": true, "login\tfred\tsecret": true, "a1\tAuthenticate\tPLAIN\tabcd": true,
	} {
		d := decode.New(decode.Options{})
		for _, e := range d.Write(capture.ClientToServer, time.Unix(0, 0), []byte(line+"\r\n")) {
			if m := e.(*decode.Message); m.Txn.SecretTag != want {
				t.Errorf("%q: %v", line, !want)
			}
		}
	}
}

func TestLogin(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{"a LOGIN fred secret", "a LOGIN fred ######|"},
		{"a login fred secret", "a login fred ######|"},
		{" a LOGIN fred secret", " a LOGIN fred ######|"},
		{"a  LOGIN  fred  secret", "a  LOGIN  fred #######|"},
		{"a LOGIN fred secret extra", "a LOGIN fred ############|"},
		{"a LOGIN fred secret ", "a LOGIN fred #######|"},
		{`a LOGIN "fred" "secret"`, `a LOGIN "fred" ########|`},
		{`a LOGIN "fr ed" "sec ret"`, `a LOGIN "fr ed" #########|`},
		{`a LOGIN "fr\"ed" "sec\"ret"`, `a LOGIN "fr\"ed" ##########|`},
		{`a LOGIN "fr\\" "secret"`, `a LOGIN "fr\\" ########|`},
		{`a LOGIN fred "sec`, `a LOGIN fred ####|`},
		{`a LOGIN "fred secret`, `a LOGIN ############|`},
		{`a LOGIN "fred"secret`, `a LOGIN "fred"######|`},
		{`a LOGIN fred sec"ret`, `a LOGIN fred #######|`},
		{"a LOGIN fred", "a LOGIN ####|"}, // most likely the user was forgotten
		{"a LOGIN", "a LOGIN|"},
		{"a LOGIN ", "a LOGIN |"},
		{"LOGIN fred secret", "LOGIN fred ######|"},
		{"login fred secret", "login fred ######|"},
		{"LOGIN LOGIN fred secret", "LOGIN LOGIN fred ######|"},
		{"LOGIN noop secret", "LOGIN noop ######|"},
		{"a AUTHENTICATE PLAIN", "a AUTHENTICATE PLAIN|"},
		{"a authenticate plain AGZyZWQAc2VjcmV0", "a authenticate plain ################|"},
		{"a AUTHENTICATE", "a AUTHENTICATE|"},
		{"a AUTHENTICATE PLAIN =", "a AUTHENTICATE PLAIN #|"},
		{"AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0", "AUTHENTICATE PLAIN ################|"},
		{`a LOGIN"fred" "secret"`, `a LOGIN###############|`},
		{`LOGIN"fred" "secret"`, `LOGIN###############|`},
		{"a login\tfred\tsecret", "a login############|"},
		{"a\tLOGIN\tfred\tsecret", "a\tLOGIN############|"},
		{"a\tLOGIN fred secret", "a\tLOGIN ###########|"},
		{"a LOGINS(fred secret", "a LOGINS############|"},
		{"a LOGIN: fred secret", "a LOGIN: ###########|"},
		{"LOGIN: fred secret", "LOGIN: ###########|"},
		{`a "LOGIN" fred secret`, `a "LOGIN" ###########|`},
		{"a UID LOGIN fred secret", "a UID LOGIN ###########|"},
		{"a XLOGIN fred secret", "a XLOGIN ###########|"},
		{"LOGIN secret", "LOGIN ######|"},
		{"a LOGIN fred {6", "a LOGIN fred ##|"},
		{"a LOGIN fred {6\nC: secret", "a LOGIN fred ##|######|"}, // not the announcement of a literal
		{"a LOGIN fred\nC: secret", "a LOGIN ####|######|"},
		{"a LOGIN\nC: secret", "a LOGIN|######|"},
		{"LOGIN-1 SELECT secret", "LOGIN-1 SELECT secret|"},
		{"a SELECT secret", "a SELECT secret|"},
		{"a SEARCH TEXT LOGIN", "a SEARCH TEXT LOGIN|"},
	} {
		if got := masked(t, "S: * OK hi\nC: "+c.sent); got != c.want {
			t.Errorf("%q: %q, want %q", c.sent, got, c.want)
		}
	}
}

func TestConversations(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"a literal that waits", "C: a LOGIN fred {6}\nS: + go\nC: secret", "a LOGIN fred {6}|######|"},
		{"both", "C: a LOGIN {4}\nS: + go\nC: fred {6}\nS: + go\nC: secret", "a LOGIN {4}|fred {6}|######|"},
		{"both, at once", "C: a LOGIN {4+}\nC: fred {6+}\nC: secret", "a LOGIN {4+}|fred {6+}|######|"},
		{"a user as literal", "C: a LOGIN {4}\nS: + go\nC: fred secret", "a LOGIN {4}|fred ######|"},
		{"an empty one", "C: a LOGIN {0}\nS: + go\nC:  secret", "a LOGIN {0}| ######|"},
		{"lines in a literal", "C: a LOGIN fred {8}\nS: + go\nC: sec\nC: ret", "a LOGIN fred {8}|########|"},
		{"more behind a literal", "C: a LOGIN fred {6}\nS: + go\nC: secret again", "a LOGIN fred {6}|############|"},
		{"withdrawn", "C: a LOGIN fred {6}\nS: a NO no\nC: b NOOP", "a LOGIN fred {6}|b NOOP|"},
		{"withdrawn, sent all the same", "C: a LOGIN fred {6}\nS: a BAD no\nC: secret\nS: * BAD what\nC: b NOOP", "a LOGIN fred {6}|######|b NOOP|"},
		{"with a space", "C: a LOGIN fred {8}\nS: a BAD no\nC: my secret\nS: my BAD what\nC: b NOOP", "a LOGIN fred {8}|#########|b NOOP|"},
		{"two literals that stray", "C: a LOGIN {4}\nS: a BAD no\nC: fred {6}\nS: fred BAD what\nC: secret\nS: secret BAD what\nC: b NOOP",
			"a LOGIN {4}|#####{6}|######|b NOOP|"},
		{"another command answered meanwhile", "C: x NOOP\nC: a LOGIN fred {6}\nS: a BAD no\nS: x OK\nC: secret\nC: b NOOP", "x NOOP|a LOGIN fred {6}|######|b NOOP|"},
		{"SASL", "C: a AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a OK in\nC: b NOOP", "a AUTHENTICATE PLAIN|################|b NOOP|"},
		{"SASL in two", "C: a AUTHENTICATE LOGIN\nS: + VXNlcg==\nC: ZnJlZA==\nS: + UGFzcw==\nC: c2VjcmV0\nS: a NO", "a AUTHENTICATE LOGIN|########|########|"},
		{"SASL, a space behind", "C: a AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0 \nS: a OK in", "a AUTHENTICATE PLAIN|#################|"},
		{"SASL in words", "C: a AUTHENTICATE X\nS: +\nC: my secret words\nS: a OK in", "a AUTHENTICATE X|###############|"},
		{"SASL cancelled", "C: a AUTHENTICATE PLAIN\nS: +\nC: *\nS: a BAD cancelled", "a AUTHENTICATE PLAIN|*|"},
		{"an empty SASL response", "C: a AUTHENTICATE X\nS: +\nC: \nS: a OK", "a AUTHENTICATE X||"},
		{"SASL refused, sent all the same", "C: a AUTHENTICATE PLAIN\nS: a NO\nC: AGZyZWQAc2VjcmV0\nS: * BAD\nC: b NOOP", "a AUTHENTICATE PLAIN|################|b NOOP|"},
		{"a command before SASL ends", "C: a AUTHENTICATE PLAIN abcd\nC: b CAPABILITY\nS: a OK\nS: b OK", "a AUTHENTICATE PLAIN ####|b CAPABILITY|"},
		{"would-be commands", "C: LOGIN: fred secret\nS: LOGIN: BAD what\nC: LOGIN: fred secret\nS: LOGIN: BAD what\nC: a \"LOGIN\" fred secret\nC: b NOOP",
			"LOGIN: ###########|LOGIN: ###########|a \"LOGIN\" ###########|b NOOP|"},
		{"the only argument is a literal", "C: a LOGIN {6}\nS: + go\nC: secret\nS: a BAD", "a LOGIN {6}|######|"},
		{"the only argument is a literal at once", "C: a LOGIN {6+}\nC: secret", "a LOGIN {6+}|######|"},
		{"repeated", "C: a LOGIN fred secret\nS: a NO\nC: b SEARCH TEXT secret\nC: c SELECT \"my secret\"\nC: d LOGIN secret fred\nC: secret NOOP\nC: e secret",
			"a LOGIN fred ######|b SEARCH TEXT ######|c SELECT \"my ######\"|d LOGIN ###### ####|###### NOOP|########|"},
		{"repeated in a literal", "C: a LOGIN fred secret\nS: a NO\nC: b SELECT {9}\nS: + go\nC: my secret", "a LOGIN fred ######|b SELECT {9}|my ######|"},
		{"not the names of commands", "C: a LOGIN fred select\nS: a OK\nC: b SELECT INBOX\nC: c SEARCH TEXT select", "a LOGIN fred ######|b SELECT INBOX|c SEARCH TEXT ######|"},
		{"the user may have been the only argument", "C: a LOGIN fred\nS: a BAD\nC: b LOGIN fred secret\nC: c LOGIN secret fred", "a LOGIN ####|b LOGIN fred ######|c LOGIN ###### ####|"},
		{"a user like the password", "C: a LOGIN secretary secret\nS: a OK\nC: b NOOP", "a LOGIN secretary ######|b NOOP|"},
		{"DONE is no secret", "C: a IDLE\nS: +\nC: DONE\nS: a OK", "a IDLE|DONE|"},
		{"after a LOGIN that was taken", "C: a LOGIN fred {6}\nS: +\nC: secret\nS: a OK\nC: what\nC: b NOOP", "a LOGIN fred {6}|######|what|b NOOP|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := masked(t, "S: * OK hi\n"+c.script); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("a LOGIN fred {6}\r\nsecret\r\n", "+ go\r\n", uint8(19))
	f.Add("a AUTHENTICATE X\r\nab cd\r\n\r\n*\r\n", "a NO\r\n", uint8(30))
	f.Add("a LOGIN {3}\r\nb {4}\r\nabcd\r\n", "a BAD\r\n", uint8(14))
	f.Add(`a LOGIN "b\" c`+"\r\n", "", uint8(0))
	f.Fuzz(func(t *testing.T, client, server string, at uint8) {
		n := min(int(at), len(client))
		ps := []decodetest.Piece{
			{Dir: capture.ServerToClient, Data: []byte("* OK\r\n")},
			{Dir: capture.ClientToServer, Data: []byte(client[:n])},
			{Dir: capture.ServerToClient, Data: []byte(server)},
			{Dir: capture.ClientToServer, Data: []byte(strings.Clone(client[n:]))},
		}
		decodetest.Run(decode.Options{Keep: 256}, ps, 0, func(events []decode.Event) {
			for _, e := range events {
				if m, ok := e.(*decode.Message); ok {
					check(t, m)
				}
			}
		})
	})
}
