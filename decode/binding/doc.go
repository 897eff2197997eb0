// Package binding replaces the values that one server assigned by those that another one assigned for the same things.
//
//	m := binding.New()
//	m.Learn(recorded, now) // the same command, and what each server answered
//	edits, loose := m.Request(next)
//
// The values are those of the nodes of these roles, in the trees of requests and
// responses: unique identifiers, UIDVALIDITY, UIDNEXT and mod-sequences; and those of the
// properties whose rows say that the server assigns them, where a search names them.
//
// # Rules
//
//   - The two servers hold the same messages in the same order. Two identifiers belong to
//     one message if they were reported for the same message number, by the same search,
//     for the same copy, or as the next ones.
//   - Identifiers are bound for each user, mailbox and UIDVALIDITY: one-to-one, and
//     ascending on both sides (RFC 3501, section 2.3.1.1). What contradicts what is known
//     is ignored.
//   - Where the UIDVALIDITY and every known identifier are the same on both sides, so is
//     everything else of the mailbox.
//   - A range keeps its meaning: it begins with the first and ends with the last message
//     that it named; what is after the last known message stays after it. 1 and * stay.
//   - A mod-sequence is replaced by one that separates the same changes (RFC 7162, section
//     3.1).
//   - What cannot be bound stays as it was, and is reported; unless it would name another
//     message now: then it names none.
//   - Texts are never searched: a number that no role describes is not replaced.
package binding
