// Package tls provides TLS on both legs of the proxy: the local CA, leaf certificates,
// STARTTLS, and the editing of capabilities before login.
//
//	Config.Open:  upstream's TLS ─> client's TLS ─> until login: lines ─> two connections to relay freely
//
// The client's leg and the upstream's are plaintext, STARTTLS or TLS from the
// first byte, each with its own Mode. A Config is a proxy's Opener:
//
//	ca, err := tls.LoadOrCreateCA(dir)
//	p.Opener = &tls.Config{Client: tls.Plain, Upstream: tls.Implicit, Host: "mail.example"}
//
// # Rules
//
//   - If neither leg has TLS, nothing is read: a STARTTLS is then between client and
//     server, and opaque.
//   - The upstream's handshake comes first. If it fails, the client gets a BYE and no
//     greeting. The upstream's certificate is verified unless Config.Insecure is set.
//   - The proxy handles STARTTLS on each leg itself and never forwards it before login.
//     It answers STARTTLS once all earlier commands have been answered, as a server that
//     executes commands one at a time would, and refuses it with BAD if it is not
//     offered or if TLS is already active (RFC 3501, 6.2.1).
//   - Bytes between STARTTLS, or the OK to it, and the handshake are dropped, and their
//     number is logged (RFC 3501, 6.2.1; they were never authenticated).
//   - The capabilities offered before login fit the client's leg. STARTTLS is listed if
//     and only if the client can use it. LOGINDISABLED is removed from a greeting that
//     was sent before the upstream's own STARTTLS, because it referred to the time
//     before TLS. If the upstream sends it later, or has no STARTTLS, it is true and is
//     kept. It is never added, because the proxy refuses no login.
//   - Only these two words are edited, in the greeting's [CAPABILITY …] and in
//     CAPABILITY data, in whole lines of bounded length. A line is held back only while
//     it may still be one of these, or the client's STARTTLS.
//   - Editing ends with the tagged OK to LOGIN, AUTHENTICATE or COMPRESS, or with a
//     PREAUTH greeting; nothing is inspected after that.
//   - Config.Strip is the exception: its words are also removed after login, where
//     COMPRESS is offered, and from each response code CAPABILITY; until the OK to
//     COMPRESS, or to a STARTTLS that is not the proxy's. Commands are forwarded all the
//     same: the server offered what they want.
//   - The tap gets what passes on the client's leg, before it is written: one
//     conversation in plaintext, STARTTLS included, as the client sees it.
//
// Not supported on purpose: client certificates, session tickets, ALPN, revocation.
package tls
