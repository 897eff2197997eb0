// Package proxy moves bytes between client and server and reports what passes to a Sink.
//
//	client ──read──> stamp ──report──> write ──> server
//	client <──write── report <──stamp <──read── server
//	                    │
//	                    └──> Sink: a capture.Queue, which never waits
//
// A Proxy is filled in and served:
//
//	l, err := proxy.Listen(ctx, "127.0.0.1:1143", false)
//	p := &proxy.Proxy{Target: proxy.Fixed("mail.example:143"), Sink: capture.NewQueue(sink, 0)}
//	err = p.Serve(ctx, l)
//
// # Rules
//
//   - The forwarder moves bytes first. It waits for the two sockets and for
//     nothing else. That holds if the Sink is a capture.Queue: what is behind it and
//     cannot keep up loses its own copy, and is told how much by a capture.Gap.
//   - Bytes are reported before they are written on, and the two directions of a
//     connection one after the other: no answer is recorded before its request.
//   - What the octets mean is nobody's business here: a server that says "+" only
//     after the literal has arrived works, because nothing waits for a "+".
//   - What one side does the other side sees: a half-close is a half-close, and a
//     reset is a reset, once what was read before it has been handed on (for a
//     second at most).
//   - A plaintext connection that waits holds two small goroutines and no buffer.
//   - An error of the Sink ends the copies, aloud, and never the traffic.
package proxy
