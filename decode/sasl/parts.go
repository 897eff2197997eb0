package sasl

import (
	"bytes"
	"strings"
)

// Use is what a part of a message is for, to a program that replaces what is personal and
// secret in messages but keeps their form.
type Use uint8

// The uses.
const (
	Form        Use = iota // words and signs of the mechanism: they say nothing about anyone
	Text                   // a name, a token or any other text
	Hex                    // a digest in hexadecimal
	Nonce                  // SCRAM: a nonce that begins with the client's
	ClientNonce            // SCRAM: the client's
	Inner                  // SCRAM: the GS2 header again, and the data of channel binding, in base64
)

// Part is a part of a message.
type Part struct {
	Start, End int
	Use        Use
}

// keys are the names of attributes, directives and claims, with the use of their values. What
// is in words may stay as a value of Form.
var keys = map[string]Use{
	"a": Text, "c": Inner, "e": Form, "i": Form, "m": Text, "n": Text, "p": Text, "r": Nonce, "s": Text, "v": Text,
	"algorithm": Form, "authzid": Text, "charset": Form, "cipher": Form, "cnonce": Text, "digest-uri": Text,
	"maxbuf": Form, "nc": Form, "nonce": Text, "qop": Form, "realm": Text, "response": Hex, "rspauth": Hex, "stale": Form,
	"username": Text,
	"auth":     Text, "host": Text, "port": Form, "user": Text,
}

// words are values that say nothing about anyone, besides numbers.
var words = map[string]bool{
	"auth": true, "auth-int": true, "auth-conf": true, "md5-sess": true, "utf-8": true, "true": true,
	"bearer": true, "invalid_token": true, "invalid_request": true, "insufficient_scope": true,
	"tls-unique": true, "tls-server-end-point": true, "tls-exporter": true,
	// server-error-value (RFC 5802, section 7).
	"invalid-encoding": true, "extensions-not-supported": true, "invalid-proof": true, "channel-bindings-dont-match": true,
	"server-does-support-channel-binding": true, "channel-binding-not-supported": true, "unsupported-channel-binding-type": true,
	"unknown-user": true, "invalid-username-encoding": true, "no-resources": true, "other-error": true,
}

// Parts divides a decoded message of either side, in order and without gaps. What is not known
// to be Form is something else. A message of another mechanism is one Text.
func Parts(mechanism string, b []byte) []Part {
	p := parts{b: b}
	switch {
	case mechanism == "CRAM-MD5":
		if at := bytes.LastIndexByte(b, ' '); hex32(b[at+1:]) {
			p.add(at+1, Text)
			p.add(len(b), Hex)
		}
	case len(b) > 0 && b[0] == '{' && oauth(mechanism):
		p.json()
	case mechanism == "DIGEST-MD5", strings.HasPrefix(mechanism, "SCRAM-"), oauth(mechanism):
		for p.at < len(b) {
			p.attribute()
		}
	}
	p.add(len(b), Text)
	return p.out
}

func oauth(mechanism string) bool {
	return mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" || mechanism == "OAUTH10A"
}

// parts is a message being divided.
type parts struct {
	b   []byte
	at  int
	gs2 bool // it begins with a GS2 header
	out []Part
}

// add adds a part up to a place.
func (p *parts) add(to int, use Use) {
	if to > p.at {
		p.out = append(p.out, Part{p.at, to, use})
		p.at = to
	}
}

// attribute adds key=value, or a flag of a GS2 header, with the separator after it.
func (p *parts) attribute() {
	rest := p.b[p.at:]
	end := bytes.IndexAny(rest, ",\x01")
	if end < 0 {
		end = len(rest)
	}
	defer func(to int) { p.add(to, Form) }(min(p.at+end+1, len(p.b)))
	s, end := rest[:end], p.at+end
	key, value, ok := bytes.Cut(s, []byte("="))
	name := strings.ToLower(string(bytes.TrimSpace(key)))
	use, known := keys[name]
	switch {
	case p.at == 0 && (string(s) == "n" || string(s) == "y" || name == "p" && words[string(value)]):
		p.gs2 = true
		p.add(end, Form)
		return
	case !ok || !known || len(key) > len(name)+1: // more than one blank is no form of a mechanism
		p.add(end, Text)
		return
	}
	p.add(p.at+len(key)+1, Form)
	switch {
	case use == Form && !plainValue(value):
		use = Text
	case use == Nonce && p.gs2:
		use = ClientNonce
	case use == Hex && !hex32(value):
		use = Text
	case name == "auth" && len(value) > 7 && strings.EqualFold(string(value[:7]), "bearer "):
		p.add(p.at+7, Form)
	}
	p.add(end, use)
}

// plainValue reports whether a value is a number or one of the words.
func plainValue(v []byte) bool {
	v = bytes.Trim(v, `"`)
	return len(v) <= 10 && len(bytes.Trim(v, "0123456789")) == 0 || words[strings.ToLower(string(v))]
}

// json adds the JSON object of an error: its keys and plain values are Form.
func (p *parts) json() {
	for p.at < len(p.b) {
		from := bytes.IndexByte(p.b[p.at:], '"')
		if from < 0 {
			return
		}
		from += p.at
		n := bytes.IndexByte(p.b[from+1:], '"')
		if n < 0 {
			return
		}
		s := p.b[from+1 : from+1+n]
		p.add(from+1, Text)
		switch string(s) {
		case "status", "scope", "schemes", "openid-configuration":
			p.add(from+1+n, Form)
		default:
			use := Text
			if len(s) <= 3 && plainValue(s) || words[string(s)] {
				use = Form
			}
			p.add(from+1+n, use)
		}
		p.add(from+2+n, Form)
	}
}
