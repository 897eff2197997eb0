package sasl

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// play plays a transcript: "S: " and "C: " lines in clear text, which are encoded here, or in
// base64 as they are after "S64: " and "C64: "; "IR: " is an initial response. It returns what
// the report says after each line.
func play(mechanism, transcript string) (*Exchange, []string) {
	x := New(mechanism)
	var out []string
	for _, line := range strings.Split(strings.Trim(transcript, "\n"), "\n") {
		who, text, _ := strings.Cut(strings.TrimSpace(line), ":")
		text = strings.TrimPrefix(text, " ")
		if !strings.HasSuffix(who, "64") {
			text = base64.StdEncoding.EncodeToString([]byte(strings.NewReplacer("^A", "\x01", "^@", "\x00").Replace(text)))
		}
		switch who {
		case "S", "S64":
			x.Challenge([]byte(text))
		case "C", "C64":
			x.Response([]byte(text))
		case "IR", "IR64":
			x.Initial([]byte(text))
		case "OK64", "NO64":
			x.End(who == "OK64")
		}
		r := x.Report()
		out = append(out, r.Line())
	}
	return x, out
}

// exchanges are the examples of the RFCs, and others of mechanisms without an example. What is
// secret in them is in secrets.
var exchanges = []struct {
	name, mechanism, transcript string
	secrets                     []string
	user                        string
	want                        string
}{
	{
		"RFC 4616, section 4: tim", "PLAIN", `
S:
C: ^@tim^@tanstaaftanstaaf
OK64:`, []string{"tanstaaf"}, "tim", `
SASL PLAIN: the server is ready
SASL PLAIN: the identities and the password; user tim
SASL PLAIN: accepted`,
	}, {
		"RFC 4616, section 4: Kurt as Ursel", "PLAIN", `
IR: Ursel^@Kurt^@xipj3plmq
NO64:`, []string{"xipj3plmq"}, "Ursel", `
SASL PLAIN: the identities and the password; user Kurt; acts as Ursel
SASL PLAIN: refused`,
	}, {
		"LOGIN, of no RFC", "LOGIN", `
S: Username:
C: fred
S: Password:
C: Zqsecret
OK64:`, []string{"Zqsecret"}, "fred", `
SASL LOGIN, step 1 of 4: the server asks for the user
SASL LOGIN, step 2 of 4: the user; user fred
SASL LOGIN, step 3 of 4: the server asks for the password
SASL LOGIN, step 4 of 4: the password
SASL LOGIN: accepted`,
	}, {
		"LOGIN with an initial response, and a server that asks for the user nevertheless", "login", `
IR: fred
S: User Name
C: Zqsecret
S: Password
C: Zqsecret2`, []string{"Zqsecret"}, "fred", `
SASL LOGIN, step 2 of 4: the user; user fred
SASL LOGIN, step 1 of 4: the server asks for the user
SASL LOGIN, step 4 of 4: the password
SASL LOGIN, step 3 of 4: the server asks for the password
SASL LOGIN, step 4 of 4: the password`,
	}, {
		"LOGIN with the password first", "LOGIN", `
S: Password:
C: Zqsecret`, []string{"Zqsecret"}, "", `
SASL LOGIN, step 3 of 4: the server asks for the password
SASL LOGIN, step 4 of 4: the password`,
	}, {
		"RFC 2195, section 2", "CRAM-MD5", `
S64: PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+
C64: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw
OK64:`, []string{"b913a602"}, "tim", `
SASL CRAM-MD5, step 1 of 2: the server's challenge; server postoffice.reston.mci.net
SASL CRAM-MD5, step 2 of 2: the user and the digest; user tim
SASL CRAM-MD5: accepted`,
	}, {
		"RFC 2831, section 4", "DIGEST-MD5", `
S64: cmVhbG09ImVsd29vZC5pbm5vc29mdC5jb20iLG5vbmNlPSJPQTZNRzl0RVFHbTJoaCIscW9wPSJhdXRoIixhbGdvcml0aG09bWQ1LXNlc3MsY2hhcnNldD11dGYtOA==
C64: Y2hhcnNldD11dGYtOCx1c2VybmFtZT0iY2hyaXMiLHJlYWxtPSJlbHdvb2QuaW5ub3NvZnQuY29tIixub25jZT0iT0E2TUc5dEVRR20yaGgiLG5jPTAwMDAwMDAxLGNub25jZT0iT0E2TUhYaDZWcVRyUmsiLGRpZ2VzdC11cmk9ImltYXAvZWx3b29kLmlubm9zb2Z0LmNvbSIscmVzcG9uc2U9ZDM4OGRhZDkwZDRiYmQ3NjBhMTUyMzIxZjIxNDNhZjcscW9wPWF1dGg=
S64: cnNwYXV0aD1lYTQwZjYwMzM1YzQyN2I1NTI3Yjg0ZGJhYmNkZmZmZA==
C64:
OK64:`, []string{"d388dad9", "ea40f60", "OA6MHXh6VqTrRk"}, "chris", `
SASL DIGEST-MD5, step 1 of 3: the server's challenge; realm elwood.innosoft.com; security layer offered: none
SASL DIGEST-MD5, step 2 of 3: the identities and the digest; user chris; server elwood.innosoft.com; security layer none
SASL DIGEST-MD5, step 3 of 3: the server's proof
SASL DIGEST-MD5, step 3 of 3: the client acknowledges it
SASL DIGEST-MD5: accepted`,
	}, {
		"RFC 5802, section 5", "SCRAM-SHA-1", `
S64:
C: n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL
S: r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096
C: c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=
S: v=rmF9pqV8S7suAoZWja4dJRkFsKQ=
C64:
OK64:`, []string{"v0X8v3Bz", "rmF9pqV8", "QSXCR"}, "user", `
SASL SCRAM-SHA-1: the server is ready
SASL SCRAM-SHA-1, step 1 of 4: the client's first message; user user; channel binding none: the client does not support it
SASL SCRAM-SHA-1, step 2 of 4: the server's challenge; iterations 4096
SASL SCRAM-SHA-1, step 3 of 4: the client's proof
SASL SCRAM-SHA-1, step 4 of 4: the server's proof
SASL SCRAM-SHA-1, step 4 of 4: the client acknowledges it
SASL SCRAM-SHA-1: accepted`,
	}, {
		"RFC 7677, section 3", "SCRAM-SHA-256", `
IR: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
OK64:`, []string{"dHzbZapWI", "6rriTRBi2", "W22ZaJ0"}, "user", `
SASL SCRAM-SHA-256, step 1 of 4: the client's first message; user user; channel binding none: the client does not support it
SASL SCRAM-SHA-256, step 2 of 4: the server's challenge; iterations 4096
SASL SCRAM-SHA-256, step 3 of 4: the client's proof
SASL SCRAM-SHA-256, step 4 of 4: the server's proof
SASL SCRAM-SHA-256: accepted`,
	}, {
		"SCRAM with channel binding, another identity and an error", "SCRAM-SHA-512-PLUS", `
IR: p=tls-unique,a=x=2Cy=3Dz,n=fred,r=abc
S: r=abcdef,s=QSXCR+Q6sek8bf92,i=128
C: c=cD10bHMtdW5pcXVlLGE9eD0yQ3k9M0R6LEFCQw==,r=abcdef,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=
S: e=channel-bindings-dont-match
NO64:`, []string{"v0X8v3Bz"}, "x,y=z", `
SASL SCRAM-SHA-512-PLUS, step 1 of 4: the client's first message; user fred; acts as x,y=z; channel binding tls-unique
SASL SCRAM-SHA-512-PLUS, step 2 of 4: the server's challenge; iterations 128; note fewer than 4096 iterations
SASL SCRAM-SHA-512-PLUS, step 3 of 4: the client's proof
SASL SCRAM-SHA-512-PLUS, step 4 of 4: the server reports an error; error channel-bindings-dont-match
SASL SCRAM-SHA-512-PLUS: refused`,
	}, {
		"SCRAM with a server's nonce that does not begin with the client's", "SCRAM-SHA-256", `
IR: y,,n=fred,r=abcdef
S: r=abcXef123,s=QSXCR+Q6sek8bf92,i=4096`, []string{"QSXCR"}, "fred", `
SASL SCRAM-SHA-256, step 1 of 4: the client's first message; user fred; channel binding none: the client supports it, and believes that the server does not
SASL SCRAM-SHA-256, step 2 of 4: the server's challenge; iterations 4096; fault the server's nonce does not begin with the client's`,
	}, {
		"EXTERNAL with the identity of the certificate", "EXTERNAL", `
IR64: =
OK64:`, nil, "", `
SASL EXTERNAL: the identity of the connection, by its certificate for example
SASL EXTERNAL: accepted`,
	}, {
		"EXTERNAL with another identity", "EXTERNAL", `
S64:
C: fred@example.com
OK64:`, nil, "fred@example.com", `
SASL EXTERNAL: the server is ready
SASL EXTERNAL: the identity of the connection, by its certificate for example; acts as fred@example.com
SASL EXTERNAL: accepted`,
	}, {
		"RFC 4505, section 3", "ANONYMOUS", `
S64:
C64: c2lyaGM=
OK64:`, nil, "anonymous", `
SASL ANONYMOUS: the server is ready
SASL ANONYMOUS: the client's trace information; trace sirhc
SASL ANONYMOUS: accepted`,
	}, {
		"RFC 7628, section 4.1", "OAUTHBEARER", `
IR64: bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB
OK64:`, []string{"vF9dft4"}, "user@example.com", `
SASL OAUTHBEARER: the identity and a token; user user@example.com; server server.example.com:143
SASL OAUTHBEARER: accepted`,
	}, {
		"RFC 7628, section 4.2", "OAUTH10A", `
IR64: bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9ZXhhbXBsZS5jb20BcG9ydD0xNDMBYXV0aD1PQXV0aCByZWFsbT0iRXhhbXBsZSIsb2F1dGhfY29uc3VtZXJfa2V5PSI5ZGpkajgyaDQ4ZGpzOWQyIixvYXV0aF90b2tlbj0ia2trOWQ3ZGgzazM5c2p2NyIsb2F1dGhfc2lnbmF0dXJlX21ldGhvZD0iSE1BQy1TSEExIixvYXV0aF90aW1lc3RhbXA9IjEzNzEzMTIwMSIsb2F1dGhfbm9uY2U9IjdkOGYzZTRhIixvYXV0aF9zaWduYXR1cmU9IlRtOTBJR0VnY21WaGJDQnphV2R1WVhSMWNtVSUzRCIBAQ==
OK64:`, []string{"kkk9d7", "9djdj", "Tm90I"}, "user@example.com", `
SASL OAUTH10A: the identity and a token; user user@example.com; server example.com:143
SASL OAUTH10A: accepted`,
	}, {
		"an IPv6 address and a port", "OAUTHBEARER", `
IR64: bixhPWZyZWQsAWhvc3Q9MjAwMTpkYjg6OjEBcG9ydD0xNDMBYXV0aD1CZWFyZXIgWnF0b2tlbgEB
OK64:`, []string{"Zqtoken"}, "fred", `
SASL OAUTHBEARER: the identity and a token; user fred; server [2001:db8::1]:143
SASL OAUTHBEARER: accepted`,
	}, {
		"an IPv6 address that has its brackets already", "OAUTHBEARER", `
IR64: bixhPWZyZWQsAWhvc3Q9WzIwMDE6ZGI4OjoxXQFwb3J0PTE0MwFhdXRoPUJlYXJlciBacXRva2VuAQE=
OK64:`, []string{"Zqtoken"}, "fred", `
SASL OAUTHBEARER: the identity and a token; user fred; server [2001:db8::1]:143
SASL OAUTHBEARER: accepted`,
	}, {
		"RFC 7628, section 4.3", "OAUTHBEARER", `
IR64: bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9AQE=
S64: eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0=
C64: AQ==
NO64:`, nil, "user@example.com", `
SASL OAUTHBEARER: the identity without a token, to learn which scope is required; user user@example.com; server server.example.com:143
SASL OAUTHBEARER: the server reports an error; error invalid_token; scope example_scope; OpenID configuration https://example.com/.well-known/openid-configuration
SASL OAUTHBEARER: the client acknowledges the error
SASL OAUTHBEARER: refused`,
	}, {
		"XOAUTH2 with a token that is a JWT", "XOAUTH2", `
IR: user=fred@example.com^Aauth=Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJleHAiOjE3MDAwMDAwMDAsInN1YiI6InNlY3JldCJ9.c2lnbmF0dXJl^A^A
S: {"status":"401","schemes":"bearer mac","scope":"https://mail.example/"}
C64:
NO64:`, []string{"eyJ", "c2lnbmF0", "secret", "signature"}, "fred@example.com", `
SASL XOAUTH2: the user and a token; user fred@example.com; token expires 2023-11-14 22:13:20 UTC; token issuer https://id.example
SASL XOAUTH2: the server reports an error; error 401; scope https://mail.example/; schemes bearer mac
SASL XOAUTH2: the client acknowledges the error
SASL XOAUTH2: refused`,
	}, {
		"XOAUTH2 with separators written as ^A", "XOAUTH2", `
IR64: dXNlcj1mcmVkQGV4YW1wbGUuY29tXkFhdXRoPUJlYXJlciBacXRva2VuXkFeQQ==`, []string{"Zqtoken"}, "fred@example.com", `
SASL XOAUTH2: the user and a token; user fred@example.com; fault the separators are written as ^A; each must be the byte %x01`,
	}, {
		"the client cancels", "CRAM-MD5", `
S: <1@example.com>
C64: *
NO64:`, nil, "", `
SASL CRAM-MD5, step 1 of 2: the server's challenge; server example.com
SASL CRAM-MD5, step 1 of 2: the client cancels the exchange
SASL CRAM-MD5: canceled by the client`,
	}, {
		"KERBEROS_V4, of which only the order is known", "KERBEROS_V4", `
S64: AmFYig==
C64: BAcAQU5EUkVXLkNNVS5FRFUAOCAsho84kLN3/IJmrMG+25a4DT+nZImJjnTNHJUtxAA+o0KPKfHEcAFs9a3CL5Oebe/ydHJUwYFdWwuQ1MWiy6IesKvjL5rL9WjXUb9MwT9bpObYLGOKi1Qh
S64: or//EoAADZI=
C64: DiAF5A4gA+oOIALuBkAAmw==
OK64:`, []string{"ANDREW"}, "", `
SASL KERBEROS_V4, step 1 of 4: the server's random number
SASL KERBEROS_V4, step 2 of 4: the ticket and an authenticator
SASL KERBEROS_V4, step 3 of 4: the server's proof, with the security layers it supports
SASL KERBEROS_V4, step 4 of 4: the security layer and the identity to act as, encrypted
SASL KERBEROS_V4: accepted`,
	}, {
		"a mechanism that is not known", "X-FROB", `
S64:
C: Zqsecret
S: more
C: Zqsecret`, []string{"Zqsecret"}, "", `
SASL X-FROB: the server is ready
SASL X-FROB, step 1: a response of the client
SASL X-FROB, step 2: a challenge of the server
SASL X-FROB, step 3: a response of the client`,
	}, {
		"masked when it was recorded", "PLAIN", `
S64:
C64: ########
OK64:`, nil, "", `
SASL PLAIN: the server is ready
SASL PLAIN: a response that was masked when it was recorded
SASL PLAIN: accepted`,
	},
}

