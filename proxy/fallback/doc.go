// Package fallback provides the servers that a mock falls back to where a recording has no answer.
//
//	open, err := fallback.New(recording)
//	x := open() // the conversation with one client
//	defer x.Close()
//	answer, more := x.Write([]byte("a1 SEARCH ANSWERED\r\n"))
//
// A recording of IMAP2 falls back to samples/server. One of IMAP4 or later falls back to
// the server of emersion/go-imap (imapserver over imapmemserver), which speaks IMAP4rev1:
//
//	mock ─> Session.Write ─> net.Pipe ─> imapserver ─> account ─> imapmemserver
//
// # Rules
//
//   - It begins with what the recording shows of the mailboxes as they were when the
//     recording began: names, the number of messages of each, their flags and dates, and
//     the messages that were fetched whole, or as header and text. Of other messages it
//     has the header or the envelope, as far as they were fetched, and a text that says
//     that the recording does not have theirs.
//   - All clients share one state for each user. It changes only with the commands that it
//     receives, which the mock passes to it whether the recording answers them or not.
//     Mail that others delivered while the recording was made never arrives.
//   - A user may log in whose login the recorded server accepted, with the password that it
//     accepted, and with any if the recording does not show it: it is masked, or was never
//     sent. If the recording does not show who its user is, anyone may.
//   - It assigns identifiers of its own. Session.Translate has them replaced by the
//     recording's, as far as those are known.
//   - Its CAPABILITY lists what it can do itself, not what the recorded server could. It has no
//     mod-sequences: Lacking returns what the mock should not promise for it.
//   - It gives a command with a fault in it a BAD, and goes on: go-imap's server closes
//     the connection then, and gets a new one in the same state.
//   - Memory is bounded: mailboxes, messages, the bytes of all messages and of an answer.
package fallback
