package replay

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/xdg-go/scram"

	"imapscope/decode/script"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// authenticated is a recording of an AUTHENTICATE: responses by the client, the first one with
// the command if initial is set.
func authenticated(mechanism string, initial bool, responses ...string) string {
	text := "# greeted\nC: a AUTHENTICATE " + mechanism
	if initial {
		text += " " + responses[0]
		responses = responses[1:]
	}
	for _, r := range responses {
		text += "\nS: + \nC: " + r
	}
	return text + "\nS: a OK in\nC: b NOOP\nS: b OK\n"
}

// TestIdentitiesAreSet: in every mechanism exactly what is bound is replaced.
func TestIdentitiesAreSet(t *testing.T) {
	user, password, both := Bindings{User: "wilma"}, Bindings{Password: "pw"}, Bindings{User: "wilma", Password: "pw"}
	bearer := b64("n,a=fred,\x01host=mail.example\x01port=143\x01auth=Bearer old\x01\x01")
	xoauth := b64("user=fred\x01auth=Bearer old\x01\x01")
	for _, c := range []struct {
		mechanism string
		initial   bool
		recorded  []string
		set       Bindings
		want      []string
	}{
		{"PLAIN", false, []string{b64("\x00fred\x00secret")}, both, []string{b64("\x00wilma\x00pw")}},
		{"PLAIN", true, []string{b64("\x00fred\x00secret")}, user, []string{b64("\x00wilma\x00secret")}},
		{"PLAIN", true, []string{b64("\x00fred\x00secret")}, password, []string{b64("\x00fred\x00pw")}},
		{"PLAIN", false, []string{b64("fred\x00admin\x00secret")}, both, []string{b64("fred\x00wilma\x00pw")}},
		{"PLAIN", true, []string{b64("fred\x00admin\x00secret")}, password, []string{b64("fred\x00admin\x00pw")}},
		{"PLAIN", false, []string{b64("fred\x00fred\x00secret")}, user, []string{b64("wilma\x00wilma\x00secret")}},
		{"LOGIN", false, []string{b64("fred"), b64("secret")}, both, []string{b64("wilma"), b64("pw")}},
		{"LOGIN", false, []string{b64("fred"), b64("secret")}, password, []string{b64("fred"), b64("pw")}},
		{"LOGIN", false, []string{b64("fred"), b64("secret")}, user, []string{b64("wilma"), b64("secret")}},
		{"LOGIN", true, []string{b64("fred"), b64("secret")}, both, []string{b64("wilma"), b64("pw")}},
		{"LOGIN", true, []string{b64("fred"), b64("secret")}, password, []string{b64("fred"), b64("pw")}},
		{"EXTERNAL", true, []string{b64("fred")}, user, []string{b64("wilma")}},
		{"EXTERNAL", true, []string{"="}, user, []string{"="}},
		{"ANONYMOUS", true, []string{b64("fred@example.com")}, both, []string{b64("fred@example.com")}},
		{"XOAUTH2", true, []string{xoauth}, Bindings{Token: "new"}, []string{b64("user=fred\x01auth=Bearer new\x01\x01")}},
		{"XOAUTH2", false, []string{xoauth}, Bindings{User: "wilma"}, []string{b64("user=wilma\x01auth=Bearer old\x01\x01")}},
		{"OAUTHBEARER", true, []string{bearer}, Bindings{Token: "new"}, []string{b64("n,a=fred,\x01host=mail.example\x01port=143\x01auth=Bearer new\x01\x01")}},
		{"OAUTHBEARER", false, []string{bearer}, Bindings{User: "a,b=c", Token: "new"}, []string{b64("n,a=a=2Cb=3Dc,\x01host=mail.example\x01port=143\x01auth=Bearer new\x01\x01")}},
		{"PLAIN", true, []string{b64("\x00fred\x00secret")}, Bindings{}, []string{b64("\x00fred\x00secret")}},
	} {
		name := fmt.Sprint(c.mechanism, c.initial, c.set)
		want := "a AUTHENTICATE " + c.mechanism
		answers := map[string]string{"b ": "b OK\n"}
		step := "a AUTH"
		for i, r := range c.want {
			if i == 0 && c.initial {
				want += " " + r
				continue
			}
			answers[step] = "+ \n"
			step = r
			want += "\r\n" + r
		}
		answers[step] = "a OK\n"
		got := played(t, &Player{Set: c.set}, fromTranscript(t, authenticated(c.mechanism, c.initial, c.recorded...)), answers)
		if want += "\r\nb NOOP\r\n"; got != want {
			t.Errorf("%s\ngot  %q\nwant %q", name, got, want)
		}
	}
}

