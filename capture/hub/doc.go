// Package hub carries the facts of many sensors over NATS JetStream: a sink that publishes them, and a source that reads them.
//
// A sensor is a program that sees connections: proxy, sniff or decode with --publish. What it
// reports goes to a stream of a NATS server, in messages with the subject
//
//	imapscope.<sensor>.<run>-<connection>
//
// # Rules
//
//   - A connection is identified by its sensor, its run (drawn when the sensor starts) and its
//     number. The sensor is that of the subject, which the server lets only its owner
//     publish to; nothing in a message changes it.
//   - A message holds consecutive facts of one connection. Its Nats-Msg-Id is run, connection and
//     the sequence number of its first fact, so that the server drops what is sent
//     twice. The server compares these IDs across sensors; a run has 128 random bits, so that
//     no sensor can use up those of another. A reader drops by the sequence numbers what it has had, and reports what is missing
//     as a Gap.
//   - A sensor never holds up the traffic: while the server is away, messages are kept in a
//     spool of bounded size, and what does not fit is a Gap, counted.
//   - Everything that is read is untrusted: sizes are bounded before anything is
//     allocated, and a message that is not well-formed is counted and skipped.
package hub
