package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// loginForms are the ways in which a client says a password, %[1]s, or a SASL
// response, %[2]s, that its server does not understand, and what the server repeats.
var loginForms = []string{
	"C: a LOGIN fred %[1]s\nS: a NO no\n",
	"C: a LOGIN fred \"%[1]s\"\nS: a OK done\n",
	"C: a LoGiN fred %[1]s\nS: a BAD %[1]s unknown\n",
	"C: a LOGIN %[1]s\nS: a BAD missing\n",
	"C: a LOGIN: fred %[1]s\nS: a BAD unknown\n",
	"C: a \"LOGIN\" fred %[1]s\nS: a BAD what is %[1]s?\n",
	"C: a UID LOGIN fred %[1]s\nS: a BAD unknown\n",
	"C: a XLOGIN fred %[1]s\nS: a BAD unknown\n",
	"C: a LOGIN fred {%[3]d}\nS: + go on\nC: %[1]s\nS: a NO %[1]s is wrong\n",
	"C: a LOGIN {%[3]d}\nS: + go on\nC: %[1]s\nS: a BAD missing\n",
	"C: a LOGIN {%[3]d+}\nC: %[1]s\nS: a BAD missing\n",
	"C: a AUTHENTICATE PLAIN\nS: + \nC: %[2]s\nS: a NO no\n",
	"C: a AUTHENTICATE PLAIN %[2]s\nS: a BAD no such thing as %[2]s\n",
	"C: a AUTHENTICATE PLAIN\nC: %[2]s\nS: a BAD unknown\nS: %[2]s BAD what\n",
	"C: a AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: ZnJlZA==\nS: + UGFzc3dvcmQ6\nC: %[2]s\nS: a NO no\n",
}

// echoes are later lines in which a server, or the client in another command, repeats it.
var echoes = []string{
	"",
	"C: b NOOP\nS: * NO earlier you said %[1]s\nS: b OK %[1]s\n",
	"C: b NOOP\nS: * OK [ALERT] %[2]s\nS: b OK done\n",
	"C: b GETQUOTAROOT INBOX\nS: b BAD %[1]s\n",
	"C: b FROB\nS: * BAD %[1]s\nS: b BAD unknown %[2]s\n",
	"C: b SEARCH TEXT %[1]s\nS: b BAD not now\n",
	"C: b SEARCH TEXT \"x %[1]s y\" FROM {%[3]d}\nS: + go on\nC: %[1]s\nS: b OK done\n",
	"C: b SELECT %[1]s\nS: b NO none such\n",
	"C: b SELECT \"%[1]s\"\nS: * 3 EXISTS\nS: b OK done\nC: c FETCH 1 FLAGS\nS: c OK done\n",
	"C: b COPY 1 old-%[1]s-mail\nS: b NO [TRYCREATE] none such\n",
	"C: b LOGIN %[1]s fred\nS: b OK done\nC: c NOOP\nS: c OK done\n",
	"C: b LOGIN %[1]s %[1]s\nS: b NO no\n",
	"C: b CREATE {%[3]d}\nS: + go on\nC: %[1]s\nS: b NO no\n",
	"C: %[1]s NOOP\nS: %[1]s OK done\n",
	"C: b %[1]s\nS: b BAD unknown command\n",
	"C: %[1]s\nS: * BAD unknown command\n",
	"C: b FROB %[1]s\nS: b BAD unknown command\n",
	"C: b SEARCH TEXT %[2]s\nS: b BAD not now\n",
}

