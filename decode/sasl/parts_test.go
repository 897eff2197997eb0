package sasl

import (
	"strings"
	"testing"
)

// marked returns a message with each part that is not Form between brackets, after the first
// letter of its use.
func marked(mechanism, message string) string {
	var b strings.Builder
	for _, p := range Parts(mechanism, []byte(message)) {
		s := message[p.Start:p.End]
		if p.Use != Form {
			s = "[" + string("ftHNCI"[p.Use]) + " " + s + "]"
		}
		b.WriteString(s)
	}
	return b.String()
}

func TestPartsOfMessages(t *testing.T) {
	const digest = "d388dad90d4bbd760a152321f2143af7"
	for _, test := range []struct{ mechanism, message, want string }{
		{"PLAIN", "\x00fred\x00n=x,p=secret", "[t \x00fred\x00n=x,p=secret]"},
		{"CRAM-MD5", "fred " + digest, "[t fred ][H " + digest + "]"},
		{"CRAM-MD5", "fred secret", "[t fred secret]"},
		{"SCRAM-SHA-1", "n,,n=fred,r=abc", "n,,n=[t fred],r=[C abc]"},
		{"SCRAM-SHA-1", "p=tls-unique,a=jane,n=fred,r=abc", "p=tls-unique,a=[t jane],n=[t fred],r=[C abc]"},
		{"SCRAM-SHA-1", "p=secret,,n=fred,r=abc", "p=[t secret],,n=[t fred],r=[N abc]"},
		{"SCRAM-SHA-1", "r=abcdef,s=c2FsdA==,i=4096", "r=[N abcdef],s=[t c2FsdA==],i=4096"},
		{"SCRAM-SHA-1", "c=biws,r=abcdef,p=cHJvb2Y=", "c=[I biws],r=[N abcdef],p=[t cHJvb2Y=]"},
		{"SCRAM-SHA-1", "e=unknown-user", "e=unknown-user"},
		{"SCRAM-SHA-1", "e=fred is unknown", "e=[t fred is unknown]"},
		{"DIGEST-MD5", `username="fred",nc=00000001,qop=auth,response=` + digest, `username=[t "fred"],nc=00000001,qop=auth,response=[H ` + digest + "]"},
		{"DIGEST-MD5", "charset=utf-8, qop=auth,qop    =auth", "charset=utf-8, qop=auth,[t qop    =auth]"},
		{"DIGEST-MD5", "response=secret,more", "response=[t secret],[t more]"},
		{"XOAUTH2", "user=fred\x01auth=Bearer token\x01\x01", "user=[t fred]\x01auth=Bearer [t token]\x01\x01"},
		{"XOAUTH2", `{"status":"401","scope":"https://fred"}`, `[t {"]status"[t :"]401"[t ,"]scope"[t :"][t https://fred]"[t }]`},
	} {
		if got := marked(test.mechanism, test.message); got != test.want {
			t.Errorf("%s:\ngot  %q\nwant %q", test.mechanism, got, test.want)
		}
	}
}

// FuzzParts checks that parts follow one another and cover the message, and that no long text
// is taken for the form of a message.
func FuzzParts(f *testing.F) {
	for _, m := range []string{"n,,n=fred,r=abc", "user=fred\x01auth=Bearer x\x01\x01", `{"status":"401"}`, "fred secret", `realm="a,b",qop=auth`} {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, message string) {
		for _, mechanism := range []string{"PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "DIGEST-MD5", "XOAUTH2"} {
			at := 0
			for _, p := range Parts(mechanism, []byte(message)) {
				if p.Start != at || p.End <= at {
					t.Fatalf("%s: a part from %d to %d follows %d", mechanism, p.Start, p.End, at)
				}
				at = p.End
				if p.Use == Form && p.End-p.Start > 40 {
					t.Errorf("%s: the form has %q", mechanism, message[p.Start:p.End])
				}
			}
			if at != len(message) {
				t.Errorf("%s: %d of %d bytes are in parts", mechanism, at, len(message))
			}
		}
	})
}
