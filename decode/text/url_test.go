package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const token = "91354a473744909de610943775f92038"

// TestURLs parses the examples of RFC 5092, RFC 2192, RFC 4467, RFC 4469 and RFC 2221.
func TestURLs(t *testing.T) {
	for in, want := range map[string]struct {
		url  URL
		text string
	}{
		"imap://michael@example.org/INBOX": {URL{User: "michael", Host: "example.org", Mailbox: "INBOX"},
			`The mailbox "INBOX" on example.org, for the user michael.`},
		"imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024": {
			URL{Host: "minbari.example.org", Mailbox: "gray-council", UIDValidity: 385759045, UID: 20, Partial: &Partial{0, 1024}},
			`The message with unique identifier 20 in the mailbox "gray-council" (UIDVALIDITY 385759045) on minbari.example.org, 1024 bytes from byte 0 on.`},
		"imap://psicorp.example.org/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E/%E5%8F%B0%E5%8C%97": {
			URL{Host: "psicorp.example.org", Mailbox: "~peter/日本語/台北"}, `The mailbox "~peter/日本語/台北" on psicorp.example.org.`},
		"imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;uid=20/;section=1.2": {
			URL{Mechanism: "GSSAPI", Host: "minbari.example.org", Mailbox: "gray-council", UID: 20, Section: "1.2"},
			`The message with unique identifier 20 in the mailbox "gray-council" on minbari.example.org, authenticated by GSSAPI, section 1.2.`},
		"imap://;AUTH=*@minbari.example.org/gray%20council?SUBJECT%20shadows": {
			URL{Mechanism: "*", Host: "minbari.example.org", Mailbox: "gray council", Search: "SUBJECT shadows"},
			`Messages in the mailbox "gray council" on minbari.example.org, authenticated by any mechanism, found by SEARCH SUBJECT shadows.`},
		"imap://michael@minbari.org/users.*;type=list": {URL{User: "michael", Host: "minbari.org", Mailbox: "users.*", List: "list"},
			`The mailboxes that LIST finds for "users.*" on minbari.org, for the user michael.`},
		"imap://imap.example.com":     {URL{Host: "imap.example.com"}, "The server on imap.example.com."},
		"IMAP://[::1]:1430/":          {URL{Host: "[::1]", Port: 1430}, "The server on [::1], port 1430."},
		"imap://MIKE;AUTH=*@SERVER2/": {URL{User: "MIKE", Mechanism: "*", Host: "SERVER2"}, "The server on SERVER2, for the user MIKE, authenticated by any mechanism."},
		";UID=20":                     {URL{UID: 20}, "The message with unique identifier 20."},
		";SECTION=1.2/;PARTIAL=5":     {URL{Section: "1.2", Partial: &Partial{Offset: 5}}, "A part of the message of the base URL, section 1.2, from byte 5 on."},
		"":                            {URL{}, "The same as the base URL."},
		"//host/x":                    {URL{Host: "host", Mailbox: "x"}, `The mailbox "x" on host.`},
		"/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME": {URL{Mailbox: "Drafts", UIDValidity: 385759045, UID: 20, Section: "1.MIME"},
			`The message with unique identifier 20 in the mailbox "Drafts" (UIDVALIDITY 385759045), section 1.MIME.`},
		"imap://example.com/Shared/;uid=20/;section=1.2;expire=2004-12-31T23:59:59Z;urlauth=submit+fred": {
			URL{Host: "example.com", Mailbox: "Shared", UID: 20, Section: "1.2", Expires: "2004-12-31T23:59:59Z", Access: "submit+fred"},
			`The message with unique identifier 20 in the mailbox "Shared" on example.com, section 1.2; usable by a server that submits mail for fred until 2004-12-31T23:59:59Z.`},
		"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:" + token: {
			URL{User: "joe", Host: "example.com", Mailbox: "INBOX", UID: 20, Section: "1.2", Access: "submit+fred", Authority: "internal", Token: token, TokenStart: 79, TokenEnd: 111},
			`The message with unique identifier 20 in the mailbox "INBOX" on example.com, for the user joe, section 1.2; usable by a server that submits mail for fred, proved by a token of mechanism internal.`},
	} {
		got, err := ParseURL(in)
		if diff := cmp.Diff(want.url, *got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", in, err, diff)
			continue
		}
		if s := got.Describe(); s != want.text {
			t.Errorf("%s:\ngot  %s\nwant %s", in, s, want.text)
		}
	}
}