// TestSCRAM plays a SCRAM exchange against a server with a nonce of its own.
func TestSCRAM(t *testing.T) {
	recorded := authenticated("SCRAM-SHA-256", false, b64("n,a=boss,n=fred,r=rOprNGfwEbeRWgbNEkqO"),
		b64("c=bixhPWJvc3Ms,r=rOprNGfwEbeRWgbNEkqO3rfcNHYJY1ZVvWVs7j,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), "")
	stored := func(user string) (scram.StoredCredentials, error) {
		client, err := scram.SHA256.NewClient(user, "pw", "")
		if err != nil || user != "fred" && user != "wilma" {
			return scram.StoredCredentials{}, errors.Join(err, errors.New("no such user"))
		}
		return client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
	}
	for _, set := range []Bindings{{Password: "pw"}, {User: "wilma", Password: "pw"}} {
		srv, err := scram.SHA256.NewServer(stored)
		if err != nil {
			t.Fatal(err)
		}
		conv := srv.NewConversation()
		dial := listen(t, func(ctx context.Context, l net.Listener) {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			fmt.Fprint(c, "* OK\r\n")
			for lines := bufio.NewScanner(c); lines.Scan(); {
				switch line := lines.Text(); {
				case strings.HasPrefix(line, "a "):
					fmt.Fprint(c, "+ \r\n")
				case strings.HasPrefix(line, "b "):
					fmt.Fprint(c, "b OK\r\n")
				case line == "":
					fmt.Fprint(c, "a OK\r\n")
				default:
					raw, _ := base64.StdEncoding.DecodeString(line)
					answer, err := conv.Step(string(raw))
					if err != nil {
						fmt.Fprintf(c, "a NO %v\r\n", err)
						continue
					}
					fmt.Fprintf(c, "+ %s\r\n", b64(answer))
				}
			}
		})
		p := &Player{Set: set, Dial: dial, Timeout: 5 * time.Second}
		s := fromTranscript(t, recorded)
		if err := p.Check(&script.Script{Sessions: []*script.Session{s}}, false); err != nil {
			t.Fatal(err)
		}
		x := p.Play(t.Context(), s, time.Now())
		user := "fred"
		if set.User != "" {
			user = set.User
		}
		if !conv.Valid() || conv.Username() != user || conv.AuthzID() != "boss" || len(x.Trouble) > 0 || x.Sent != 2 {
			t.Errorf("%+v: valid %v, %s for %s, trouble %q", set, conv.Valid(), conv.Username(), conv.AuthzID(), x.Trouble)
		}
	}
}

// TestLoginsThatCannotBePlayed are refused by name, before anything is sent.
func TestLoginsThatCannotBePlayed(t *testing.T) {
	const hidden = "################"
	for _, c := range []struct {
		recorded string
		set      Bindings
		want     string
	}{
		{authenticated("CRAM-MD5", false, b64("fred 0123456789abcdef0123456789abcdef")), Bindings{User: "wilma"}, "with CRAM-MD5: its answers differ each time"},
		{authenticated("SCRAM-SHA-1", true, b64("n,,n=fred,r=x"), b64("c=biws,r=xy,p=z")), Bindings{}, "with SCRAM-SHA-1: its answers differ each time"},
		{authenticated("SCRAM-SHA-1-PLUS", true, b64("p=tls-unique,,n=fred,r=x")), Bindings{Password: "pw"}, "SCRAM-SHA-1-PLUS, which cannot be replayed"},
		{authenticated("DIGEST-MD5", false, b64(`username="fred"`)), Bindings{Password: "pw"}, "DIGEST-MD5, which cannot be replayed"},
		{authenticated("GSSAPI", true, b64("x")), Bindings{User: "wilma", Password: "pw"}, "GSSAPI, which cannot be replayed"},
		{authenticated("XOAUTH2", true, hidden), Bindings{User: "wilma", Password: "pw"}, "token is masked"},
		{authenticated("XOAUTH2", true, hidden), Bindings{User: "wilma", Token: "new"}, ""},
		{authenticated("PLAIN", true, b64("\x00fred\x00secret")), Bindings{Token: "new"}, "no login of the recording has a token"},
	} {
		p := &Player{Set: c.set}
		err := p.Check(&script.Script{Sessions: []*script.Session{fromTranscript(t, c.recorded)}}, false)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.set, err, c.want)
		}
	}
}
