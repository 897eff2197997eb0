package main

import (
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// saslSession is a SASL exchange as the lines of both sides in clear text, ^A and ^@ for the
// bytes 1 and 0. "IR: " is the initial response. What is not a name in it is secret.
type saslSession struct {
	mechanism string
	lines     []string
	user      string   // once it is accepted
	shows     []string // what decode shows of it
	secrets   []string
}

var saslSessions = []saslSession{
	{"PLAIN", []string{"IR: ^@fred^@Zqpassword"}, "fred", []string{"user fred"}, []string{"Zqpassword"}},
	{"PLAIN", []string{"S: ", "C: jane^@fred^@Zqpassword"}, "jane", []string{"user fred", "acts as jane"}, []string{"Zqpassword"}},
	{"LOGIN", []string{"S: Username:", "C: fred", "S: Password:", "C: Zqpassword"}, "fred", []string{"step 2 of 4: the user; user fred"}, []string{"Zqpassword"}},
	{"LOGIN", []string{"IR: fred", "S: Username:", "C: Zqpassword"}, "fred", nil, []string{"Zqpassword"}},
	{"CRAM-MD5", []string{"S: <1896.697170952@mail.example>", "C: fred b913a602c7eda7a495b4e6e7334d3890"}, "fred", []string{"server mail.example"}, []string{"b913a602c7eda7a495b4e6e7334d3890"}},
	{"DIGEST-MD5", []string{
		`S: realm="example.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8`,
		`C: charset=utf-8,username="fred",realm="example.com",nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/mail.example",response=d388dad90d4bbd760a152321f2143af7,qop=auth`,
		`S: rspauth=ea40f60335c427b5527b84dbabcdfffd`, "C: ",
	}, "fred", []string{"realm example.com", "step 3 of 3: the server's proof"}, []string{"d388dad90d4bbd760a152321f2143af7"}},
	{"SCRAM-SHA-256", []string{
		"S: ", "C: n,,n=fred,r=rOprNGfwEbeRWgbNEkqO",
		"S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "C: ",
	}, "fred", []string{"step 2 of 4: the server's challenge; iterations 4096"}, []string{"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="}},
	{"SCRAM-SHA-1-PLUS", []string{
		"IR: p=tls-exporter,a=jane,n=fred,r=abcdefgh", "S: r=abcdefghijkl,s=QSXCR+Q6sek8bf92,i=4096",
		"C: c=cD10bHMtZXhwb3J0ZXIsYT1qYW5lLEFCQw==,r=abcdefghijkl,p=v0X8v3Bz2T0CJGbJQyF0X", "S: v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	}, "jane", []string{"acts as jane; channel binding tls-exporter"}, []string{"v0X8v3Bz2T0CJGbJQyF0X"}},
	{"EXTERNAL", []string{"IR: fred"}, "fred", nil, nil},
	{"ANONYMOUS", []string{"IR: a trace"}, "anonymous", []string{"trace a trace"}, nil},
	{"XOAUTH2", []string{
		"IR: user=fred@example.com^Aauth=Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjEyMzQ1Njc4OX0.Zqsignature^A^A",
	}, "fred@example.com", []string{"token expires 1973-11-29 21:33:09 UTC; note the token had expired when it was sent"}, []string{"eyJhbGciOiJub25lIn0.eyJleHAiOjEyMzQ1Njc4OX0.Zqsignature"}},
	{"OAUTHBEARER", []string{
		"S: ", "C: n,a=fred@example.com,^Ahost=mail.example^Aport=143^Aauth=Bearer Zqtoken^A^A",
	}, "fred@example.com", []string{"server mail.example:143"}, []string{"Zqtoken"}},
}

// encode returns what is sent for a text.
func (s *saslSession) encode(text string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.NewReplacer("^A", "\x01", "^@", "\x00").Replace(text)))
}

// transcript returns the session as a transcript, whose tagged response has a status; and what
// its client sent, in base64.
func (s *saslSession) transcript(status string) (said string, responses []string) {
	var b strings.Builder
	b.WriteString("# greeted\nC: a AUTHENTICATE " + s.mechanism)
	for _, line := range s.lines {
		who, text, _ := strings.Cut(line, ": ")
		sent := s.encode(text)
		switch who {
		case "IR":
			b.WriteString(" " + sent)
		case "C":
			b.WriteString("\nC: " + sent)
		case "S":
			b.WriteString("\nS: + " + sent)
		}
		if who != "S" && sent != "" {
			responses = append(responses, sent)
		}
	}
	fmt.Fprintf(&b, "\nS: a %s done\nC: b NOOP\nS: b OK done\n", status)
	return b.String(), responses
}

// TestSASLGivesTheUser checks that a filter finds the user of each mechanism once it is
// accepted, and no user if it is refused; and that decode shows the exchange.
func TestSASLGivesTheUser(t *testing.T) {
	for _, s := range saslSessions {
		accepted, _ := s.transcript("OK")
		refused, _ := s.transcript("NO [AUTHENTICATIONFAILED]")
		yes, no := recordTranscript(t, accepted), recordTranscript(t, refused)
		mechanism := fmt.Sprintf("mechanism == %q", s.mechanism)
		for _, test := range []struct {
			file, filter string
			want         int
		}{
			{yes, fmt.Sprintf("user == %q and command == \"NOOP\"", s.user), 1},
			{yes, fmt.Sprintf("user == %q and %s and error == \"\"", s.user, mechanism), 1},
			{no, `user != ""`, 0},
			{no, mechanism + ` and error == "[AUTHENTICATIONFAILED] done"`, 1},
			{no, mechanism + ` and user == ""`, 1},
		} {
			out := outputOf(t, "decode", "-q", "--format", "jsonl", "--filter", test.filter, test.file)
			if n := strings.Count(out, `"type":"transaction"`); n != test.want {
				t.Errorf("%s %v: --filter '%s' finds %d, want %d\n%s", s.mechanism, s.lines, test.filter, n, test.want, out)
			}
		}
		showLogins(t, &s, yes, "accepted")
		showLogins(t, &s, no, "refused")
		shown := outputOf(t, "decode", yes)
		for _, want := range s.shows {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: decode does not show %q:\n%s", s.mechanism, want, shown)
			}
		}
	}
}

