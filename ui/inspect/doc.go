// Package inspect is the terminal inspector: the frame around the panes, the keys and the
// prompt. Features beyond display (replay, lessons, export) are passed in as small
// interfaces.
//
//	a, _ := archive.New(archive.Options{})
//	go source.Run(ctx, a.Writer())
//	err := inspect.Run(ctx, inspect.Options{Archive: a, Source: "session.pcap"})
//
// # Rules
//
//   - One table of actions (keys.go) feeds the keys, the footer, the help and ":".
//   - The frame uses a pane only through panes.Pane; a pane knows nothing of the frame. It
//     returns where a key leads outside of it.
//   - Only what is on the screen is read and formatted: a million transactions scroll
//     like ten. Filters and searches run in the background, and their results are shown
//     as they are found.
//   - ui/view makes text from the wire inert, and tview never parses tags in it: panes
//     draw cells themselves, and where tview does parse tags, panes.Untag disables them.
//   - All state belongs to tview's goroutine. Scans have readers of their own.
//   - Nothing is shown by colour alone. The themes light and dark have a background of
//     their own, and a contrast of at least 4.5 to 1; the other uses the terminal's own 16
//     colours on its own background. A terminal that nothing is known of is asked for its
//     background; what it answers, if it does, is removed from what is read as keys.
package inspect