func TestWrongURLs(t *testing.T) {
	for in, want := range map[string]struct {
		off  int
		what string
	}{
		"http://host/":                                    {0, "scheme"},
		"imap:///x":                                       {7, "a host"},
		"imap://host:port/":                               {12, "a port"},
		"imap://fred:secret@host/":                        {12, "a password"},
		"imap://fred;X=1@host/":                           {12, "AUTH="},
		"imap://host/INBOX/;UID=0":                        {23, "a number from 1"},
		"imap://host/INBOX/;UID=x":                        {23, "a number from 1"},
		"imap://host/INBOX;UIDVALIDITY=/":                 {30, "a number from 1"},
		"imap://host/%4":                                  {12, "hexadecimal"},
		"imap://host/%FF":                                 {12, "not UTF-8"},
		"imap://host/a b":                                 {13, "%XX"},
		"imap://host/x/;PARTIAL=1.0":                      {23, "a length"},
		"imap://host/x;FOO=1":                             {18, "unknown part"},
		"imap://host/x;FOO":                               {14, "expected a name"},
		"imap://host/x;TYPE=X":                            {19, "LIST or LSUB"},
		"imap://h/x/;UID=1;URLAUTH=all":                   {26, "submit+"},
		"imap://h/x/;UID=1;URLAUTH=user+":                 {26, "a user"},
		"imap://h/x/;UID=1;URLAUTH=anonymous+x":           {26, "no user"},
		"imap://h/x/;UID=1;URLAUTH=anonymous:INTERNAL:12": {36, "32 hexadecimal"},
		"imap://h/x/;UID=1;URLAUTH=anonymous:INTERNAL":    {36, "a token"},
	} {
		_, err := ParseURL(in)
		if x, ok := err.(*Error); !ok || x.Off != want.off || !strings.Contains(x.What, want.what) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestSecretsOfWrongURLs checks that secrets are found wherever a URL is wrong.
func TestSecretsOfWrongURLs(t *testing.T) {
	const in = "imap://fred:pass@host/%zz;URLauth=anyone:X:secret"
	u, err := ParseURL(in)
	if err == nil || in[u.TokenStart:u.TokenEnd] != "secret" || in[u.PasswordStart:u.PasswordEnd] != "pass" {
		t.Errorf("%+v, %v", u, err)
	}
	if s := u.Describe(); strings.Contains(s, "secret") || strings.Contains(s, "pass") {
		t.Error(s)
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:" + token,
		"imap://fred:p@h:1/%41;UIDVALIDITY=1?x", "//;UID=;", "/;PARTIAL=1.2", "imap://[::1]:1430/", "@://;URLAUTH=::",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			if x := err.(*Error); x.Off < 0 || x.Off > len(s) {
				t.Fatalf("%q: %v", s, err)
			}
		}
		if u.Token != s[u.TokenStart:u.TokenEnd] || u.PasswordEnd < u.PasswordStart || u.PasswordEnd > len(s) {
			t.Fatalf("%q: %+v", s, u)
		}
		if d := u.Describe(); len(u.Token) > 8 && strings.Contains(d, u.Token) && strings.Count(s, u.Token) == 1 {
			t.Fatalf("%q: %s", s, d)
		}
		again, _ := ParseURL(s)
		if diff := cmp.Diff(u, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSecretsOfURLsInText(t *testing.T) {
	for in, want := range map[string][]string{
		`a URLFETCH "imap://joe@h/INBOX/;uid=20;urlauth=submit+fred:internal:` + token + `" "/x/;UID=1;URLAUTH=anonymous:X:secret"`: {token, "secret"},
		`* OK [REFERRAL imap://fred:pass@host/;URLAUTH=user+x:INTERNAL:0123] go`:                                                    {"pass", "0123"},
		`a GENURLAUTH "imap://joe@h/INBOX/;uid=20;urlauth=submit+fred" INTERNAL`:                                                    nil,
		`a ; b :: imap: imap:// ;urlauth= ;urlauth=: ;urlauth=::`:                                                                   nil,
		`imap://[::1]:143/x`: nil,
		"IMAP://a:b@c":       {"b"},
	} {
		var got []string
		for start, end := range URLSecrets([]byte(in)) {
			got = append(got, in[start:end])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", in, diff)
		}
	}
}
