package print

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/decodetest"
	"imapscope/ui/view"
)

// ways are all output formats.
var ways = map[string]func(*bytes.Buffer) Printer{
	"text":    func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{}) },
	"narrow":  func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Width: 60}) },
	"verbose": func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Verbose: true}) },
	"quiet":   func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Quiet: true}) },
	"trees":   func(b *bytes.Buffer) Printer { return NewTrees(b, view.Options{}, false) },
	"held":    func(b *bytes.Buffer) Printer { return NewTrees(b, view.Options{}, true) },
	"jsonl":   func(b *bytes.Buffer) Printer { return NewJSON(b, view.Options{}) },
}

// TestNoFormOfASecret checks that no format shows a password, whatever form it is sent in
// and however the server repeats it.
func TestNoFormOfASecret(t *testing.T) {
	answers := []string{
		"S: a OK in\n", "S: a NO hunter2 is wrong\n", "S: a BAD LOGIN fred hunter2\n", "S: * BAD unknown HUNTER2\n",
		"S: * NO [ALERT] \"hunter2\"\nS: * NO again hunter2\nS: a NO no\n", "",
		"S: a NO no\nC: b NOOP\nS: * NO earlier you said hunter2\nS: b OK hunter2\n", "S: a BAD no\nS: hunter2 BAD what\nS: hunter2\n",
	}
	for name, sent := range map[string]string{
		"atom":              "C: a LOGIN fred hunter2\n",
		"lower case":        "C: a login fred hunter2\n",
		"quoted":            "C: a LOGIN \"fred\" \"hunter2\"\n",
		"quoted, more":      "C: a LOGIN fred \"my hunter2 here\"\n",
		"quoted, escaped":   "C: a LOGIN fred \"\\\"hunter2\\\\\"\n",
		"unterminated":      "C: a LOGIN \"fred hunter2\n",
		"extra":             "C: a LOGIN fred x hunter2 y\n",
		"tag missing":       "C: LOGIN fred hunter2\n",
		"leading space":     "C:  a LOGIN fred hunter2\n",
		"user missing":      "C: a LOGIN hunter2\n",
		"colon":             "C: LOGIN: fred hunter2\n",
		"quoted command":    "C: a \"LOGIN\" fred hunter2\n",
		"UID":               "C: a UID LOGIN fred hunter2\n",
		"X":                 "C: a XLOGIN fred hunter2\n",
		"head cut":          "C: a LOGIN fred {7\nC: hunter2\n",
		"literal":           "C: a LOGIN fred {7}\nS: + go\nC: hunter2\n",
		"literal at once":   "C: a LOGIN fred {7}\nC: hunter2\n",
		"nonsync":           "C: a LOGIN {4+}\nC: fred {7+}\nC: hunter2\n",
		"user as literal":   "C: a LOGIN {4}\nS: + go\nC: fred hunter2\n",
		"refused":           "C: a LOGIN fred {7}\nS: a BAD no\nC: hunter2\n",
		"refused, in words": "C: a LOGIN fred {14}\nS: a BAD no\nC: secret hunter2\nS: secret BAD no HUNTER2\n",
		"refused too late":  "C: a LOGIN {4}\nC: fred hunter2\nS: a BAD no\nS: fred BAD Command HUNTER2 unknown\n",
		"both refused":      "C: a LOGIN {4}\nS: a BAD no\nC: fred {7}\nS: fred BAD what\nC: hunter2\n",
		"SASL":              "C: a AUTHENTICATE X\nS: +\nC: hunter2\n",
		"SASL, space":       "C: a AUTHENTICATE X\nS: +\nC: hunter2 \n",
		"SASL, initial":     "C: a AUTHENTICATE X hunter2\n",
		"SASL refused":      "C: a AUTHENTICATE X\nS: a NO no\nC: hunter2\n",
	} {
		for _, answer := range answers {
			if strings.Contains(name, "refused") && answer != "" {
				continue // it has been answered
			}
			if name == "tag missing" {
				answer = strings.ReplaceAll(answer, "S: a ", "S: LOGIN ")
			}
			for way, p := range ways {
				var b bytes.Buffer
				play(t, p(&b), "S: * OK hi\n"+sent+answer+"C: z NOOP\nS: z OK\n")
				if strings.Contains(strings.ToLower(b.String()), "hunter2") {
					t.Errorf("%s, answered %q, as %s:\n%s", name, answer, way, b.String())
				}
			}
		}
	}
}