// TestNoVerbShowsSecrets: whatever a client said and a server repeated, no verb that
// prints or writes something shows a password or a SASL response, in any format.
func TestNoVerbShowsSecrets(t *testing.T) {
	const letters = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz"
	rapid.Check(t, func(rt *rapid.T) {
		word := "Zq" + rapid.StringOfN(rapid.RuneFrom([]rune(letters)), 6, 20, -1).Draw(rt, "password")
		response := base64.StdEncoding.EncodeToString([]byte("\x00fred\x00" + word))
		form := rapid.SampledFrom(loginForms).Draw(rt, "form")
		echo := rapid.SampledFrom(echoes).Draw(rt, "echo")
		if !strings.Contains(form, "%[2]s") { // what the client never said is not known
			echo = strings.ReplaceAll(echo, "%[2]s", "it")
		}
		if alone := strings.HasPrefix(form, "C: a LOGIN %[1]s") || strings.HasPrefix(form, "C: a LOGIN {"); alone && strings.Contains(echo, "C: b LOGIN") {
			echo = "" // the only argument may have been the user, and users are shown
		}
		form += echo
		said := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(form, "%[1]s", word), "%[2]s", response), "%[3]d", fmt.Sprint(len(word)))
		file := recordTranscript(t, "# greeted\n"+said+"C: z LOGOUT\nS: * BYE\nS: z OK done\n# closed by the server\n")
		noVerbShows(t, rt, file, said, word, response)
	})
}

// noVerbShows checks that no verb that prints or writes something shows a secret of a
// recording, which is that of a transcript, in any format.
func noVerbShows(t *testing.T, rt interface{ Fatalf(string, ...any) }, file, said string, secrets ...string) {
	t.Helper()
	collector := newCollector()
	defer collector.Close()
	for _, args := range [][]string{
		{"decode", "--format", "none", "--findings", "note", "--otlp", collector.URL, "--otlp-user", file},
		{"decode", "--findings", "note", file},
		{"decode", "-v", file},
		{"decode", "-q", "--stats", file},
		{"decode", "--format", "jsonl", "--findings", "note", file},
		{"decode", "--format", "tree", file},
		{"check", file},
		{"check", "--format", "jsonl", file},
		{"check", "--format", "junit", file},
		{"check", "--format", "sarif", file},
		{"why", file},
		{"why", "--format", "jsonl", file},
		{"coverage", file},
		{"coverage", "--format", "jsonl", file},
		{"export", "--as", "text", "-o", "-", file},
		{"export", "--as", "jsonl", "-o", "-", file},
		{"export", "--as", "transcript", "-o", "-", file},
		{"report", "-o", "-", file},
		{"diff", file, "../../samples/mtest1988--imap-1.pcap"},
		{"diff", "--format", "jsonl", "../../samples/mtest1988--imap-1.pcap", file},
		{"replay", "--dry-run", file},
		{"export", "--as", "text", "-o", "-", file},
		{"export", "--as", "jsonl", "-o", "-", file},
		{"export", "--as", "transcript", "-o", "-", file},
		{"export", "--as", "script", "--mask-secrets", "-o", "-", file},
		{"export", "--as", "pcapng", "--mask-secrets", "-o", "-", file},
	} {
		var out, errw bytes.Buffer
		if code := run(args, nil, &out, &errw); code > 1 {
			rt.Fatalf("%v: exit code %d: %s", args, code, &errw)
		}
		for _, text := range []string{out.String(), errw.String()} {
			for _, secret := range secrets {
				if i := strings.Index(text, secret); i >= 0 {
					rt.Fatalf("%v shows %q of\n%s\n%s", args[:len(args)-1], secret, said, text[max(0, i-200):min(len(text), i+200)])
				}
			}
		}
	}
	for _, secret := range secrets {
		if collector.received(secret) {
			rt.Fatalf("a span shows %q of\n%s", secret, said)
		}
	}
	if !collector.received("network.peer.address") {
		rt.Fatalf("no span was sent of\n%s", said)
	}
	redacted := filepath.Join(t.TempDir(), "redacted.pcapng")
	if code := run([]string{"redact", "--force", file, redacted}, nil, new(bytes.Buffer), new(bytes.Buffer)); code != 0 {
		rt.Fatalf("redact: exit code %d", code)
	}
	shown := outputOf(t, "decode", "-v", "--show-secrets", redacted)
	for _, secret := range secrets {
		if strings.Contains(shown, secret) {
			rt.Fatalf("redact keeps %q of\n%s\n%s", secret, said, shown)
		}
	}
}
