package tls

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
)

// TestModes plays a session through each pair of modes: what each end hears, what the
// tap is told, what is edited and noted.
func TestModes(t *testing.T) {
	const (
		bare     = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"
		insecure = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
	)
	tests := []struct {
		client, upstream Mode
		said, heard      string // the greeting
		caps, capsHeard  string // what CAPABILITY brings
		notes            []string
	}{
		{Plain, StartTLS, insecure, "* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP4rev1 X", "IMAP4rev1 X",
			[]string{"edited: removed STARTTLS and LOGINDISABLED in the greeting", `verified for "mail.example"`}},
		{Plain, Implicit, bare, bare, "IMAP4rev1 STARTTLS", "IMAP4rev1", []string{"edited: removed STARTTLS in CAPABILITY data"}},
		{StartTLS, Plain, bare, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN STARTTLS] ready\r\n", "IMAP4rev1 X", "IMAP4rev1 X",
			[]string{"edited: added STARTTLS in the greeting", "the proxy answers STARTTLS itself"}},
		{StartTLS, StartTLS, insecure, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "IMAP4rev1 STARTTLS X", "IMAP4rev1 X",
			[]string{"edited: removed LOGINDISABLED in the greeting", "edited: removed STARTTLS in CAPABILITY data"}},
		{StartTLS, Implicit, bare, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN STARTTLS] ready\r\n", "IMAP4rev1", "IMAP4rev1",
			[]string{"edited: added STARTTLS in the greeting"}},
		{Implicit, Plain, insecure, "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n", "IMAP4rev1 STARTTLS LOGINDISABLED", "IMAP4rev1 LOGINDISABLED",
			[]string{"edited: removed STARTTLS in the greeting"}},
		{Implicit, StartTLS, insecure, "* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP4rev1 X", "IMAP4rev1 X",
			[]string{"edited: removed STARTTLS and LOGINDISABLED in the greeting"}},
		{Implicit, Implicit, insecure, insecure, "IMAP4rev1 STARTTLS", "IMAP4rev1 STARTTLS", nil},
		{Plain, Plain, insecure, insecure, "IMAP4rev1 STARTTLS", "IMAP4rev1 STARTTLS", nil},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s, %s", test.client, test.upstream), func(t *testing.T) {
			r := newRig(t, &Config{Client: test.client, Upstream: test.upstream})
			both(func() {
				c := r.client
				if test.client == Implicit {
					c.trust()
				}
				c.hears(test.heard)
				if test.client == StartTLS {
					c.say("s STARTTLS\r\n")
					c.hears("s OK Begin TLS negotiation now\r\n")
					if s := c.trust().ConnectionState(); s.NegotiatedProtocol != "" || s.ServerName != mailHost {
						t.Errorf("%+v", s)
					}
				}
				c.say("c CAPABILITY\r\n")
				c.hears("* CAPABILITY " + test.capsHeard + "\r\nc OK done\r\n")
				c.say("l LOGIN fred {6}\r\n")
				c.hears("+ go on\r\n")
				c.say("secret\r\n")
				c.hears("l OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n")
				c.say("n CAPABILITY\r\n")
				c.hears("* CAPABILITY STARTTLS LOGINDISABLED\r\nn OK done\r\n")
				c.say("o LOGOUT\r\n")
				c.hears("* BYE bye\r\no OK done\r\n")
				c.ends()
			}, func() {
				s := r.server
				if test.upstream == Implicit {
					if name := s.accept().ConnectionState().ServerName; name != mailHost {
						t.Errorf("the proxy asks for %q", name)
					}
				}
				s.say(test.said)
				if test.upstream == StartTLS {
					s.hears("imapscope STARTTLS\r\n")
					s.say("imapscope OK go\r\n")
					s.accept()
				}
				s.hears("c CAPABILITY\r\n")
				s.say("* CAPABILITY " + test.caps + "\r\nc OK done\r\n")
				s.hears("l LOGIN fred {6}\r\n")
				s.say("+ go on\r\n")
				s.hears("secret\r\n")
				s.say("l OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n")
				s.hears("n CAPABILITY\r\n")
				s.say("* CAPABILITY STARTTLS LOGINDISABLED\r\nn OK done\r\n")
				s.hears("o LOGOUT\r\n")
				s.say("* BYE bye\r\no OK done\r\n")
				s.conn.Close()
			})
			r.opens()
			for _, n := range test.notes {
				if !r.tap.noted(n) {
					t.Errorf("no note says %q: %q", n, r.tap.notes)
				}
			}
			if test.client == test.upstream && test.client != StartTLS {
				if got := r.tap.text(0) + r.tap.text(1); got != "" {
					t.Errorf("the tap was told %q of what it relays itself", got)
				}
				return
			}
			// The tap is told what the client's leg says, up to the end of login.
			starttls := ""
			ok := ""
			if test.client == StartTLS {
				starttls, ok = "s STARTTLS\r\n", "s OK Begin TLS negotiation now\r\n"
			}
			// What the client says next may come before the phase has ended.
			if got, want := r.tap.text(capture.ClientToServer), starttls+"c CAPABILITY\r\nl LOGIN fred {6}\r\nsecret\r\n"; !strings.HasPrefix(got, want) {
				t.Errorf("the tap was told that the client says %q, want %q", got, want)
			}
			want := test.heard + ok + "* CAPABILITY " + test.capsHeard + "\r\nc OK done\r\n+ go on\r\nl OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n"
			if got := r.tap.text(capture.ServerToClient); got != want {
				t.Errorf("the tap was told that the server says %q, want %q", got, want)
			}
		})
	}
}

