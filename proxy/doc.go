// Package proxy moves bytes between client and server and hands each chunk to a Sink.
//
//	client ──read──> stamp ──queue a copy──> write ──> server
//	client <──write── queue a copy <──stamp <──read── server
//	                      │  one bounded queue per connection
//	                      └──drain──> Sink (Open, Chunk, Note, Close)
//
// A Proxy is filled in and served:
//
//	l, err := proxy.Listen(ctx, "127.0.0.1:1143", false)
//	p := &proxy.Proxy{Target: proxy.Fixed("mail.example:143"), Sink: sink}
//	err = p.Serve(ctx, l)
//
// # Rules
//
//   - The forwarder moves bytes first. It waits for the two sockets and for
//     nothing else: a Sink that cannot keep up loses its own copy, and the next
//     chunk that fits says how much (capture.Chunk.Lost).
//   - A copy is queued before its octets are written on, and both directions
//     share one queue: no answer is recorded before its request.
//   - What the octets mean is nobody's business here: a server that says "+" only
//     after the literal has arrived works, because nothing waits for a "+".
//   - What one side does the other side sees: a half-close is a half-close, and a
//     reset is a reset, once what was read before it has been handed on (for a
//     second at most).
//   - A plaintext connection that waits holds two small goroutines and no buffer.
//   - An error of the Sink ends the copies, aloud, and never the traffic.
package proxy
