// Package inspect is the tview inspector; what it can do beyond looking (replay,
// learn, export) comes in as small interfaces from cmd.
//
//	a, _ := archive.New(archive.Options{})
//	go source.Run(ctx, a.Writer())
//	err := inspect.Run(ctx, inspect.Options{Archive: a, Source: "session.pcap"})
//
// # Rules
//
//   - One table of actions (keys.go) feeds the keys, the footer, the help and ":".
//   - Only what is on the screen is read and made: a million transactions scroll as
//     ten do. Filters and searches run beside, and what they find is shown as it is
//     found.
//   - What came off the wire is made inert by ui/view, and never meets tview's tags:
//     panes draw cells themselves; where tview reads tags, untag keeps it from
//     finding any.
//   - All state belongs to tview's goroutine. Scans have readers of their own.
//   - Colours are the terminal's own 16 on its own background; nothing is told by
//     colour alone.
package inspect
