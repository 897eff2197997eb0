package sasl

import "strings"

// mechanism is everything known of one mechanism: its name, how many messages it has, who
// sends the first, and how the messages of each side are read.
type mechanism struct {
	name        string
	steps       int  // 0 if the number varies
	serverFirst bool // the first message is a challenge
	tokens      bool // its credentials are OAuth tokens (RFC 7628)
	challenge   func(x *Exchange, b []byte)
	response    func(x *Exchange, b []byte)
}

// mechanisms are those that are understood. A name that ends with "*" is a family.
var mechanisms = [...]mechanism{
	{name: "PLAIN", steps: 1, challenge: noChallenge, response: plainResponse},
	{name: "LOGIN", steps: 4, serverFirst: true, challenge: loginChallenge, response: loginResponse},
	{name: "CRAM-MD5", steps: 2, serverFirst: true, challenge: cramChallenge, response: cramResponse},
	{name: "DIGEST-MD5", steps: 3, serverFirst: true, challenge: digestChallenge, response: digestResponse},
	{name: "SCRAM-*", steps: 4, challenge: scramChallenge, response: scramResponse},
	{name: "EXTERNAL", steps: 1, challenge: noChallenge, response: externalResponse},
	{name: "ANONYMOUS", steps: 1, challenge: noChallenge, response: anonymousResponse},
	{name: "XOAUTH2", steps: 1, tokens: true, challenge: oauthChallenge, response: xoauth2Response},
	{name: "OAUTHBEARER", steps: 1, tokens: true, challenge: oauthChallenge, response: bearerResponse},
	{name: "OAUTH10A", steps: 1, tokens: true, challenge: oauthChallenge, response: bearerResponse},
	{name: "NTLM", steps: 3, challenge: ntlmChallenge, response: ntlmResponse},
	{name: "GSSAPI", challenge: gssChallenge, response: gssResponse},
	{name: "GSS-SPNEGO", challenge: gssChallenge, response: gssResponse},
	{name: "KERBEROS_V4", steps: 4, serverFirst: true, challenge: kerberos4Challenge, response: kerberos4Response},
}

// unknown is any other mechanism: its messages are counted.
var unknown = mechanism{serverFirst: true, challenge: unknownChallenge, response: unknownResponse}

// find returns the row of a name in upper case.
func find(name string) *mechanism {
	for i := range mechanisms {
		m := &mechanisms[i]
		family, ok := strings.CutSuffix(m.name, "*")
		if m.name == name || ok && strings.HasPrefix(name, family) {
			return m
		}
	}
	return &unknown
}

// Tokens reports whether the credentials of a mechanism, in upper case, are OAuth tokens.
func Tokens(name string) bool { return find(name).tokens }

func unknownChallenge(x *Exchange, b []byte) {
	if len(b) == 0 && x.responses == 0 {
		x.stage(0, "the server is ready")
		return
	}
	x.stage(x.r.Step+1, "a challenge of the server")
}

func unknownResponse(x *Exchange, _ []byte) { x.stage(x.r.Step+1, "a response of the client") }

// noChallenge reads the challenge of a mechanism that has none: an empty one, which asks for
// the response.
func noChallenge(x *Exchange, b []byte) {
	if x.responses > 0 {
		x.stage(x.r.Step, "a challenge that the mechanism does not have")
		x.fault("the server sent a challenge after the last message of the mechanism")
		return
	}
	x.stage(0, "the server is ready")
}

// over reports whether the client's last message was sent already, and records it if so.
func over(x *Exchange) bool {
	if x.r.Step < x.by.steps {
		return false
	}
	x.stage(x.r.Step, "a response that the mechanism does not have")
	x.fault("the client sent a response after the last message of the mechanism")
	return true
}
