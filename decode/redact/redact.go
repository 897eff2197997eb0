// Package redact copies a stream of connections without its secrets, same lengths.
//
// # Rules
//
//   - What is secret is decided in decode/session. A Mask runs a Decoder in step
//     with what it hands on, and asks its Session about each line before the line
//     is decoded, so that what is masked on a screen is masked in a recording.
//   - A Mask hides more rather than less: it cannot take back what it has handed on.
package redact
