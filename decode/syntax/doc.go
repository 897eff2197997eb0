// Package syntax is the grammar: a Node tree for every message, and the encoder back to bytes.
//
// A message that framing has found becomes a tree whose leaves tile its bytes:
//
//	m, _ := wire.Split([]byte("A003 FETCH 2:4 ALL\r\n"), true)
//	n := syntax.ParseRequest(m)
//	r := syntax.ReadRequest(n, m.Raw)      // r.Tag "A003", r.Name "FETCH", two Args
//	set := syntax.ReadSequence(r.Args[0], m.Raw)
//	set.Contains(3)                        // true
//
// What a node is, its Kind says; what it is for, its Role: a password is a
// KindAtom, a KindQuoted or a KindLiteral with protocol.RolePassword. The Read functions
// turn a node into values when someone asks for them.
//
// The other way, AppendRequest, AppendUntagged, AppendFetch, AppendTagged and
// AppendReady write a message from values, choosing atom, quoted string or
// literal as RFC 1176 has it:
//
//	b := syntax.AppendRequest(nil, "A001", "LOGIN", syntax.String(user), syntax.String(password))
//
// # Rules
//
//   - Parsing never fails and never loses a byte. What does not follow the
//     grammar stays in the tree, and the node has an Err that says what RFC 1176
//     expects there. Append gives back the bytes of any node.
//   - Where RFC 1176 disagrees with itself, or servers need it, the wider reading
//     is no error: empty flag lists, "* SEARCH" without numbers, backslashes in
//     quotes, NIL for a date. Telling them apart is for lint.
//   - What is not RFC 1176 (later commands, responses, items and codes) has no
//     Err either: it is lists, strings, atoms and numbers, with the roles that
//     hiding secrets and persons needs.
//   - Where a literal begins and ends is taken from framing, never counted here.
//   - A tree is a handful of nodes per word of the message: its size is bounded
//     by the message's, its depth by MaxDepth.
package syntax
