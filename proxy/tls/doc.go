// Package tls is TLS on either leg: the local CA, leaf certificates, and the one
// place where the forwarder reads lines, just enough of them for STARTTLS and what
// is offered before login.
//
//	Config.Open:  upstream's TLS ─> client's TLS ─> until login: lines ─> two connections to relay freely
//
// The client's leg and the upstream's are plaintext, STARTTLS or TLS from the
// first octet on, each by its own Mode. A Config is a proxy's Opener:
//
//	ca, err := tls.LoadOrCreateCA(dir)
//	p.Opener = &tls.Config{Client: tls.Plain, Upstream: tls.Implicit, Host: "mail.example"}
//
// # Rules
//
//   - If neither leg has TLS nothing is read: a STARTTLS then is between client and
//     server, and opaque.
//   - The upstream's handshake comes first. If it fails the client is told in a BYE
//     and sees no greeting. Its certificate is verified unless Config says not to.
//   - The proxy speaks STARTTLS on each leg for itself and never passes it on before
//     login. It is answered once every command before it is, as a server that takes
//     one command after the other would; refused with BAD where it is not offered or
//     TLS is there already (RFC 3501, 6.2.1).
//   - Octets behind STARTTLS, or behind the OK to it, and before the handshake are
//     dropped and counted aloud (RFC 3501, 6.2.1; they were never authenticated).
//   - What is offered before login fits the client's leg: the word STARTTLS is there
//     if the client can have it, and not otherwise; LOGINDISABLED goes from a greeting
//     that was said before the upstream's own STARTTLS, for it spoke of that. What the
//     upstream says of LOGINDISABLED after that, or where it has no STARTTLS, is true
//     of it and stays; it is never added, because the proxy refuses no login.
//   - Only these two words are touched, in the greeting's [CAPABILITY …] and in
//     CAPABILITY's data, in whole lines of bounded length. A line is held back only
//     while it may still be one of these, or the client's STARTTLS.
//   - It ends with the tagged OK to LOGIN, AUTHENTICATE or COMPRESS, or a PREAUTH
//     greeting; nothing is looked at after that.
//   - The tap is told what the client's leg says, before it is written on: one
//     conversation in plaintext, STARTTLS included, as the client sees it.
//
// Absent on purpose: client certificates, session tickets, ALPN, revocation.
package tls
