package sasl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// separator ends each part of a message of OAUTHBEARER and XOAUTH2.
var separator = []byte{1}

// bearerResponse reads the client's message of OAUTHBEARER and OAUTH10A (RFC 7628, section 3.1), and its
// answer to an error, %x01 alone (section 3.2.3):
//
//	client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
func bearerResponse(x *Exchange, b []byte) {
	if x.acknowledges(b) {
		return
	}
	x.stage(1, "the identity and a token")
	head, rest, ok := bytes.Cut(b, separator)
	parts := bytes.Split(head, []byte(","))
	if !ok || len(parts) != 3 || len(parts[2]) != 0 {
		x.fault("the response does not begin with a GS2 header")
		return
	}
	pairs, ok := oauthPairs(rest)
	if !ok {
		x.fault("the response is malformed")
		return
	}
	if !x.gs2(parts[0], parts[1]) {
		x.fault("the GS2 header is malformed")
		return
	}
	x.r.Authentication, x.r.Authorization = x.r.Authorization, ""
	if parts[0][0] == 'n' {
		x.r.Binding = "" // as always: there is none with a bearer token
	}
	if host := pairs["host"]; host != nil {
		x.set(&x.r.Host, host)
	}
	if port, err := strconv.ParseUint(string(pairs["port"]), 10, 16); err == nil {
		x.r.Port = int(port)
	}
	x.token(pairs["auth"])
}

// xoauth2Response reads the client's message of XOAUTH2, which Google defined:
//
//	"user=" user %x01 "auth=Bearer " token %x01 %x01
func xoauth2Response(x *Exchange, b []byte) {
	if x.acknowledges(b) {
		return
	}
	x.stage(1, "the user and a token")
	if written := []byte("^A"); !bytes.Contains(b, separator) && bytes.Contains(b, written) {
		x.fault("the separators are written as ^A; each must be the byte %x01")
		b = bytes.ReplaceAll(b, written, separator)
	}
	pairs, ok := oauthPairs(b)
	if !ok || pairs["user"] == nil || pairs["auth"] == nil {
		x.fault("the response is not a user and a token")
		return
	}
	x.set(&x.r.Authentication, pairs["user"])
	x.token(pairs["auth"])
}

// acknowledges reads the client's answer to an error: empty, or %x01 alone. It reports
// whether the message is one, or one that is too many.
func (x *Exchange) acknowledges(b []byte) bool {
	if x.failed {
		x.stage(1, "the client acknowledges the error")
		if len(b) > 1 || len(b) == 1 && b[0] != separator[0] {
			x.fault("the client's answer to the error is neither empty nor %x01")
		}
		return true
	}
	return over(x)
}

// oauthPairs reads key=value pairs, each with a separator at its end and another one after
// the last. It reports false if b is anything else: a token may be anywhere in it then.
func oauthPairs(b []byte) (map[string][]byte, bool) {
	body, ok := bytes.CutSuffix(b, []byte{1, 1})
	if !ok {
		return nil, false
	}
	out := make(map[string][]byte)
	for _, pair := range bytes.SplitN(body, separator, maxDirectives) {
		key, value, ok := bytes.Cut(pair, []byte("="))
		if !ok || out[string(key)] != nil || bytes.Contains(value, []byte("auth=")) {
			return nil, false
		}
		out[string(key)] = value
	}
	return out, true
}

// token reads the claims of a token that is a JWT: when it expires, and who issued it. The
// token itself is dropped.
func (x *Exchange) token(auth []byte) {
	if len(auth) == 0 { // RFC 7628, section 4.3
		x.stage(1, "the identity without a token, to learn which scope is required")
		return
	}
	scheme, token, _ := bytes.Cut(auth, []byte(" "))
	if x.r.Mechanism == "OAUTH10A" {
		return
	}
	if !strings.EqualFold(string(scheme), "bearer") || len(token) == 0 {
		x.fault("the response has no bearer token")
		return
	}
	parts := bytes.Split(token, []byte("."))
	if len(parts) != 3 {
		return
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(string(parts[1]), "="))
	if err != nil {
		return
	}
	var claims struct {
		Exp float64 `json:"exp"`
		Iss string  `json:"iss"`
	}
	if json.Unmarshal(b, &claims) != nil {
		return
	}
	if claims.Exp > 0 && claims.Exp < 253402300800 { // the year 10000
		x.r.Expires = time.Unix(int64(claims.Exp), 0).UTC()
		if x.r.Expired(x.Time) {
			x.r.Note = "the token had expired when it was sent"
		}
	}
	x.set(&x.r.Issuer, []byte(claims.Iss))
}

// oauthChallenge reads the server's error (RFC 7628, section 3.2.2), a JSON object in base64.
func oauthChallenge(x *Exchange, b []byte) {
	if x.responses == 0 {
		x.stage(0, "the server is ready")
		return
	}
	x.stage(1, "the server reports an error")
	x.failed = true
	var e struct {
		Status        json.RawMessage `json:"status"`
		Scope         json.RawMessage `json:"scope"`
		Schemes       json.RawMessage `json:"schemes"`
		Configuration json.RawMessage `json:"openid-configuration"`
	}
	if json.Unmarshal(b, &e) != nil {
		x.fault("the server's error is not a JSON object")
		return
	}
	x.set(&x.r.Error, jsonText(e.Status))
	x.set(&x.r.Scope, jsonText(e.Scope))
	x.set(&x.r.Schemes, jsonText(e.Schemes))
	x.set(&x.r.Configuration, jsonText(e.Configuration))
	if x.r.Error == "" {
		x.fault("the server's error has no status")
	}
}

// jsonText returns a JSON value as text: a string without its quotation marks.
func jsonText(v json.RawMessage) []byte {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return []byte(s)
	}
	return v
}
