package tls

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
)

// TestModes plays a session through each pair of modes, and checks what each end and the
// tap receive, and what is edited and noted.
func TestModes(t *testing.T) {
	const (
		bare     = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"
		insecure = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
	)
	tests := []struct {
		client, upstream Mode
		said, heard      string // the greeting
		caps, capsHeard  string // what CAPABILITY returns
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
				c.expect(test.heard)
				if test.client == StartTLS {
					c.send("s STARTTLS\r\n")
					c.expect("s OK Begin TLS negotiation now\r\n")
					if s := c.trust().ConnectionState(); s.NegotiatedProtocol != "" || s.ServerName != mailHost {
						t.Errorf("%+v", s)
					}
				}
				c.send("c CAPABILITY\r\n")
				c.expect("* CAPABILITY " + test.capsHeard + "\r\nc OK done\r\n")
				c.send("l LOGIN fred {6}\r\n")
				c.expect("+ go on\r\n")
				c.send("secret\r\n")
				c.expect("l OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n")
				c.send("n CAPABILITY\r\n")
				c.expect("* CAPABILITY STARTTLS LOGINDISABLED\r\nn OK done\r\n")
				c.send("o LOGOUT\r\n")
				c.expect("* BYE bye\r\no OK done\r\n")
				c.expectEOF()
			}, func() {
				s := r.server
				if test.upstream == Implicit {
					if name := s.accept().ConnectionState().ServerName; name != mailHost {
						t.Errorf("the proxy's SNI is %q", name)
					}
				}
				s.send(test.said)
				if test.upstream == StartTLS {
					s.expect("imapscope STARTTLS\r\n")
					s.send("imapscope OK go\r\n")
					s.accept()
				}
				s.expect("c CAPABILITY\r\n")
				s.send("* CAPABILITY " + test.caps + "\r\nc OK done\r\n")
				s.expect("l LOGIN fred {6}\r\n")
				s.send("+ go on\r\n")
				s.expect("secret\r\n")
				s.send("l OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n")
				s.expect("n CAPABILITY\r\n")
				s.send("* CAPABILITY STARTTLS LOGINDISABLED\r\nn OK done\r\n")
				s.expect("o LOGOUT\r\n")
				s.send("* BYE bye\r\no OK done\r\n")
				s.conn.Close()
			})
			r.opens()
			for _, n := range test.notes {
				if !r.tap.noted(n) {
					t.Errorf("no note contains %q: %q", n, r.tap.notes)
				}
			}
			if test.client == test.upstream && test.client != StartTLS {
				if got := r.tap.text(0) + r.tap.text(1); got != "" {
					t.Errorf("the tap got %q, which is relayed later", got)
				}
				return
			}
			// The tap gets what passes on the client's leg, up to the end of login.
			starttls := ""
			ok := ""
			if test.client == StartTLS {
				starttls, ok = "s STARTTLS\r\n", "s OK Begin TLS negotiation now\r\n"
			}
			// What the client sends next may arrive before the phase has ended.
			if got, want := r.tap.text(capture.ClientToServer), starttls+"c CAPABILITY\r\nl LOGIN fred {6}\r\nsecret\r\n"; !strings.HasPrefix(got, want) {
				t.Errorf("the tap got %q from the client, want %q", got, want)
			}
			want := test.heard + ok + "* CAPABILITY " + test.capsHeard + "\r\nc OK done\r\n+ go on\r\nl OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] in\r\n"
			if got := r.tap.text(capture.ServerToClient); got != want {
				t.Errorf("the tap got %q from the server, want %q", got, want)
			}
		})
	}
}

