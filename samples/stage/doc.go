// Package stage plays a script of a client's lines against samples/server on a
// clock of its own, into a capture.Sink.
//
//	script, err := stage.Parse("hello.txt", text)
//	s := stage.New(stage.Options{}, recorder)
//	err = s.Add(mail, script) // a samples/server Server
//	err = s.Run()
//
// A script is a text: what it is about, and a client's commands.
//
//	about: a literal, and two commands at once
//	client: 127.0.0.1:59001
//	quirk: late-ready
//
//	A001 LOGIN fred {6}
//	secret
//	# A comment; and a pause of the client's.
//	~ 500ms
//	A002 SELECT INBOX
//	A003 FETCH 1 FLAGS
//	& A004 FETCH 2 FLAGS
//	A005 LOGOUT
//
// Headers are about, client, server, quirk (as many as you like) and end: how the
// connection ends if no LOGOUT ends it: fin (the client closes; so it does if nothing is
// said), rst, or none. In the lines:
//
//   - One that ends in {n} is followed by a literal of n octets, which is sent when the
//     server has said "+"; what follows the literal in its line goes on with the command.
//     With {n!} it is sent at once; the wire has {n}. A literal may have several lines:
//     between them CR and LF count.
//   - One that begins with "& " goes out together with the one before it; the first of
//     all, without waiting for the greeting.
//   - "@ quirk NAME" makes the server break a rule in answer to the next command alone.
//   - "@ deliver USER", lines of an mbox file, and "@ end" puts mail into USER's INBOX
//     before the next command.
//   - "= 127.0.0.1:59002 +3s" begins another client's lines, who connects to the same
//     server three seconds after the first one did.
//
// # Rules
//
//   - No network, no goroutine and no clock: the same input is the same octets on every
//     machine. All reckoning is in whole numbers.
//   - Times are as seen at the client's end. The server takes what was sent half a round
//     trip later, in order of arrival, whoever sent it.
//   - A client sends on when all it had sent is answered, or when its patience is over: a
//     server with quirks may never answer.
package stage
