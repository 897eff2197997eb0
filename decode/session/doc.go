// Package session is one transition table for the connection (user, state,
// mailbox, dialect), and a model of the selected mailbox.
//
//	var w session.World
//	w.Open(conn)
//	w.Event(conn.ID, event) // of a decode.Decoder, in order
//	w.Session(conn.ID).State // session.Selected
//
// # Rules
//
//   - It only follows: what client and server say is taken as it is, and judged
//     elsewhere (decode/lint). Where they contradict the table, the server decides:
//     a command that it answered OK was allowed.
//   - RFC 1176 does not name its states; the names are RFC 3501's, 3, which has the
//     same. What RFC 1176 says of them is cited in the table.
//   - SELECT takes effect when its OK comes; its data describes the new mailbox all
//     the same, and is kept apart until then. A SELECT that fails leaves no mailbox
//     selected (RFC 3501, 6.3.1), for the old one was deselected (RFC 1176, p. 11).
//   - A mailbox is what the client could know of it by then, not what is true: a
//     message of which nothing was said is not in the model.
//   - Memory is bounded: MaxKnown messages of a mailbox, MaxChanges changes of each,
//     and MaxShared mailboxes are remembered; what is beyond is not.
package session