// showLogins checks that the table of --stats and the page of report have the user, the
// mechanism and the outcome of a session's login, and nothing that is secret.
func showLogins(t *testing.T, s *saslSession, file, outcome string) {
	t.Helper()
	stats := outputOf(t, "decode", "--format", "none", "--stats", file)
	page := outputOf(t, "report", "-o", "-", file)
	line := " with " + s.mechanism
	for _, out := range []string{stats, html.UnescapeString(page)} {
		_, login, found := strings.Cut(out, line)
		if login, _, _ = strings.Cut(login, "\n"); !found || !strings.Contains(login, outcome) {
			t.Errorf("%s: no %s and %q: %.300s", s.mechanism, line, outcome, out)
		}
		for _, secret := range s.secrets {
			if strings.Contains(out, secret) {
				t.Errorf("%s: %q is shown", s.mechanism, secret)
			}
		}
	}
	if s.mechanism != "ANONYMOUS" && !strings.Contains(stats, "fred") {
		t.Errorf("%s: no user in %s", s.mechanism, stats)
	}
}

// TestSASLErrorsAreDecoded checks that the JSON error of a server is shown in words, is what
// the filter field has, and hides a token that the server repeats in it.
func TestSASLErrorsAreDecoded(t *testing.T) {
	s := saslSession{mechanism: "XOAUTH2", lines: []string{
		"IR: user=fred^Aauth=Bearer Zqtokenword^A^A",
		`S: {"status":"401","schemes":"bearer","scope":"no Zqtokenword here"}`, "C: ",
	}}
	said, _ := s.transcript("NO")
	file := recordTranscript(t, said)
	shown := outputOf(t, "decode", "--filter", `error == "401" and mechanism == "xoauth2"`, file)
	for _, want := range []string{"the server reports an error; error 401; scope no ******** here; schemes bearer", "the client acknowledges the error"} {
		if !strings.Contains(shown, want) {
			t.Errorf("decode does not show %q:\n%s", want, shown)
		}
	}
	lines := outputOf(t, "decode", "--format", "jsonl", file)
	want := `"sasl":{"mechanism":"XOAUTH2","outcome":"refused","step":1,"steps":1,"authentication":"fred","error":"401","scope":"no ******** here","schemes":"bearer"}`
	if !strings.Contains(lines, want) {
		t.Errorf("no %s in\n%s", want, lines)
	}
}