// A client need not use STARTTLS, and a PREAUTH greeting ends the inspection.
func TestSessionWithoutTLSContinues(t *testing.T) {
	t.Run("STARTTLS is not used", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Implicit})
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("a LOGIN x y\r\n")
			r.client.expect("a NO no\r\n")
			r.client.send("b CAPABILITY\r\n")
			r.client.expect("* CAPABILITY X STARTTLS\r\nb OK\r\n")
			r.client.send("c AUTHENTICATE PLAIN\r\n")
			r.client.expect("+ \r\n")
			r.client.send("c2VjcmV0 STARTTLS\r\n") // SASL, although it looks like STARTTLS
			r.client.expect("c OK in\r\n* CAPABILITY X\r\n")
		}, func() {
			r.server.accept()
			r.server.send("* OK hi\r\n")
			r.server.expect("a LOGIN x y\r\n")
			r.server.send("a NO no\r\n")
			r.server.expect("b CAPABILITY\r\n")
			r.server.send("* CAPABILITY X\r\nb OK\r\n")
			r.server.expect("c AUTHENTICATE PLAIN\r\n")
			r.server.send("+ \r\n")
			r.server.expect("c2VjcmV0 STARTTLS\r\n")
			r.server.send("c OK in\r\n* CAPABILITY X\r\n")
		})
		r.opens()
	})
	t.Run("PREAUTH", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Implicit})
		both(func() {
			r.client.expect("* PREAUTH [CAPABILITY X] hi\r\n")
			r.client.send("a STARTTLS\r\n")
			r.client.expect("a BAD not now\r\n")
		}, func() {
			r.server.accept()
			r.server.send("* PREAUTH [CAPABILITY X] hi\r\n")
			r.server.expect("a STARTTLS\r\n")
			r.server.send("a BAD not now\r\n")
		})
		r.opens()
		if !r.tap.noted("the client can no longer use STARTTLS") {
			t.Errorf("%q", r.tap.notes)
		}
	})
	t.Run("pipelined", func(t *testing.T) {
		r := newRig(t, &Config{Client: Plain, Upstream: Implicit})
		all := "a CAPABILITY\r\nb LOGIN x y\r\nc CAPABILITY\r\n"
		both(func() {
			r.client.send(all)
			r.client.expect("* OK hi\r\n* CAPABILITY X\r\na OK\r\nb OK\r\n* CAPABILITY X STARTTLS\r\nc OK\r\n")
		}, func() {
			r.server.accept()
			r.server.send("* OK hi\r\n")
			r.server.expect(all)
			r.server.send("* CAPABILITY X STARTTLS\r\na OK\r\nb OK\r\n* CAPABILITY X STARTTLS\r\nc OK\r\n")
		})
		r.opens()
	})
}

// Bytes after STARTTLS or its OK, in the same segment, are dropped and counted, never
// carried into the secure session.
func TestSmuggledBytesAreDropped(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		r := newRig(t, &Config{Client: StartTLS, Upstream: Plain})
		const evil = "x LOGIN evil evil\r\n"
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("s STARTTLS\r\n" + evil)
			r.client.expect("s OK Begin TLS negotiation now\r\n")
			r.client.trust()
			r.client.send("n NOOP\r\n")
			r.client.expect("n OK\r\n")
		}, func() {
			r.server.send("* OK hi\r\n")
			r.server.expect("n NOOP\r\n")
			r.server.send("n OK\r\n")
		})
		if want := fmt.Sprintf("dropped %d bytes that the client's side sent between STARTTLS", len(evil)); !r.tap.noted(want) {
			t.Errorf("no note contains %q: %q", want, r.tap.notes)
		}
		if strings.Contains(r.tap.text(capture.ClientToServer), "evil") {
			t.Error("the tap got dropped bytes")
		}
	})
	t.Run("server", func(t *testing.T) {
		r := newRig(t, &Config{Client: Plain, Upstream: StartTLS})
		const evil = "* OK [CAPABILITY evil] x\r\n"
		both(func() {
			r.client.expect("* OK hi\r\n")
			r.client.send("n NOOP\r\n")
			r.client.expect("n OK\r\n")
		}, func() {
			r.server.send("* OK hi\r\n")
			r.server.expect("imapscope STARTTLS\r\n")
			r.server.send("* 5 EXISTS\r\nimapscope OK go\r\n" + evil)
			r.server.accept()
			r.server.expect("n NOOP\r\n")
			r.server.send("n OK\r\n")
		})
		for _, want := range []string{
			fmt.Sprintf("dropped %d bytes that the upstream's side sent between the OK", len(evil)),
			"dropped 12 bytes that the upstream sent before its OK",
		} {
			if !r.tap.noted(want) {
				t.Errorf("no note contains %q: %q", want, r.tap.notes)
			}
		}
	})
}
