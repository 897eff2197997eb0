// Package proxy moves bytes between client and server and reports the traffic to a Sink.
//
//	client ──read──> stamp ──report──> write ──> server
//	client <──write── report <──stamp <──read── server
//	                    │
//	                    └──> Sink: a capture.Queue, which never waits
//
// Set the fields of a Proxy and call Serve:
//
//	l, err := proxy.Listen(ctx, "127.0.0.1:1143", false)
//	p := &proxy.Proxy{Target: proxy.Fixed("mail.example:143"), Sink: capture.NewQueue(sink, 0)}
//	err = p.Serve(ctx, l)
//
// # Rules
//
//   - Forwarding comes first: it waits for the two sockets and for nothing else.
//     This requires that the Sink is a capture.Queue: a consumer that cannot keep up
//     loses part of its copy, and a capture.Gap reports how much.
//   - Bytes are read into a capture.Buffer, which every queue holds: the screen, the recording
//     and a hub share one copy. Only what fills less than half of a buffer is copied. Without a
//     Sink, bulk data does not enter this process at all, where the system can splice.
//   - Bytes are reported before they are forwarded, and the reports for both directions
//     of a connection are serialized: no response is recorded before its request.
//   - The forwarder does not interpret the bytes: a server that sends "+" only after
//     the literal has arrived works, because nothing waits for a "+".
//   - What one side does is passed on: a half-close becomes a half-close, and a reset
//     becomes a reset, after the bytes read before it have been forwarded (for a second
//     at most).
//   - An idle plaintext connection holds two small goroutines and no buffer.
//   - An error of the Sink ends the copies and is logged; it never ends the traffic.
package proxy
