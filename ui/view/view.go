// Package view prepares what is shown, independent of the medium: rows, trees, ladders, hex dumps, explanations, with text made inert and secrets masked.
//
// # Rules
//
//   - Bytes from the wire become text only through Inert.
//   - Secrets are replaced by Mask before anything else looks at them, unless
//     Options.ShowSecrets is set.
//   - What is kept for one transaction is bounded: rows past a limit are counted, not
//     kept.
//   - The package knows neither terminals nor HTML.
package view