// TestNoLogin: what needs no TLS any more goes on without it: a client may leave
// STARTTLS, and a PREAUTH greeting ends what is looked at.
func TestNoLogin(t *testing.T) {
	t.Run("STARTTLS is left", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Implicit})
		both(func() {
			r.client.hears("* OK hi\r\n")
			r.client.say("a LOGIN x y\r\n")
			r.client.hears("a NO no\r\n")
			r.client.say("b CAPABILITY\r\n")
			r.client.hears("* CAPABILITY X STARTTLS\r\nb OK\r\n")
			r.client.say("c AUTHENTICATE PLAIN\r\n")
			r.client.hears("+ \r\n")
			r.client.say("c2VjcmV0 STARTTLS\r\n") // SASL, whatever it looks like
			r.client.hears("c OK in\r\n* CAPABILITY X\r\n")
		}, func() {
			r.server.accept()
			r.server.say("* OK hi\r\n")
			r.server.hears("a LOGIN x y\r\n")
			r.server.say("a NO no\r\n")
			r.server.hears("b CAPABILITY\r\n")
			r.server.say("* CAPABILITY X\r\nb OK\r\n")
			r.server.hears("c AUTHENTICATE PLAIN\r\n")
			r.server.say("+ \r\n")
			r.server.hears("c2VjcmV0 STARTTLS\r\n")
			r.server.say("c OK in\r\n* CAPABILITY X\r\n")
		})
		r.opens()
	})
	t.Run("PREAUTH", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Implicit})
		both(func() {
			r.client.hears("* PREAUTH [CAPABILITY X] hi\r\n")
			r.client.say("a STARTTLS\r\n")
			r.client.hears("a BAD not now\r\n")
		}, func() {
			r.server.accept()
			r.server.say("* PREAUTH [CAPABILITY X] hi\r\n")
			r.server.hears("a STARTTLS\r\n")
			r.server.say("a BAD not now\r\n")
		})
		r.opens()
		if !r.tap.noted("the client cannot have STARTTLS any more") {
			t.Errorf("%q", r.tap.notes)
		}
	})
	t.Run("pipelined", func(t *testing.T) {
		r := newRig(t, &Config{Client: Plain, Upstream: Implicit})
		all := "a CAPABILITY\r\nb LOGIN x y\r\nc CAPABILITY\r\n"
		both(func() {
			r.client.say(all)
			r.client.hears("* OK hi\r\n* CAPABILITY X\r\na OK\r\nb OK\r\n* CAPABILITY X STARTTLS\r\nc OK\r\n")
		}, func() {
			r.server.accept()
			r.server.say("* OK hi\r\n")
			r.server.hears(all)
			r.server.say("* CAPABILITY X STARTTLS\r\na OK\r\nb OK\r\n* CAPABILITY X STARTTLS\r\nc OK\r\n")
		})
		r.opens()
	})
}

// TestSmuggled: octets behind STARTTLS and its OK, in the same segment, are dropped
// and counted, never carried into the secure session.
func TestSmuggled(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain})
		const evil = "x LOGIN evil evil\r\n"
		both(func() {
			r.client.hears("* OK hi\r\n")
			r.client.say("s STARTTLS\r\n" + evil)
			r.client.hears("s OK Begin TLS negotiation now\r\n")
			r.client.trust()
			r.client.say("n NOOP\r\n")
			r.client.hears("n OK\r\n")
		}, func() {
			r.server.say("* OK hi\r\n")
			r.server.hears("n NOOP\r\n")
			r.server.say("n OK\r\n")
		})
		if want := fmt.Sprintf("dropped %d octets that the client's side sent behind STARTTLS", len(evil)); !r.tap.noted(want) {
			t.Errorf("no note says %q: %q", want, r.tap.notes)
		}
		if strings.Contains(r.tap.text(capture.ClientToServer), "evil") {
			t.Error("what was dropped is told as if it were said")
		}
	})
	t.Run("server", func(t *testing.T) {
		r := newRig(t, &Config{Client: Plain, Upstream: StartTLS})
		const evil = "* OK [CAPABILITY evil] x\r\n"
		both(func() {
			r.client.hears("* OK hi\r\n")
			r.client.say("n NOOP\r\n")
			r.client.hears("n OK\r\n")
		}, func() {
			r.server.say("* OK hi\r\n")
			r.server.hears("imapscope STARTTLS\r\n")
			r.server.say("* 5 EXISTS\r\nimapscope OK go\r\n" + evil)
			r.server.accept()
			r.server.hears("n NOOP\r\n")
			r.server.say("n OK\r\n")
		})
		for _, want := range []string{
			fmt.Sprintf("dropped %d octets that the upstream's side sent behind the OK", len(evil)),
			"left out 12 octets that the upstream said before its OK",
		} {
			if !r.tap.noted(want) {
				t.Errorf("no note says %q: %q", want, r.tap.notes)
			}
		}
	})
}
