// Package load shows what a load test measures: live in a terminal, as a table, JSON lines, an HDR histogram log and a page.
//
//	var all load.History
//	l.OnInterval = func(i *replay.Interval) { all.Add(i) }
//	r := l.Run(ctx)
//	err := load.Table(os.Stdout, r, 0)
//
// # Rules
//
//   - Latency is what package replay measures from when a command was due, unless it is called
//     "sent": a server that stalls is not hidden by clients that wait for it.
//   - Percentiles are never averaged. Where several intervals are shown as one, it has the
//     worst of theirs.
//   - What is kept of a load is bounded, however long it lasts. Only the log has everything.
package load
