// Package server is a small, strict RFC 1176 server over the sample mailboxes, for the demo, the lessons and the tests.
//
//	s, err := server.New(server.Options{})
//	go s.Serve(ctx, listener)
//
// and then a client says
//
//	C: A001 LOGIN fred secret
//	C: A002 SELECT INBOX
//	C: A003 FETCH 1:3 ALL
//
// A Session is one client's conversation without a connection: octets in, octets
// out. ServeConn puts one on a connection.
//
// # Rules
//
//   - Without quirks it is faultless: what RFC 1176 says must or should be done is
//     done. What is not RFC 1176 is answered BAD, CAPABILITY too: clients of today
//     then fall back to IMAP2.
//   - A command is a function from a request to a list of replies. Nothing is
//     written before the list is complete; quirks change the list, or its octets,
//     and commands know nothing of them.
//   - A quirk is one entry of one table: a name, what it does, where RFC 1176 says
//     otherwise.
//   - A session sees a mailbox as it was last told. Message numbers change only with
//     an EXPUNGE response, and another session's are told only in answer to NOOP,
//     CHECK and EXPUNGE, for commands that hold message numbers may be under way
//     otherwise.
//   - What clients change lives in memory and is gone with the Server.
//   - Hostile input costs what it weighs: lines, literals, mailboxes and connections
//     are bounded, and no announced size is believed before its octets are there.
package server
