// Package lesson is lessons: their format, checker and progress.
//
//	for _, l := range lesson.Embedded() { … }
//
//	l, err := lesson.Parse("mine.md", text)     // every fault, with its line
//	err = l.Check(lesson.Beside("mine.md"))     // what it points at is there
//
//	s := &l.Steps[3]
//	right, say := s.Answer("twelve")
//
// A lesson is Markdown with front matter, which `imapscope help lessons`
// describes: steps to read, some of which point at a place of a recording, and
// some of which ask: for an answer, for one of several, for a transaction to
// find, or for a command to type to a server.
//
// # Rules
//
//   - A lesson is a text that a teacher writes without a tool. So the format is
//     strict, all faults are told at once, and each says what to do.
//   - Markdown is read by code of our own: a Markdown parser takes everything and
//     has no lines to tell of, and here what a pane of a terminal cannot show is to
//     be refused, with its line and what to write instead.
//   - Nothing is shown here: steps come out as blocks and spans, and what they
//     point at as numbers.
//   - Judging an answer needs nothing but the step: no recording, no server.
//   - What Check accepts works: its places are there, its questions can be
//     answered, and what is to be typed gets the answer that is expected.
//   - Commands are typed on one session through a lesson. Prelude says what to
//     send to come to a step, so that one may begin anywhere.
package lesson
