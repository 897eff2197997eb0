// Package lint is rules that turn what happened into findings with a verdict and a citation.
//
//	l := lint.New(lint.Options{}, func(f lint.Finding) { … })
//	decode.NewDemux(decode.Options{}, l) // a capture.Sink
//
// # Rules
//
//   - A rule is a value beside the code that finds its fault: ID, title, severity,
//     verdict, citation, an example that has the fault and one that has not.
//     To add one: a Rule, its line in the list, and the check.
//   - IDs begin with C (the client's doing), S (the server's), N (the network's, or
//     of unknown origin) or E (what costs time), and never change their meaning.
//   - RFC 1176 is the law. What it asks only of IMAP2 is not asked of a connection
//     that speaks a later dialect: see Rule.Later. Where it contradicts itself, the
//     finding is a note, and Against has the other place.
//   - What was not seen is not judged: after a loss, and in a connection seen from
//     its middle, no rule fires that needs to know what came before, until LOGIN
//     or SELECT says where things stand.
//   - What a server does as a rule is told once for a connection (Rule.Once). Any
//     other rule is told MaxFindings times, and the last time says that it stops.
//   - Findings come in the order in which they are known: what never came is known
//     when the connection ends.
//   - A message's tree is made once, and serves the rules and the session's model.
//   - Bounded: of a connection, what decode/session keeps of it, and for every
//     outstanding command (decode.MaxOutstanding at most) a few words and
//     maxRanges ranges of its sequence.
//   - No text of a finding holds a secret, and none holds an octet that is not
//     printable ASCII.
package lint
