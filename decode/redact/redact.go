// Package redact copies a stream of connections with its secrets masked, all lengths kept.
//
// # Rules
//
//   - decode/session decides what is secret. A Mask runs a Decoder in step
//     with what it passes on, and asks its Session about each line before the line
//     is decoded, so that what is masked on a screen is masked in a recording.
//   - A Mask hides more rather than less: it cannot recall what it has passed on.
package redact
