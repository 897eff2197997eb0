// Package view is what is shown, without how: rows, trees, ladders, hex, explanations; text made inert and secrets masked here. No terminal, no HTML.
//
// # Rules
//
//   - What came off the wire becomes text through Inert, and only through it.
//   - Secrets are replaced by Mask before anything else looks at them, unless
//     Options.ShowSecrets says otherwise.
//   - What is kept for one transaction is bounded: rows past a limit are
//     counted, not kept.
package view
