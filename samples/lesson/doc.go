// Package lesson parses and checks lessons, judges answers and keeps a student's progress.
//
//	for _, l := range lesson.Embedded() { … }
//
//	l, err := lesson.Parse("mine.md", text)     // every fault, with its line
//	err = l.Check(lesson.Beside("mine.md"))     // what it points at exists
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
//   - Teachers write lessons in a text editor. So the format is strict, all faults are
//     reported at once, and each message suggests what to do.
//   - Markdown is parsed by code of our own: a Markdown parser accepts everything and
//     does not report line numbers, and what a terminal pane cannot show must be
//     refused, with its line and what to write instead.
//   - Nothing is displayed here: steps are returned as blocks and spans, and what they
//     point at as numbers.
//   - Judging an answer needs only the step: no recording, no server.
//   - What Check accepts works: its places exist, its questions can be answered, and
//     the commands to be typed get the expected answers.
//   - All commands of a lesson are typed on one session. Prelude returns what to send
//     before a step, so a student may begin anywhere.
package lesson
