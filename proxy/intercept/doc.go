// Package intercept holds, changes, drops, delays and breaks what passes through the proxy, message by message.
//
//	e := intercept.New(intercept.Options{Stages: []intercept.Stage{holds, faults}})
//	p := &proxy.Proxy{Hook: e, …}
//
//	client ──read──> decode ──> agents ──> outbox ──write──> server
//	client <──write── outbox <── agents <── decode <──read── server
//
// A Stage has an Agent for each connection. Agents see whole messages before they are
// forwarded, in the order of the stages, and say what is to happen to them.
//
// # Rules
//
//   - It is absent unless asked for: a Proxy without a Hook reads nothing.
//   - What no agent wants passes as it comes, byte for byte. A message is held back until it
//     is complete only if an agent wants it, and up to Options.Limit bytes: a longer one
//     passes unchanged, and a note says so.
//   - The order of each direction is kept. Behind what is held, everything waits.
//   - Nothing waits for ever: a held message is released after a time, when the program that
//     holds it goes away, and when the connection ends.
//   - A client that waits for "+" within a message that is held back gets it from the
//     engine. The literal is then sent to the server as the protocol asks: after the
//     server's own "+", which the client does not see. If that does not come, the
//     connection is ended (plusTimeout) rather than the literal sent: a server that refuses it
//     late would read it as commands. What a client sends without waiting is sent so, too,
//     unless it was changed; before IMAP4, it is given a moment (grace) to show that.
//   - A note comes right before the bytes of the message that it is about on their way to the
//     client, after those of a request, and in the place of what was dropped; it names the
//     command's tag (capture.Act).
//   - The Decoder follows what the client sent and what the server answered, before any
//     change; and answers that the engine gives in the server's place.
//   - What is reported is what the client saw. Once anything is changed, the server's leg is
//     reported as a connection of its own; what went before of it is kept for that, up to
//     maxHistory bytes.
//   - Memory of a connection is bounded: for each direction a message of at most
//     Options.Limit bytes, what waits behind it (maxWaiting bytes, then reading stops), and a
//     buffer; and maxHistory bytes.
package intercept
