// Package service holds what verbs that run for long have in common: outputs whose readers may stall or leave, warnings that do not repeat without end, and signals.
//
//	ctx, cancel := service.Context(context.Background()) // done at Ctrl-C, SIGTERM or hangup
//	s := service.Outlive(ctx, os.Stdout, os.Stderr, true)
//	log, done := service.Log(s.Err, slog.LevelInfo)
//	…
//	done()
//	s.Close()
//
// # Rules
//
//   - A service (proxy, mock) does not wait for the reader of its output: what cannot be
//     written within an Outlet's Patience is discarded by whole lines, and counted. A reader
//     that reads again gets what follows.
//   - A verb that prints a result has unlimited patience, because a pager may pause. Only the
//     first Ctrl-C limits it.
//   - A warning that repeats is counted after its first lines; the count is logged at
//     intervals that grow, and when it has stopped.
//   - The first signal asks the program to end, and a second one ends it at once. A hangup
//     (SIGHUP) counts as the first, unless the program was started with it ignored, as nohup
//     does. Further hangups are ignored: a closing terminal may send several.
package service
