// Package lint checks connections against the protocol's rules and reports findings, each with a verdict and a citation.
//
//	l, err := lint.New(lint.Options{}, func(f lint.Finding) { … })
//	decode.NewDemux(decode.Options{}, l) // a capture.Sink
//
// # Rules
//
//   - A rule is a value: ID, title, severity, verdict, citation, an example with the
//     fault and one without, the facts it looks at, and its Run function. To add one,
//     add it to the slice in its family's file; it is then run, listed, explained
//     and tested.
//   - A rule sees one fact at a time, through a Pass that gives access to the session
//     and the outstanding commands. It changes neither. State that several rules need
//     is tracked once (conn.go, follow.go, outstanding.go, habits.go).
//   - IDs begin with C (the client is at fault), S (the server), N (the network, or the
//     origin is unknown) or E (efficiency), and never change their meaning.
//   - RFC 1176 is the law. Rules that apply only to IMAP2 are not applied to a
//     connection that speaks a later dialect, or whose server has announced one: see
//     Rule.Later. Where the RFC contradicts itself, the finding is a note, and Against
//     cites the other place.
//   - What was not seen is not judged: after a loss, and in a connection captured from
//     its middle, rules that depend on what came before do not fire until LOGIN or
//     SELECT shows the state.
//   - What a server does as a habit is reported once per connection (Rule.Once). Any
//     other rule is reported at most MaxFindings times; the last finding says so.
//   - What a proxy did (faults, holds, edits) is judged by its two legs, if both are in the
//     recording from their beginning: what the server did is on the server's leg, what the
//     client did on the client's. A finding that both legs have is reported once, on that leg.
//     One that is only on the other leg was made by the proxy, if the legs differ. It is
//     still reported: attribution never hides. At the end of the server's leg, what blames the
//     client is left to the client's leg.
//   - Notes alone excuse nothing, because anyone can write a comment into a capture: without
//     the other leg, or if the legs are the same, a note is named as what came before, and
//     the verdict stays. Two forged legs are beyond what a recording can show.
//   - Findings are reported in the order in which they become known; that something
//     never came is known when the connection ends. How events are divided over calls
//     does not matter.
//   - Several Linters, each with other connections, can check one capture at the same time.
//     What rules compare across connections is in Shared, and is used in the order of the
//     source; both legs of a proxy belong to one Linter. The findings are then the same as
//     those of one Linter.
//   - A message's tree is built once, for both the rules and the session.
//   - Memory is bounded. For each connection: what decode/session keeps, maxHeld
//     waiting findings with the messages they are about, and for every outstanding
//     command (at most decode.MaxOutstanding) a few words and maxRanges ranges of its
//     sequence.
//   - The text of a finding contains no secrets, and only printable ASCII.
package lint
