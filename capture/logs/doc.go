// Package logs reads the debug logs of IMAP programs as connections: what a log leaves out is a gap or a note.
//
//	bytes ─> lines ─> Format (by content) ─> parser ─> session ─> capture.Sink
//
// # Rules
//
//   - A format is known by what its lines look like, never by the name of the file. Lines that
//     occur in one program's log only show it at once. A session as text may be an example in a
//     document: it counts if the text begins with it, or if a fourth of the lines from there on
//     are its (scale). Mail, HTML, JSON and source are no sessions, even if they quote one. What
//     has not shown its format after a megabyte, or begins with a NUL byte, is no log.
//   - A log has protocol lines without their line ends, mostly without the bytes of
//     literals, and often without times and addresses. Line ends are put back, because
//     every line of the protocol has one. Literals that are missing are a capture.Gap.
//     Times and addresses that are missing are placeholders, and a Note says so.
//   - Lines that are not IMAP (progress, URLs with passwords) are never reported.
//   - Where literals end, and who could have sent a line, is the protocol's knowledge:
//     Framing, which the caller provides.
//   - A log that begins within a session is the middle of a connection, and one that does not
//     say how a connection ended leaves that open (capture.EndOfCapture).
//
// # Memory
//
// A log of any size is read in less than 48 MB (a test holds garbage included), mostly for lines
// that are as long as they may be: a line is held up to MaxLine bytes, and the rest of it is a
// gap. 1024 sessions are open at once; the one that was unused for longest gives way. Of each
// are kept what its Framing holds, a key of 128 bytes and 32 notes of 200 bytes. No size that a
// log claims is allocated. Of the two files of a rawlog a line may have any length.
package logs
