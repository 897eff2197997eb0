// Package server runs a NATS server with JetStream in this process, with the stream of capture/hub.
//
// # Rules
//
//   - It is the only package that knows nats-server. Everything else speaks to a server
//     through nats.go, so that any other NATS server serves as well.
//   - Without authentication it listens on loopback only.
//   - The server's own connection is a pipe in memory, with a key that is drawn at each start
//     and never stored.
package server
