// Package server implements a small, strict RFC 1176 server over the sample mailboxes, for the demo, the lessons and the tests.
//
//	s, err := server.New(server.Options{})
//	go s.Serve(ctx, listener)
//
// and then a client sends
//
//	C: A001 LOGIN fred secret
//	C: A002 SELECT INBOX
//	C: A003 FETCH 1:3 ALL
//
// A Session is one client's conversation without a connection: bytes in, bytes out. ServeConn
// runs one on a connection.
//
// # Rules
//
//   - Without quirks it conforms: it does everything that RFC 1176 says must or should be
//     done. Commands that are not in RFC 1176 are answered BAD, even CAPABILITY, so that
//     modern clients fall back to IMAP2.
//   - A command is a function from a request to a list of replies. Nothing is
//     written before the list is complete; quirks change the list or its bytes, and
//     commands are unaware of them.
//   - A quirk is one entry of one table: a name, what it does, and the rule of RFC 1176 that
//     it breaks.
//   - A session sees a mailbox as it was last reported. Message numbers change only with an
//     EXPUNGE response, and those of another session are reported only in response to NOOP,
//     CHECK and EXPUNGE, because commands with message numbers may be outstanding
//     otherwise.
//   - Changes are kept in memory and are lost with the Server.
//   - Hostile input cannot use more resources than it sends: lines, literals, mailboxes and
//     connections are bounded, and no memory is allocated for an announced size before its
//     bytes arrive.
package server
