package sasl

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// cramChallenge reads the first message of CRAM-MD5 (RFC 2195, section 2): a timestamp and
// the server's name in the form of a message identifier, <1896.697170952@postoffice.example>.
func cramChallenge(x *Exchange, b []byte) {
	if x.responses > 0 {
		noChallenge(x, b)
		return
	}
	x.stage(1, "the server's challenge")
	s, open := bytes.CutPrefix(b, []byte("<"))
	s, closed := bytes.CutSuffix(s, []byte(">"))
	at := bytes.LastIndexByte(s, '@')
	if !open || !closed || at < 0 {
		x.fault("the challenge is not in the form of a message identifier")
		return
	}
	x.set(&x.r.Host, s[at+1:])
}

// cramResponse reads the second one: the user, a space, and a digest of 32 hexadecimal digits.
func cramResponse(x *Exchange, b []byte) {
	if over(x) {
		return
	}
	x.stage(2, "the user and the digest")
	if x.challenges == 0 {
		x.fault("the client answered before the challenge")
	}
	at := bytes.LastIndexByte(b, ' ')
	if at < 1 || !hex32(b[at+1:]) {
		x.fault("the response is not a user and a digest")
		return
	}
	x.set(&x.r.Authentication, b[:at])
}

// hex32 reports whether b is 32 hexadecimal digits in lower case.
func hex32(b []byte) bool {
	return len(b) == 32 && len(bytes.Trim(b, "0123456789abcdef")) == 0
}

// digestChallenge reads the challenges of DIGEST-MD5 (RFC 2831): digest-challenge (section
// 2.1.1) and, last, response-auth (section 2.1.3).
func digestChallenge(x *Exchange, b []byte) {
	if len(b) == 0 && x.challenges == 1 && x.responses == 0 {
		x.stage(0, "the server is ready")
		return
	}
	d, ok := directives(b)
	switch {
	case ok && len(d["rspauth"]) == 1:
		x.stage(3, "the server's proof")
		x.server = true
		return
	case x.responses > 0:
		x.stage(x.r.Step, "a challenge of the server")
		x.fault("the server's last message is not its proof (rspauth)")
		return
	}
	x.stage(1, "the server's challenge")
	if !ok || len(d["nonce"]) != 1 || len(d["algorithm"]) != 1 {
		x.fault("the challenge does not have exactly one nonce and one algorithm")
		return
	}
	x.nonce = d["nonce"][0]
	if realms := d["realm"]; len(realms) > 0 {
		x.set(&x.r.Realm, []byte(strings.Join(realms, " or ")))
	}
	layers := "auth"
	if len(d["qop"]) > 0 {
		layers = d["qop"][0]
	}
	x.set(&x.r.Layer, []byte("offered: "+digestLayers(layers)))
}

// digestLayers returns the security layers of a list of quality of protection.
func digestLayers(list string) string {
	var out []string
	for _, q := range strings.Split(list, ",") {
		switch strings.ToLower(strings.TrimSpace(q)) {
		case "auth":
			out = append(out, "none")
		case "auth-int":
			out = append(out, "integrity")
		case "auth-conf":
			out = append(out, "encryption")
		}
	}
	return strings.Join(out, ", ")
}

// digestResponse reads digest-response (section 2.1.2), and the empty response to the
// server's proof.
func digestResponse(x *Exchange, b []byte) {
	if x.server {
		x.stage(3, "the client acknowledges it")
		return
	}
	if len(b) == 0 && x.responses == 1 && !x.asked {
		x.stage(0, "an empty response")
		return
	}
	if x.r.Step >= 2 {
		x.stage(2, "a response of the client")
		x.fault("the client sent a second response before the server's proof")
		return
	}
	x.stage(2, "the identities and the digest")
	d, ok := directives(b)
	if !ok || len(d["username"]) != 1 || len(d["response"]) != 1 || !hex32([]byte(d["response"][0])) {
		x.fault("the response does not have exactly one user name and one digest")
		return
	}
	utf := len(d["charset"]) > 0
	x.set(&x.r.Authentication, latin(d["username"][0], utf))
	for _, f := range [...]struct {
		name string
		to   *string
	}{{"realm", &x.r.Realm}, {"authzid", &x.r.Authorization}} {
		if len(d[f.name]) == 1 {
			x.set(f.to, latin(d[f.name][0], utf || f.name == "authzid"))
		}
	}
	x.digestRest(d)
}

// digestRest reads what is no identity.
func (x *Exchange) digestRest(d map[string][]string) {
	if uri := d["digest-uri"]; len(uri) == 1 {
		_, host, _ := strings.Cut(uri[0], "/")
		host, _, _ = strings.Cut(host, "/")
		x.set(&x.r.Host, []byte(host))
	}
	qop := "auth"
	if len(d["qop"]) > 0 {
		qop = d["qop"][0]
	}
	x.set(&x.r.Layer, []byte(digestLayers(qop)))
	if x.nonce != "" && (len(d["nonce"]) != 1 || d["nonce"][0] != x.nonce) {
		x.fault("the client did not repeat the server's nonce")
	}
}

// latin returns a name in UTF-8: without "charset=utf-8" it is ISO 8859-1 (RFC 2831, section
// 2.1.2).
func latin(s string, utf bool) []byte {
	if utf {
		return []byte(s)
	}
	var out []byte
	for i := range len(s) {
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return out
}

// maxDirectives bounds how many directives of a message are read.
const maxDirectives = 64

// directives reads a list of directives (RFC 2831, section 7.1): name=value or name="value",
// separated by commas. Names are in lower case. It reports false if it is no such list.
func directives(b []byte) (map[string][]string, bool) {
	out := make(map[string][]string)
	for n := 0; ; n++ {
		b = bytes.TrimLeft(b, " \t\r\n,")
		if len(b) == 0 {
			return out, n > 0
		}
		name, rest, ok := bytes.Cut(b, []byte("="))
		if !ok || n == maxDirectives {
			return nil, false
		}
		value, after, ok := directive(bytes.TrimLeft(rest, " \t\r\n"))
		if !ok {
			return nil, false
		}
		key := strings.ToLower(string(bytes.TrimSpace(name)))
		out[key] = append(out[key], value)
		b = after
	}
}

// directive reads a value and returns what follows it.
func directive(b []byte) (value string, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		end := bytes.IndexByte(b, ',')
		if end < 0 {
			end = len(b)
		}
		return string(bytes.TrimSpace(b[:end])), b[end:], true
	}
	var out []byte
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '"':
			rest = bytes.TrimLeft(b[i+1:], " \t\r\n")
			return string(out), rest, len(rest) == 0 || rest[0] == ','
		case b[i] == '\\' && i+1 < len(b):
			i++
		}
		out = append(out, b[i])
	}
	return "", nil, false
}