func TestExchangesAreReadAndSecretsAreNot(t *testing.T) {
	for _, test := range exchanges {
		t.Run(test.name, func(t *testing.T) {
			x, lines := play(test.mechanism, test.transcript)
			if got := strings.Join(lines, "\n"); got != strings.TrimSpace(test.want) {
				t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(test.want))
			}
			r := x.Report()
			if r.User() != test.user {
				t.Errorf("the user is %q, want %q", r.User(), test.user)
			}
			shown := fmt.Sprintf("%+v %v", r, lines)
			for _, s := range test.secrets {
				if strings.Contains(shown, s) {
					t.Errorf("the secret %q is in %s", s, shown)
				}
			}
		})
	}
}

func TestLinesAreBounded(t *testing.T) {
	long := base64.StdEncoding.EncodeToString([]byte("\x00" + strings.Repeat("f", MaxText+10) + "\x00x"))
	x := New("PLAIN")
	x.Response([]byte(long))
	r := x.Report()
	if len(r.Authentication) != MaxText {
		t.Errorf("a name of %d bytes is kept", len(r.Authentication))
	}
	x = New(strings.Repeat("PLAIN", 100))
	x.Response([]byte(strings.Repeat("A", MaxLine+4)))
	if r := x.Report(); r.Fault != "a line is too long to be read" || len(r.Mechanism) > maxMechanism {
		t.Errorf("%q of %q", r.Fault, r.Mechanism)
	}
	x = New("PLAIN")
	x.Lost()
	if r := x.Report(); r.Fault != "a line was not captured completely" {
		t.Errorf("%q", r.Fault)
	}
}

