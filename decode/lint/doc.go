// Package lint is rules that turn what happened into findings with a verdict and a citation.
//
//	l, err := lint.New(lint.Options{}, func(f lint.Finding) { … })
//	decode.NewDemux(decode.Options{}, l) // a capture.Sink
//
// # Rules
//
//   - A rule is a value: ID, title, severity, verdict, citation, an example with the
//     fault and one without, the facts it looks at, and its Run function. To add one,
//     write it into the slice of its family's file; it is then run, listed, explained
//     and tested.
//   - A rule sees one fact at a time, through a Pass that offers the session and the
//     outstanding commands. It changes none of them. What several rules need to know is
//     followed once (conn.go, follow.go, outstanding.go, habits.go).
//   - IDs begin with C (the client is to blame), S (the server), N (the network, or the
//     origin is not known) or E (what costs time), and never change their meaning.
//   - RFC 1176 is the law. What it asks only of IMAP2 is not asked of a connection
//     that speaks a later dialect, or whose server has announced one: see Rule.Later.
//     Where it contradicts itself, the finding is a note, and Against has the other
//     place.
//   - What was not seen is not judged: after a loss, and in a connection seen from
//     its middle, no rule fires that needs to know what came before, until LOGIN
//     or SELECT shows the state.
//   - What a server does as a habit is reported once for a connection (Rule.Once). Any
//     other rule is reported MaxFindings times, and the last time says so.
//   - Findings come in the order in which they are known. What never came is known
//     when the connection ends. How events are divided over calls does not matter.
//   - A message's tree is built once, for the rules and for the session.
//   - Bounded: of a connection, what decode/session keeps of it, maxHeld findings that
//     wait with the messages they are about, and for every outstanding command
//     (decode.MaxOutstanding at most) a few words and maxRanges ranges of its sequence.
//   - No text of a finding holds a secret, and none holds a byte that is not
//     printable ASCII.
package lint
