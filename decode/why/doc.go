// Package why reasons over a recording: what went wrong on each connection and in each
// account, the cause first, with the evidence, who is to blame, what would prove it, and
// what to do.
//
//	r, err := why.New(lint.Options{})
//	decode.NewDemux(decode.Options{}, r) // a capture.Sink
//	… read …
//	for _, x := range r.Reasons() { … }
//
// # Rules
//
//   - A Kind is a row of one table (table.go): the findings of decode/lint that are its
//     causes, the most causal first, and what else shows it. Kinds returns the table.
//   - There is at most one Reason of a kind for each connection: that of the first cause. What
//     the other causes found is its further evidence.
//   - What says more than a finding does (sooner) comes before the findings, what has no finding
//     (detect) after them, and what only several connections show together (accounts) at the end.
//   - A finding that may do no harm is a cause only if the server refused the command that
//     it is about. A refused login is silent if the same connection logged in later.
//   - What a proxy's fault or edit made is blamed on the proxy.
//   - Only what the bytes show is said. Texts are printable ASCII, without secrets.
//   - Several Parts may follow one recording at the same time, each some of its connections. They
//     leave what connections have in common to functions that are called in the order of the
//     recording (PartOptions), so that what is found does not depend on how many there are.
//   - Memory is bounded: MaxConns connections with clues, each with a fixed number of them,
//     how long MaxLives connections were open, and what
//     decode/lint and decode/account keep.
package why