// FuzzNoSecret checks that the second argument of LOGIN is never shown, whatever else is
// sent.
func FuzzNoSecret(f *testing.F) {
	f.Add("fred", uint8(0), "a OK %s\r\n", "b NOOP\r\n")
	f.Add(`fr\"ed`, uint8(1), "* NO %s\r\n", "")
	f.Add("{4}", uint8(2), "a BAD %s\r\n%s BAD %s\r\n", "x\r\n")
	f.Add("a b", uint8(3), "+ %s\r\na NO \"%s\"\r\n", "DONE\r\n")
	const secret = "Zq7hunter2Zq7"
	f.Fuzz(func(t *testing.T, user string, form uint8, answer, before string) {
		if strings.ContainsAny(user, "\r\n\"{}\\") || strings.TrimSpace(user) == "" || strings.Contains(before, "{") || len(answer)+len(before) > 1000 {
			return
		}
		if strings.Contains(before, "Q9z") {
			return // the LOGIN's tag: responses to another command are not checked
		}
		answer = strings.NewReplacer("%s", secret, "\r", "", "\n", "").Replace(answer)
		word := fmt.Sprintf(`"%s"`, user)
		login := []string{
			"Q9z LOGIN " + word + " " + secret + "\r\n",
			"Q9z login " + word + " \"" + secret + "\"\r\n",
			fmt.Sprintf("Q9z LOGIN %s {%d+}\r\n%s\r\n", word, len(secret), secret),
			fmt.Sprintf("Q9z LOGIN {%d+}\r\n%s {%d+}\r\n%s x\r\n", len(user), user, len(secret), secret),
			" Q9z  LOGIN  " + word + "  " + secret + "  more\r\n",
		}[form%5]
		if before != "" {
			before = strings.ReplaceAll(before, "\n", "") + "\r\n"
		}
		ps := []decodetest.Piece{
			{Dir: capture.ServerToClient, Data: []byte("* OK hi\r\n")},
			{Dir: capture.ClientToServer, Data: []byte(before)},
			{Dir: capture.ClientToServer, Data: []byte(login)},
			{Dir: capture.ServerToClient, Data: []byte("Q9z NO " + answer + "\r\n")},
		}
		for way, p := range ways {
			var b bytes.Buffer
			playPieces(t, p(&b), ps)
			if strings.Contains(b.String(), secret) {
				t.Errorf("%s, before %q: %s\n%s", login, before, way, b.String())
			}
		}
	})
}

// FuzzPrint checks that for any conversation JSON lines are JSON, and text is inert and
// fits in its columns.
func FuzzPrint(f *testing.F) {
	f.Add([]byte("a LOGIN fred \x1b[31m\xff\r\nb \"\\\x00\r\n"), []byte("* OK \x1b]0;x\x07\xe2\x80\xae\r\n* 1 FETCH (ENVELOPE (\"\xc2\x9b\" \"=?utf-8?q?=1b?=\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\na OK \xed\xa0\x80\r\n"))
	f.Add([]byte("a FETCH 1 ALL\r\n"), []byte("* X \xf0\x9f\x98\x80\xe4\xb8\xad\xe6\x96\x87\r\n* \xe4\xb8\xad 2\r\n* 1 FETCH (FLAGS (\xe4\xb8\xad))\r\na \xe4\xb8\xad\r\n"))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		ps := []decodetest.Piece{
			{Dir: capture.ServerToClient, Data: []byte("* OK hi\r\n")},
			{Dir: capture.ClientToServer, Data: client},
			{Dir: capture.ServerToClient, Data: server},
		}
		for way, p := range ways {
			var b bytes.Buffer
			playPieces(t, p(&b), ps)
			for line := range bytes.Lines(b.Bytes()) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				if way == "jsonl" && !json.Valid(line) {
					t.Errorf("not JSON: %s", line)
				}
				for _, r := range string(line) {
					if !view.IsPlain(r) {
						t.Errorf("%s lets %U through: %q", way, r, line)
					}
				}
				if w := columns(string(line)); way == "narrow" && w > 60 {
					t.Errorf("%d columns: %s", w, line)
				}
			}
		}
	})
}
