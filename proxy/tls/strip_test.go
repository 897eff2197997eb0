package tls

import (
	"strings"
	"testing"
)

// A capability is stripped before login and after it, whatever the legs are, and only it.
func TestStripHoldsForTheWholeSession(t *testing.T) {
	for _, modes := range [][2]Mode{{Plain, Plain}, {Plain, Implicit}, {Implicit, Implicit}, {StartTLS, Plain}} {
		t.Run(modes[0].String()+" "+modes[1].String(), func(t *testing.T) {
			r := newRig(t, &Config{Client: modes[0], Upstream: modes[1], Strip: []string{"COMPRESS=DEFLATE"}})
			literal := strings.Repeat("* CAPABILITY COMPRESS=DEFLATE\r\n", 1000)
			start := " STARTTLS"
			if modes[0] != StartTLS {
				start = ""
			}
			both(func() {
				if modes[0] == Implicit {
					r.client.trust()
				}
				r.client.expect("* OK [CAPABILITY X" + start + "] hi\r\n")
				r.client.send("a LOGIN x y\r\n")
				r.client.expect("a OK [CAPABILITY Y] in\r\n* CAPABILITY Z STARTTLS\r\n")
				r.client.send("b APPEND x {31000}\r\n")
				r.client.expect("+ go\r\n")
				r.client.send(literal + "\r\n")
				r.client.expect("* 1 FETCH (RFC822 {31000}\r\n" + literal + ")\r\nb OK\r\n")
				r.client.send("c STARTTLS\r\n")
				r.client.expect("c BAD no\r\n* CAPABILITY\r\n")
				r.client.send("d COMPRESS DEFLATE\r\n")
				r.client.expect("d OK\r\n* CAPABILITY COMPRESS=DEFLATE\r\n")
			}, func() {
				if modes[1] == Implicit {
					r.server.accept()
				}
				r.server.send("* OK [CAPABILITY X COMPRESS=DEFLATE] hi\r\n")
				r.server.expect("a LOGIN x y\r\n")
				r.server.send("a OK [CAPABILITY compress=deflate Y] in\r\n* CAPABILITY Z COMPRESS=DEFLATE STARTTLS\r\n")
				r.server.expect("b APPEND x {31000}\r\n")
				r.server.send("+ go\r\n")
				r.server.expect(literal + "\r\n")
				r.server.send("* 1 FETCH (RFC822 {31000}\r\n" + literal + ")\r\nb OK\r\n")
				r.server.expect("c STARTTLS\r\n")
				r.server.send("c BAD no\r\n* CAPABILITY COMPRESS=DEFLATE\r\n")
				r.server.expect("d COMPRESS DEFLATE\r\n")
				r.server.send("d OK\r\n* CAPABILITY COMPRESS=DEFLATE\r\n") // opaque now
			})
			r.opens()
			for _, want := range []string{
				"edited: removed COMPRESS=DEFLATE in the greeting", "edited: removed COMPRESS=DEFLATE in a response code",
				"edited: removed COMPRESS=DEFLATE in CAPABILITY data", "the client sent COMPRESS, although COMPRESS=DEFLATE was removed; it is forwarded",
			} {
				if want == "edited: removed COMPRESS=DEFLATE in the greeting" && modes[0] == StartTLS {
					want = "edited: removed COMPRESS=DEFLATE, added STARTTLS in the greeting"
				}
				if !r.tap.noted(want) {
					t.Errorf("no note %q: %q", want, r.tap.notes)
				}
			}
		})
	}
}

// Between plain legs STARTTLS is a matter of client and server, with --strip too.
func TestStripLeavesStartTLSAlone(t *testing.T) {
	r := newRig(t, &Config{Strip: []string{"IDLE"}})
	both(func() {
		r.client.expect("* OK [CAPABILITY STARTTLS] hi\r\n")
		r.client.send("a STARTTLS\r\n")
		r.client.expect("a OK go\r\n* CAPABILITY IDLE\r\n")
	}, func() {
		r.server.send("* OK [CAPABILITY IDLE STARTTLS] hi\r\n")
		r.server.expect("a STARTTLS\r\n")
		r.server.send("a OK go\r\n* CAPABILITY IDLE\r\n")
	})
	r.opens()
}

func TestCheckStrip(t *testing.T) {
	if err := CheckStrip([]string{"COMPRESS=DEFLATE", "LITERAL+", "idle"}); err != nil {
		t.Error(err)
	}
	for _, w := range []string{"", "A B", "A]", "ä", "*", "a\n"} {
		if CheckStrip([]string{w}) == nil {
			t.Errorf("%q is accepted", w)
		}
	}
}
