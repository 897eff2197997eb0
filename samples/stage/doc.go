// Package stage plays scripts of client commands against samples/server, with simulated time, into a capture.Sink.
//
//	script, err := stage.Parse("hello.txt", text)
//	s := stage.New(stage.Options{}, recorder)
//	err = s.Add(mail, script) // a samples/server Server
//	err = s.Run()
//
// A script is a text with headers and a client's commands.
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
// Headers are about, client, server, quirk (repeatable) and end, which is how the
// connection ends without a LOGOUT: fin (the client closes; the default), rst, or none. In the
// lines:
//
//   - A line that ends in {n} is followed by a literal of n bytes, which is sent after the
//     server's "+"; the rest of the literal's last line continues the command. With {n!} it is
//     sent immediately, announced as {n}. A literal may have several lines; the CR and LF
//     between them count.
//   - A line that begins with "& " is sent together with the one before it; the first line of
//     all is then sent without waiting for the greeting.
//   - "~ 2s" is a pause of the client, before the next command or at the end.
//   - "@ quirk NAME" makes the server break a rule in response to the next command only.
//   - "@ deliver USER", lines of an mbox file, and "@ end" puts mail into USER's INBOX
//     before the next command.
//   - "= 127.0.0.1:59002 +3s" begins the lines of another client, which connects to the same
//     server three seconds after the first one.
//
// # Rules
//
//   - No network, no goroutine and no clock: the same input gives the same bytes on every
//     machine. All calculations use integers.
//   - Times are those at the client's end. The server receives bytes half a round trip later,
//     from all clients in order of arrival.
//   - What a client waits for is what the decoder knows to be unanswered. It continues when
//     everything it sent is answered, or after Options.Patience,
//     because a server with quirks may never answer.
package stage
