// Package contrast plays a task in several protocols against servers in memory, and measures what each of them needs.
//
//	tasks, err := contrast.Tasks()
//	r, err := contrast.Play(tasks[0], protocol, contrast.Options{RoundTrip: 50 * time.Millisecond})
//	r.Total() // round trips, bytes and time
//
// A Task is a text of steps; each has the lines that a client of each protocol sends for it,
// why they differ, and citations. ParseTask says how it is written. The servers have the same
// mail: samples/server for IMAP2, the server of proxy/fallback for IMAP4rev1, samples/pop3 for
// POP3.
//
// # Rules
//
//   - What is measured is measured of the recording, which is a sequence of capture.Events. A
//     server's answers are its own; no text of a server is part of a task.
//   - No network and no clock: time is simulated. Data takes half a round trip in each
//     direction, and its bytes the time that Options.Bandwidth gives them; servers and clients
//     take none. The same task gives the same times on every machine.
//   - A client sends a line when the one before it is answered, unless the task says that they
//     are sent together.
package contrast