func TestReportsSurviveStorage(t *testing.T) {
	for _, test := range exchanges {
		x, _ := play(test.mechanism, test.transcript)
		r, back := x.Report(), Report{}
		b := r.Append(nil)
		if !back.Parse(b) || back != r {
			t.Errorf("%s: stored as\n%+v, read as\n%+v", test.name, r, back)
		}
		for n := range b {
			if new(Report).Parse(b[:n]) {
				t.Errorf("%s: %d of %d bytes are read as a report", test.name, n, len(b))
			}
		}
	}
}

func TestProofsAreFound(t *testing.T) {
	for _, test := range []struct{ message, want string }{
		{"c=biws,r=abc,p=v0X8v3Bz2T0=", "[v0X8v3Bz2T0=]"},
		{"p=tls-unique,,n=fred,r=abc", "[]"},
		{`username="fred",response=d388,qop=auth`, "[d388]"},
		{"fred b913a602", "[]"},
	} {
		if got := fmt.Sprintf("%s", Proofs([]byte(test.message))); got != test.want {
			t.Errorf("%s: %s, want %s", test.message, got, test.want)
		}
	}
}

func TestTokenExpires(t *testing.T) {
	x, _ := play("XOAUTH2", "IR: user=f^Aauth=Bearer a.eyJleHAiOjE3MDAwMDAwMDB9.b^A^A")
	r := x.Report()
	at := time.Unix(1700000000, 0)
	if r.Expired(at) || !r.Expired(at.Add(time.Second)) {
		t.Errorf("it expires at %v", r.Expires)
	}
	late := New("XOAUTH2")
	late.Time = at.Add(time.Hour)
	late.Response([]byte(base64.StdEncoding.EncodeToString([]byte("user=f\x01auth=Bearer a.eyJleHAiOjE3MDAwMDAwMDB9.b\x01\x01"))))
	if r := late.Report(); r.Note != "the token had expired when it was sent" {
		t.Errorf("the note is %q", r.Note)
	}
	if none := (&Report{}); none.Expired(at) {
		t.Error("no token has expired")
	}
	for _, payload := range []string{`{"exp":-1}`, `{"exp":1e300}`, `{"exp":"soon"}`, `[]`, ``} {
		x, _ := play("XOAUTH2", "IR: user=f^Aauth=Bearer a."+base64.RawURLEncoding.EncodeToString([]byte(payload))+".b^A^A")
		if r := x.Report(); !r.Expires.IsZero() || r.Fault != "" {
			t.Errorf("%s: %v, %q", payload, r.Expires, r.Fault)
		}
	}
}

