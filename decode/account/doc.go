// Package account merges what several connections show about one account and its mailboxes.
//
// Each connection reports small facts (session.Fact); a Book collects them, and Accounts
// puts them together:
//
//	var book account.Book
//	world.Report = book.Recorder("", "")
//	… follow connections …
//	for _, a := range book.Accounts().Users {
//		a.Most.N           // how many connections it had at once
//		a.Mailboxes[0].Events[0].Cause // which session changed a flag
//	}
//
// # Rules
//
//   - An account is a function of the set of facts. They are put in order by time, source,
//     run, connection and sequence, so it does not matter who decoded a connection, in which
//     order facts arrive, in what portions, or whether some of them arrive twice.
//   - This is the only place where figures of one connection are compared with those of
//     another. A session.World holds the models of several connections, which know nothing of
//     each other; decode/lint asks Figures, fact by fact.
//   - An account is a user at a server: at its address and port, where 143 and 993 count as
//     one. A connection whose user was not seen (captured from its middle, PREAUTH, a name
//     that was lost or sent under encryption) is an account of its own, one for each
//     connection. Merged into one they would be an account that no server has: its INBOX
//     would be that of several people, and each UIDVALIDITY would contradict the others.
//     Apart, what they show of one account is only not put together, which is true as far as
//     it goes. A bulletin board is one mailbox for all users
//     (RFC 1176, "Commands": BBOARD, p. 11).
//   - What a command reports was true at some time between its request and its answer. One
//     value contradicts another only if these times do not overlap.
//   - Memory is bounded: the last MaxFacts facts about connections and the last MaxFacts
//     facts about messages and mailboxes are kept, each with at most session.MaxSet bytes
//     of a set.
package account
