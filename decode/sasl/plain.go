package sasl

import "bytes"

// plainResponse reads the only message of PLAIN (RFC 4616, section 2):
//
//	message = [authzid] UTF8NUL authcid UTF8NUL passwd
func plainResponse(x *Exchange, b []byte) {
	if over(x) {
		return
	}
	x.stage(1, "the identities and the password")
	parts := bytes.Split(b, []byte{0})
	if len(parts) != 3 {
		x.fault("the response is not an identity to act as, an identity and a password")
		return
	}
	x.set(&x.r.Authorization, parts[0])
	x.set(&x.r.Authentication, parts[1])
	switch {
	case len(parts[1]) == 0:
		x.fault("the authentication identity is empty")
	case len(parts[2]) == 0:
		x.fault("the password is empty")
	}
}

// loginChallenge reads a prompt of LOGIN, which no RFC defines: "Username:" or "User Name",
// then "Password:".
func loginChallenge(x *Exchange, b []byte) {
	lower := bytes.ToLower(b)
	switch {
	case bytes.Contains(lower, []byte("pass")):
		x.secret = true
		x.stage(3, "the server asks for the password")
	case bytes.Contains(lower, []byte("user")):
		x.stage(1, "the server asks for the user")
	case x.responses == 0:
		x.stage(1, "the server is ready")
	default:
		x.stage(3, "a challenge of the server")
	}
}

// loginResponse reads the user or the password. Only the first response can be the user: a
// client may send the password next, whatever the server asks for.
func loginResponse(x *Exchange, b []byte) {
	if x.responses > 1 || x.secret {
		x.stage(4, "the password")
		return
	}
	x.stage(2, "the user")
	x.set(&x.r.Authentication, b)
}

// externalResponse reads the only message of EXTERNAL (RFC 4422, appendix A.1): the identity
// to act as, or nothing.
func externalResponse(x *Exchange, b []byte) {
	if over(x) {
		return
	}
	x.stage(1, "the identity of the connection, by its certificate for example")
	if len(b) > 0 {
		x.set(&x.r.Authorization, b)
	}
}

// anonymousResponse reads the only message of ANONYMOUS (RFC 4505, section 2): an address or
// a token, which proves nothing, or nothing.
func anonymousResponse(x *Exchange, b []byte) {
	if over(x) {
		return
	}
	x.stage(1, "the client's trace information")
	x.set(&x.r.Trace, b)
}

// kerberos4Challenge and kerberos4Response know the messages of KERBEROS_V4 (RFC 1731,
// section 2) by their order: what is in them is encrypted, except in the first.
func kerberos4Challenge(x *Exchange, _ []byte) {
	if x.responses == 0 {
		x.stage(1, "the server's random number")
		return
	}
	x.stage(3, "the server's proof, with the security layers it supports")
}

func kerberos4Response(x *Exchange, _ []byte) {
	if x.r.Step < 3 {
		x.stage(2, "the ticket and an authenticator")
		return
	}
	x.stage(4, "the security layer and the identity to act as, encrypted")
}
