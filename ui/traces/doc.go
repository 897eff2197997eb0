// Package traces sends connections and transactions to an OpenTelemetry collector, as spans.
//
// A connection is a span, and each transaction is a child of it. The spans are sent by OTLP, as
// protobuf over HTTP.
//
// # Rules
//
//   - No payload: a span has no text that either side sent, but for words that are rows of
//     decode/protocol, and the user's name if it is asked for. Tags, mailboxes, arguments,
//     literals, texts of responses and secrets never are in it.
//   - The times of a span are those of the facts: a capture from last year gives spans of last
//     year.
//   - The identifiers of spans follow from the addresses and the time of the connection, so that
//     a backend that gets the same recording again has each span once. If a log shows no
//     addresses, they follow from its name and the number of the connection.
//   - A session is traced once: of the two legs of a proxy that changed something, the client's.
//     Findings that only the other leg shows are not in it.
//   - Live traffic never waits for the collector: spans that do not fit in the queue are dropped
//     and counted. What is read from files waits, and nothing is dropped.
//   - Only this package knows OpenTelemetry. The exporter that comes with it for HTTP is not
//     used: it writes environment variables that it cannot parse to standard error, those with
//     secrets among them, follows redirects, and links gRPC.
package traces
