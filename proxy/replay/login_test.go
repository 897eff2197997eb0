package replay

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"imapscope/decode/script"
)

// refusedLogin is a connection on which STARTTLS and LOGIN are refused, AUTHENTICATE is
// then used, and an IDLE is never answered.
const refusedLogin = `# greeted
C: a1 STARTTLS
S: a1 BAD no TLS here
C: a2 LOGIN fred wrong
S: a2 NO not so
C: a3 AUTHENTICATE PLAIN
S: + 
C: AGZyZWQAc2VjcmV0
S: a3 OK in
C: a4 SELECT INBOX
S: a4 OK selected
C: a5 IDLE
S: + idling
# closed by the client
`

func plainOf(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
}

// TestRefusedLogin checks that a login that was refused is played as it was recorded, to be
// refused again, and the one that was accepted with what is to replace it.
func TestRefusedLogin(t *testing.T) {
	masked := strings.NewReplacer("wrong", "#####", "AGZyZWQAc2VjcmV0", "################").Replace(refusedLogin)
	for _, c := range []struct {
		name, recorded, login, sasl string
		set                         Bindings
	}{
		{"as recorded", refusedLogin, "fred wrong", plainOf("fred", "secret"), Bindings{}},
		{"another user", refusedLogin, "fred wrong", plainOf("wilma", "pw"), Bindings{User: "wilma", Password: "pw"}},
		{"masked", masked, "fred #####", plainOf("wilma", "pw"), Bindings{User: "wilma", Password: "pw"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := played(t, &Player{Set: c.set}, fromTranscript(t, c.recorded), map[string]string{
				"a2 ": "a2 NO\n", "a3 ": "+ \n", c.sasl: "a3 OK\n", "a4 ": "a4 OK\n", "a5 ": "+ idling\n",
			})
			want := "a2 LOGIN " + c.login + "\r\na3 AUTHENTICATE PLAIN\r\n" + c.sasl + "\r\na4 SELECT INBOX\r\na5 IDLE\r\n"
			if got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestCheckMasked checks that a masked secret is missed if a login needs it, whether it was
// a password or a SASL response, and only then.
func TestCheckMasked(t *testing.T) {
	const sasl = "# greeted\nC: a AUTHENTICATE PLAIN\nS: + \nC: ################\nS: a OK in\n"
	const initial = "# greeted\nC: a AUTHENTICATE PLAIN ################\nS: a OK in\n"
	const login = "# greeted\nC: a LOGIN fred \"######\"\nS: a OK in\n"
	const literal = "# greeted\nC: a LOGIN fred {6}\nS: + go\nC: ######\nS: a OK in\n"
	const refused = "# greeted\nC: a LOGIN fred ######\nS: a NO\nC: b LOGIN fred secret\nS: b OK\n"
	both, password := Bindings{User: "fred", Password: "x"}, Bindings{Password: "x"}
	for _, c := range []struct {
		recorded string
		set      Bindings
		want     error
	}{
		{sasl, Bindings{}, ErrMaskedUser}, {sasl, password, ErrMaskedUser}, {sasl, both, nil},
		{initial, Bindings{}, ErrMaskedUser}, {initial, both, nil},
		{login, Bindings{}, ErrMasked}, {login, password, nil},
		{literal, Bindings{}, ErrMasked}, {literal, password, nil},
		{refused, Bindings{}, nil},
	} {
		p := &Player{Set: c.set}
		if err := p.Check(&script.Script{Sessions: []*script.Session{fromTranscript(t, c.recorded)}}, false); !errors.Is(err, c.want) {
			t.Errorf("%q, set %+v: %v, want %v", c.recorded, c.set, err, c.want)
		}
	}
}

// TestLayersAreLeftOut checks that neither TLS nor compression is begun, whatever the
// recorded server answered: nothing could be played after another server's OK.
func TestLayersAreLeftOut(t *testing.T) {
	s := fromTranscript(t, "# logged in\nC: a COMPRESS DEFLATE\nS: a NO\nC: b STARTTLS\nS: b BAD\nC: c NOOP\nS: c OK\n")
	got := played(t, &Player{}, s, map[string]string{"l ": "l OK\n", "a ": "a OK\n", "b ": "b OK\n", "c ": "c OK\n"})
	if want := "l LOGIN fred secret\r\nc NOOP\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnseenIdle checks that the line that ends an IDLE is not sent if the IDLE was not
// recorded: it would be taken for a command.
func TestUnseenIdle(t *testing.T) {
	s := fromTranscript(t, "# seen from its middle\nS: * 4 EXISTS\nC: DONE\nS: b OK done\nC: c NOOP\nS: c OK\n")
	got := played(t, &Player{Login: true, Set: Bindings{User: "fred", Password: "x"}}, s, map[string]string{"LOGIN": "imapscope1 OK\n", "SELECT": "imapscope2 OK\n", "DONE": "DONE BAD\n", "c ": "c OK\n"})
	if want := "imapscope1 LOGIN fred x\r\nimapscope2 SELECT INBOX\r\nc NOOP\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLostRequest checks that no answer is awaited to a request that was not captured whole,
// and that it is reported.
func TestLostRequest(t *testing.T) {
	s := fromTranscript(t, "# logged in\nC| a SEARCH \nC! 4\nC: \nS: * SEARCH\nS: a OK\nC: c NOOP\nS: c OK\n")
	p := &Player{Timeout: 5 * time.Second}
	x := playedResult(t, p, s, map[string]string{"l ": "l OK\n", "c ": "c OK\n"})
	if len(x.Trouble) > 0 || x.Sent != 2 {
		t.Errorf("%d sent, trouble %q", x.Sent, x.Trouble)
	}
	if !strings.Contains(strings.Join(x.LeftOut, "\n"), "transaction 2: 4 bytes of the request were not captured") {
		t.Errorf("left out: %q", x.LeftOut)
	}
}

// TestSecretTags checks that what a server answers to a SASL response, as to a command with
// that tag, does not show the response.
func TestSecretTags(t *testing.T) {
	s := fromTranscript(t, refusedLogin)
	secret := plainOf("fred", "secret")
	server := map[string]string{"a2 ": "a2 NO\n", "a3 ": "+ \n", secret: secret + " BAD no such command\n", "a4 ": "a4 OK\n"}
	x := playedResult(t, &Player{}, s, server)
	stray := ""
	for _, p := range x.Pairs {
		stray += p.Stray
	}
	if stray == "" || strings.Contains(stray, secret) {
		t.Errorf("the stray tag is %q", stray)
	}
	for _, l := range append(x.Trouble, x.LeftOut...) {
		if strings.Contains(l, secret) {
			t.Error(l)
		}
	}
}

// TestSecretNames checks that no line about a command shows a tag that is a secret.
func TestSecretNames(t *testing.T) {
	const secret = "AGZyZWQAc2VjcmV0"
	s := fromTranscript(t, "# greeted\nC: a AUTHENTICATE PLAIN\nS: a BAD\nC: "+secret+"\nS: "+secret+" BAD\nC: b NOOP\nS: b OK\n")
	p := &Player{Timeout: 50 * time.Millisecond}
	x := playedResult(t, p, s, map[string]string{"a ": "a BAD\n"})
	if len(x.Trouble) == 0 {
		t.Fatal("the server is silent, and it is no trouble")
	}
	for _, l := range append(x.Trouble, x.LeftOut...) {
		if strings.Contains(l, secret) {
			t.Error(l)
		}
	}
}

// TestNotContinued checks that a line within a command is sent only if the server continues
// that command: a SASL response would be taken for a command, and repeated.
func TestNotContinued(t *testing.T) {
	sasl := plainOf("fred", "secret")
	for _, c := range []struct {
		name, recorded, want string
		answers              map[string]string
	}{
		{"AUTHENTICATE is refused now", "# greeted\nC: a AUTHENTICATE PLAIN\nS: + \nC: " + sasl + "\nS: a OK\nC: b NOOP\nS: b OK\n",
			"a AUTHENTICATE PLAIN\r\nb NOOP\r\n", map[string]string{"a AUTH": "a NO\n", "b ": "b OK\n"}},
		{"IDLE is refused now", "# logged in\nC: a IDLE\nS: + idling\nC: DONE\nS: a OK\nC: b NOOP\nS: b OK\n",
			"l LOGIN fred secret\r\na IDLE\r\nb NOOP\r\n", map[string]string{"l ": "l OK\n", "a IDLE": "a BAD\n", "b ": "b OK\n"}},
		{"the \"+\" of another command", "# logged in\nC: a IDLE\nC: DONE\nC: b AUTHENTICATE PLAIN\nS: + idling\nS: a OK\nS: + \nC: " + sasl + "\nS: b OK\n",
			"l LOGIN fred secret\r\na IDLE\r\nDONE\r\nb AUTHENTICATE PLAIN\r\n", map[string]string{"l ": "l OK\n", "b ": "+ idling\na OK\n", sasl: "b OK\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := against(t, &Player{Timeout: time.Second}, fromTranscript(t, c.recorded), c.answers); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