// TestPrefixesOfExchangesNeverShowMore checks that a message that breaks off anywhere shows no
// secret, at any length of it.
func TestPrefixesOfExchangesNeverShowMore(t *testing.T) {
	for _, test := range exchanges {
		lines := strings.Split(strings.Trim(test.transcript, "\n"), "\n")
		for i, line := range lines {
			for n := range line {
				x, said := play(test.mechanism, strings.Join(append(append([]string(nil), lines[:i]...), line[:n]), "\n"))
				shown := fmt.Sprintf("%+v %v", x.Report(), said)
				for _, s := range test.secrets {
					if strings.Contains(shown, s) {
						t.Errorf("%s, %d bytes of line %d: the secret %q is in %s", test.name, n, i, s, shown)
					}
				}
			}
		}
	}
}

func FuzzExchange(f *testing.F) {
	for _, test := range exchanges {
		f.Add(test.mechanism, test.transcript)
	}
	f.Fuzz(func(t *testing.T, mechanism, transcript string) {
		x, lines := play(mechanism, transcript)
		r := x.Report()
		var back Report
		if !back.Parse(r.Append(nil)) || back != r {
			t.Errorf("stored as %+v, read as %+v", r, back)
		}
		for _, s := range []string{r.Authentication, r.Authorization, r.Realm, r.Workstation, r.Trace, r.Host, r.Error} {
			if len(s) > 2*MaxText {
				t.Errorf("a text of %d bytes", len(s))
			}
			if strings.ContainsAny(s, "\x00\x01") {
				t.Errorf("a control character in %q", s)
			}
		}
		for _, l := range lines {
			if !strings.HasPrefix(l, "SASL ") {
				t.Errorf("the line is %q", l)
			}
		}
	})
}
