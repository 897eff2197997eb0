package sasl

import (
	"fmt"
	"strings"
	"testing"
)

// TestMalformedMessagesAreFaultsAndShowNothing checks that nothing is shown of a message that
// does not have the form of its mechanism: a password may be in the place of a name.
func TestMalformedMessagesAreFaultsAndShowNothing(t *testing.T) {
	for _, test := range []struct{ mechanism, transcript, fault string }{
		{"PLAIN", "IR: fred^@Zqsecret", "the response is not an identity to act as, an identity and a password"},
		{"PLAIN", "IR: ^@fred^@x^@Zqsecret", "the response is not an identity to act as, an identity and a password"},
		{"PLAIN", "IR: Zqsecret", "the response is not an identity to act as, an identity and a password"},
		{"PLAIN", "IR: ^@^@Zqsecret", "the authentication identity is empty"},
		{"PLAIN", "IR64: Zqsecret!", "the response is not base64"},
		{"PLAIN", "IR: ^@fred^@x\nC: ^@Zqsecret^@x", "the client sent a response after the last message of the mechanism"},
		{"LOGIN", "S: User\nC: ^@fred^@Zqsecret", "a name has a control character"},
		{"CRAM-MD5", "S: <1@x>\nC: fred Zqsecret", "the response is not a user and a digest"},
		{"CRAM-MD5", "S: <1@x>\nC: Zqsecret", "the response is not a user and a digest"},
		{"CRAM-MD5", "S: hello\nC: fred Zqsecret", "the challenge is not in the form of a message identifier"},
		{"CRAM-MD5", "C: fred b913a602c7eda7a495b4e6e7334d3890", "the client answered before the challenge"},
		{"DIGEST-MD5", "S: nonce=\"a\",algorithm=md5-sess\nC: username=\"Zqsecret\"", "the response does not have exactly one user name and one digest"},
		{"DIGEST-MD5", "S: nonce=\"a\",algorithm=md5-sess\nC: username=\"Zqsecret", "the response does not have exactly one user name and one digest"},
		{"DIGEST-MD5", "S: realm=\"a\"\nC: Zqsecret", "the challenge does not have exactly one nonce and one algorithm"},
		{"DIGEST-MD5", "S: nonce=\"a\",algorithm=md5-sess\nC: username=\"fred\",nonce=\"b\",response=d388dad90d4bbd760a152321f2143af7", "the client did not repeat the server's nonce"},
		{"SCRAM-SHA-1", "IR: n,,Zqsecret,r=abc", "the client's first message is malformed"},
		{"SCRAM-SHA-1", "IR: n=Zqsecret,r=abc", "the client's first message is malformed"},
		{"SCRAM-SHA-1", "IR: p=tls-unique,,n=fred,r=abc", "channel binding with a mechanism that does not end with -PLUS"},
		{"SCRAM-SHA-1-PLUS", "IR: n,,n=fred,r=abc", "a mechanism that ends with -PLUS without channel binding"},
		{"SCRAM-SHA-1", "IR: n,,n=fr=20ed,r=abc", "a name has a \"=\" that is not written as =3D"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abc,s=x,i=4096", "the server added nothing to the client's nonce"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abcd,s=x,i=0", "the iteration count is not a positive number"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abcd,s=x,i=4096\nC: c=biws,r=abc,p=x", "the client did not repeat the server's nonce"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abcd,s=x,i=4096\nC: c=eSws,r=abcd,p=x", "the client's channel binding is not that of its first message"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abcd,s=x,i=4096\nC: Zqsecret", "the client's last message is malformed"},
		{"SCRAM-SHA-1", "IR: n,,n=fred,r=abc\nS: r=abcd,s=x,i=4096\nC: c=biws,r=abcd,p=x\nS: ok", "the server's last message is neither a proof nor an error"},
		{"XOAUTH2", "IR: user=fredauth=Bearer Zqsecret^A^A", "the response is not a user and a token"},
		{"XOAUTH2", "IR: user=fred^Aauth=Bearer Zqsecret", "the response is not a user and a token"},
		{"XOAUTH2", "IR: user=fred^Aauth=Zqsecret^A^A", "the response has no bearer token"},
		{"XOAUTH2", "IR: Zqsecret", "the response is not a user and a token"},
		{"XOAUTH2", "IR: user=fred^Aauth=Bearer x^A^A\nS: nothing", "the server's error is not a JSON object"},
		{"XOAUTH2", "IR: user=fred^Aauth=Bearer x^A^A\nS: {}", "the server's error has no status"},
		{"XOAUTH2", "IR: user=fred^Aauth=Bearer x^A^A\nS: {\"status\":401}\nC: Zqsecret", "the client's answer to the error is neither empty nor %x01"},
		{"OAUTHBEARER", "IR: n,a=fred,auth=Bearer Zqsecret^A^A", "the response does not begin with a GS2 header"},
		{"OAUTHBEARER", "IR: n,a=fredauth=Bearer Zqsecret,^Ahost=x^A^A", "a name has a \"=\" that is not written as =3D"},
		{"OAUTHBEARER", "IR: x,a=Zqsecret,^Aauth=Bearer x^A^A", "the GS2 header is malformed"},
		{"OAUTHBEARER", "IR: n,a=fred,^AZqsecret^A^A", "the response is malformed"},
		{"NTLM", "IR: Zqsecret", "the message is not the one of NTLM that is expected"},
		{"GSSAPI", "IR64: BQQCAAAAAAA=", "the client's security layer cannot be read"},
		{"PLAIN", "IR: ^@fred^@x\nS: more", "the server sent a challenge after the last message of the mechanism"},
	} {
		x, lines := play(test.mechanism, test.transcript)
		r := x.Report()
		if r.Fault != test.fault {
			t.Errorf("%s %q: the fault is %q, want %q", test.mechanism, test.transcript, r.Fault, test.fault)
		}
		if shown := fmt.Sprintf("%+v %v", r, lines); strings.Contains(shown, "Zqsecret") {
			t.Errorf("%s %q: a secret is in %s", test.mechanism, test.transcript, shown)
		}
	}
}