// TestNoVerbShowsSASLSecrets checks that what a mechanism keeps secret is shown by no verb,
// in base64 or decoded, and in no text that repeats it.
func TestNoVerbShowsSASLSecrets(t *testing.T) {
	for _, s := range saslSessions {
		for _, status := range []string{"OK", "NO"} {
			said, responses := s.transcript(status)
			secrets := append(responses, s.secrets...)
			for _, secret := range secrets {
				said += fmt.Sprintf("C: c SELECT %s\nS: * NO earlier you said %s\nS: c NO %s\n", secret, secret, secret)
			}
			file := recordTranscript(t, said+"C: z LOGOUT\nS: * BYE\nS: z OK done\n# closed by the server\n")
			noVerbShows(t, t, file, said, secrets...)
		}
	}
}

// TestRedactReplacesSASLIdentities checks that redact leaves no name that a SASL exchange has,
// and that what it writes can be read as an exchange of the same form.
func TestRedactReplacesSASLIdentities(t *testing.T) {
	failed := saslSession{mechanism: "XOAUTH2", lines: []string{"IR: user=fred^Aauth=Bearer x^A^A", `S: {"status":"401","scope":"jane"}`, "C: "}}
	for _, s := range append(saslSessions[:len(saslSessions):len(saslSessions)], failed) {
		said, _ := s.transcript("OK")
		out := recordTranscript(t, said) + ".redacted.pcapng"
		outputOf(t, "redact", strings.TrimSuffix(out, ".redacted.pcapng"), out)
		lines := outputOf(t, "decode", "--format", "jsonl", "--show-secrets", out)
		for _, name := range []string{"fred", "jane", "example.com", "mail.example", "a trace"} {
			if strings.Contains(lines, name) {
				t.Errorf("%s: redact keeps %q:\n%s", s.mechanism, name, lines)
			}
		}
		if strings.Contains(lines, `"fault"`) {
			t.Errorf("%s: what redact wrote has a fault:\n%s", s.mechanism, lines)
		}
	}
}

// TestSASLOfCaptures reads the exchanges of real clients with real servers.
func TestSASLOfCaptures(t *testing.T) {
	for _, test := range []struct{ file, mechanism, user string }{ // user "": someone
		{"lab/curl--dovecot.pcap", "PLAIN", "fred"},
		{"lab/alpine--cyrus.pcap", "PLAIN", "fred"},
		{"faults/replay-auth-LOGINIR.pcapng", "LOGIN", "fred"},
		{"faults/replay-authz.pcapng", "PLAIN", "fred"},
		{"public/imap/bruteshark-auth-cram-md5.cap", "CRAM-MD5", ""},
		{"public/imap/bruteshark-auth-digest-md5.pcap", "DIGEST-MD5", ""},
		{"public/imap/arkime-ntlm-synthetic.pcap", "NTLM", ""},
	} {
		file := filepath.Join(shared.Dir(), "captures", test.file)
		if _, err := os.Stat(file); err != nil {
			t.Logf("NOT TESTED: %s is absent; set IMAPSCOPE_SHARED to the folder that holds captures/", test.file)
			continue
		}
		filter := fmt.Sprintf(`mechanism == %q and status == "OK" and user != ""`, test.mechanism)
		if test.user != "" {
			filter = fmt.Sprintf(`mechanism == %q and status == "OK" and user == %q`, test.mechanism, test.user)
		}
		out := outputOf(t, "decode", "--format", "jsonl", "--filter", filter, file)
		if strings.Count(out, `"outcome":"accepted"`) == 0 || strings.Contains(out, `"fault"`) {
			t.Errorf("%s: %d exchanges by %s are accepted; or one has a fault", test.file, strings.Count(out, `"outcome":"accepted"`), test.mechanism)
		}
	}
	oauth := filepath.Join(shared.Dir(), "captures", "faults", "kind-01-oauth.pcap")
	if _, err := os.Stat(oauth); err != nil {
		t.Skip("NOT TESTED: kind-01-oauth.pcap is absent")
	}
	out := outputOf(t, "decode", "--filter", `error == "400"`, oauth)
	for _, want := range []string{"user fred@example.com; fault the separators are written as ^A", "error 400; scope https://mail.google.com/; schemes Bearer"} {
		if !strings.Contains(out, want) {
			t.Errorf("decode does not show %q:\n%s", want, out)
		}
	}
}
