// Package inspect is the inspector in a terminal: the frame around the panes, the keys, the
// prompt. What it can do beyond showing (replay, lessons, export) comes in as small
// interfaces.
//
//	a, _ := archive.New(archive.Options{})
//	go source.Run(ctx, a.Writer())
//	err := inspect.Run(ctx, inspect.Options{Archive: a, Source: "session.pcap"})
//
// # Rules
//
//   - One table of actions (keys.go) feeds the keys, the footer, the help and ":".
//   - The frame knows of a pane what panes.Pane has; a pane knows nothing of the frame. It
//     returns what a key leads to outside of it.
//   - Only what is on the screen is read and made: a million transactions scroll as
//     ten do. Filters and searches run in the background, and their results are shown as
//     they are found.
//   - What came off the wire is made inert by ui/view, and never reaches tview's tags:
//     panes draw cells themselves; where tview reads tags, panes.Untag keeps it from
//     finding any.
//   - All state belongs to tview's goroutine. Scans have readers of their own.
//   - Colours are the terminal's own 16 on its own background; nothing is shown by colour
//     alone.
package inspect
