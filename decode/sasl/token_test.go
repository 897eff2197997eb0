package sasl

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// ntlm builds a message of NTLM: a head of some length with the signature, the type and the
// flags, and texts whose places are described in it.
func ntlm(kind uint32, head, flagsAt int, flags uint32, texts map[int]string) string {
	b := make([]byte, head)
	copy(b, ntlmSignature)
	binary.LittleEndian.PutUint32(b[8:], kind)
	binary.LittleEndian.PutUint32(b[flagsAt:], flags)
	for at := range head {
		s, ok := texts[at]
		if !ok {
			continue
		}
		binary.LittleEndian.PutUint16(b[at:], uint16(len(s)))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(s)))
		binary.LittleEndian.PutUint32(b[at+4:], uint32(len(b)))
		b = append(b, s...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// utf16le encodes a text as NTLM does.
func utf16le(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func TestNTLMShowsIdentitiesWithoutHashes(t *testing.T) {
	hashes := map[int]string{ntlmLM3: "ZqLMhashZqLMhash", ntlmNT3: "ZqNThashZqNThash", ntlmKey3: "Zqkey"}
	third := map[int]string{ntlmDomain3: utf16le("EXAMPLE"), ntlmUser3: utf16le("frédéric"), ntlmWorkstation3: utf16le("DESK")}
	for at, s := range hashes {
		third[at] = s
	}
	x, lines := play("NTLM", "S64:\nC64: "+ntlm(1, 32, ntlmFlags1, 1, map[int]string{ntlmDomain1: "EXAMPLE", ntlmWorkstation1: "DESK"})+
		"\nS64: "+ntlm(2, 48, ntlmFlags2, 1, map[int]string{ntlmTarget2: utf16le("SERVER")})+
		"\nC64: "+ntlm(3, 64, ntlmFlags3, 1, third)+"\nOK64:")
	want := `SASL NTLM: the server is ready
SASL NTLM, step 1 of 3: the client's abilities (type 1); realm EXAMPLE; workstation DESK
SASL NTLM, step 2 of 3: the server's challenge (type 2); server SERVER
SASL NTLM, step 3 of 3: the identities and the hashes (type 3); user frédéric
SASL NTLM: accepted`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r := x.Report()
	if r.User() != "frédéric" {
		t.Errorf("the user is %q", r.User())
	}
	if shown := fmt.Sprintf("%+v %v", r, lines); strings.Contains(shown, "Zq") {
		t.Errorf("a hash is in %s", shown)
	}
}

// TestNTLMNamesWithinHashesAreNotShown checks that a message whose name is where a hash is, or
// beyond its end, shows neither.
func TestNTLMNamesWithinHashesAreNotShown(t *testing.T) {
	begin := "S64:\nC64: " + ntlm(1, 32, ntlmFlags1, 0, nil) + "\nS64: " + ntlm(2, 48, ntlmFlags2, 0, nil) + "\nC64: "
	b, _ := base64.StdEncoding.DecodeString(ntlm(3, 64, ntlmFlags3, 0, map[int]string{ntlmNT3: "ZqNThashZqNThash", ntlmUser3: "fred"}))
	same := append([]byte(nil), b...)
	copy(same[ntlmUser3:ntlmUser3+8], b[ntlmNT3:ntlmNT3+8])
	beyond := append([]byte(nil), b...)
	binary.LittleEndian.PutUint32(beyond[ntlmUser3+4:], 1<<31)
	for _, test := range []struct {
		message []byte
		fault   string
	}{{same, "a name is where a hash is"}, {beyond, "a name is outside the message"}, {b[:40], "the message is too short"}} {
		x, lines := play("NTLM", begin+base64.StdEncoding.EncodeToString(test.message))
		r := x.Report()
		if r.Fault != test.fault || r.Authentication != "" {
			t.Errorf("the fault is %q, the user %q; want %q", r.Fault, r.Authentication, test.fault)
		}
		if shown := fmt.Sprintf("%+v %v", r, lines); strings.Contains(shown, "Zq") {
			t.Errorf("a hash is in %s", shown)
		}
	}
}

// der returns a value in DER, of less than 128 bytes.
func der(tag byte, parts ...string) string {
	s := strings.Join(parts, "")
	return string([]byte{tag, byte(len(s))}) + s
}

// kerberos returns a token of Kerberos 5 in a frame.
func kerberos(id, body string) string {
	return base64.StdEncoding.EncodeToString([]byte(der(0x60, der(6, string(oidKerberos)), id, body)))
}

// wrapped returns a wrapped message that is not encrypted, its checksum before it.
func wrapped(data string, flags byte) string {
	sum := "checksumchec"
	return base64.StdEncoding.EncodeToString([]byte("\x05\x04" + string([]byte{flags, 0xff, 0, byte(len(sum)), 0, byte(len(sum))}) + "\x00\x00\x00\x00\x00\x00\x00\x01" + sum + data))
}

// ticketToken is a client's first token: an AP-REQ with a ticket for imap/mail.example.com.
func ticketToken() string {
	name := der(0x30, der(0xa0, der(2, "\x02")), der(0xa1, der(0x30, der(0x1b, "imap"), der(0x1b, "mail.example.com"))))
	ticket := der(0x61, der(0x30, der(0xa0, der(2, "\x05")), der(0xa1, der(0x1b, "EXAMPLE.COM")), der(0xa2, name), der(0xa3, der(0x30, "Zqticket"))))
	return kerberos("\x01\x00", der(0x6e, der(0x30, der(0xa0, der(2, "\x05")), der(0xa1, der(2, "\x0e")), der(0xa3, ticket))))
}

func TestGSSAPIIsReadByStage(t *testing.T) {
	x, lines := play("GSSAPI", "S64:\nC64: "+ticketToken()+
		"\nS64: "+kerberos("\x02\x00", "Zqproof")+
		"\nC64:\nS64: "+wrapped("\x05\x00\x10\x00", 1)+
		"\nC64: "+wrapped("\x01\x00\x10\x00fred", 0)+"\nOK64:")
	want := `SASL GSSAPI: the server is ready
SASL GSSAPI, step 1: the client's token: Kerberos 5, a ticket (AP-REQ); realm EXAMPLE.COM; server mail.example.com
SASL GSSAPI, step 2: the server's token: Kerberos 5, the server's proof (AP-REP)
SASL GSSAPI, step 2: an empty response: the context is complete
SASL GSSAPI, step 3: the security layers of the server; security layer offered: none or encryption, at most 4096 bytes
SASL GSSAPI, step 4: the security layer and the identity to act as; acts as fred; security layer none, at most 4096 bytes
SASL GSSAPI: accepted`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r := x.Report()
	if shown := fmt.Sprintf("%+v %v", r, lines); strings.Contains(shown, "Zq") || r.User() != "fred" {
		t.Errorf("the user is %q in %s", r.User(), shown)
	}
}

func TestGSSAPIErrorsAndOtherMechanisms(t *testing.T) {
	failure := der(0x7e, der(0x30, der(0xa6, der(2, "\x25")), der(0xab, der(0x1b, "clock skew"))))
	old := base64.StdEncoding.EncodeToString([]byte(der(0x60, der(6, string(oidKerberos)), "\x02\x01", "\x00\x00\xff\xff\xff\xff", "numbers.", "checksum", "random..", "\x01\x00\x00\x00", "\x01")))
	spnego := base64.StdEncoding.EncodeToString([]byte(der(0x60, der(6, string(oidSPNEGO)), "Zqtoken")))
	for _, test := range []struct{ transcript, want string }{
		{"C64: " + kerberos("\x01\x00", "") + "\nS64: " + kerberos("\x03\x00", failure), "SASL GSSAPI, step 2: the server's token: Kerberos 5, an error (KRB-ERROR); error Kerberos error 37: clock skew"},
		{"S64: " + old, "SASL GSSAPI, step 1: the security layers of the server; security layer offered: none, at most 0 bytes"},
		{"C64: " + spnego, "SASL GSSAPI, step 1: the client's token: SPNEGO"},
		{"C64: " + base64.StdEncoding.EncodeToString([]byte(der(0x60, der(6, "\x2b\x01"), "x"))), "SASL GSSAPI, step 1: the client's token: another mechanism of GSS-API"},
		{"C64: " + wrapped("\x03\x00\x10\x00", 0), "SASL GSSAPI, step 1: the security layer and the identity to act as; security layer none or integrity, at most 4096 bytes; fault the client did not choose exactly one security layer"},
		{"S64: " + wrapped("Zqencrypted", 2), "SASL GSSAPI, step 1: the security layers of the server; fault the server's security layers cannot be read"},
		{"C: Zqrubbish", "SASL GSSAPI, step 1: the client's token"},
	} {
		_, lines := play("GSSAPI", test.transcript)
		if got := lines[len(lines)-1]; got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// FuzzTokens feeds binary messages to the mechanisms that have some.
func FuzzTokens(f *testing.F) {
	token, _ := base64.StdEncoding.DecodeString(ticketToken())
	third, _ := base64.StdEncoding.DecodeString(ntlm(3, 64, ntlmFlags3, 1, map[int]string{ntlmUser3: utf16le("fred")}))
	f.Add(token, token)
	f.Add(third, third)
	f.Fuzz(func(t *testing.T, challenge, response []byte) {
		for _, name := range []string{"NTLM", "GSSAPI", "DIGEST-MD5"} {
			x := New(name)
			for range 2 {
				x.Challenge([]byte(base64.StdEncoding.EncodeToString(challenge)))
				x.Response([]byte(base64.StdEncoding.EncodeToString(response)))
			}
			if r := x.Report(); len(r.Host)+len(r.Realm)+len(r.Authentication) > 3*MaxText {
				t.Errorf("%s keeps %d bytes", name, len(r.Host)+len(r.Realm)+len(r.Authentication))
			}
		}
	})
}
