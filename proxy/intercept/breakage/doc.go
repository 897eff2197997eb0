// Package breakage leads a client through faults one by one, and reports how it took each.
//
//	w := breakage.New(breakage.Options{Faults: fault.All(1)})
//	e := intercept.New(intercept.Options{Stages: []intercept.Stage{w}, …}) // a proxy's Hook
//	d := decode.NewDemux(…, decode.Handlers{w})                           // sees its traffic
//	err := w.Run(ctx)
//
// # Rules
//
//   - Without a Program each new connection gets the next fault. With one, the program runs
//     once for each fault, which all its connections get, and before that twice without any:
//     what it does then is what the other runs are compared with.
//   - An outcome follows from what was observed, and Result.Why names that: what passed on the
//     client's leg, the program's exit status and output, and the mail on the server before
//     and after, if the Walk may ask for it. Where that shows nothing, the outcome is Unknown.
//   - What is observed is data of Evidence; judge.go, a function of it, is where outcomes
//     are decided.
//   - Of the program's output a hash is kept, of a mailbox hashes of its mails, of commands
//     their number: a report has no secrets and no mail in it.
package breakage
