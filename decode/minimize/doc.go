// Package minimize finds the smallest part of a recording that still shows a finding, or anything else that a test looks for.
//
//	var c minimize.Collector              // a capture.Sink
//	rec, err := c.Recording()
//	shows, err := minimize.NewShows(rec, lint.Options{}, finding)
//	result, err := minimize.Minimize(ctx, rec, minimize.Options{Test: minimize.One(shows.Shown)})
//	result.Recording.Run(ctx, sink)       // a capture.Source
//
// # Rules
//
//   - The package does no I/O and has no clock: the test is handed to it. A test gets several
//     trials at once, and says which is the first that passes, so that it may run them
//     concurrently and the result is the same all the same.
//   - What is dropped, in this order: connections; transactions with all that answered them,
//     and everything outside any; single untagged responses and losses; and then parts of
//     messages (items of lists, words of texts, lines of literals). This is ddmin (Zeller and
//     Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), and on the parts
//     HDD (Misherghi and Su, "Hierarchical Delta Debugging", 2006). It is repeated until
//     nothing more can be dropped.
//   - The result is part of the recording: bytes are dropped, and never changed, except the
//     numbers that announce literals. Times, addresses and the order of facts stay.
//   - It is minimal in this sense: without any one of its pieces the test fails. There may be a
//     smaller one.
//   - A command keeps its tagged response, or goes with it. No finding above a note appears that
//     the recording does not have (Shows): so a login stays if what follows needs it.
//   - A connection that the capture's end cut off ends with its last fact, as it will when the
//     result is read from a file.
//   - Memory: the recording is held, up to Collector.Limit; a trial takes some words per fact
//     beside it.
package minimize
