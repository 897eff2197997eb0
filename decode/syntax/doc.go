// Package syntax parses every message into a tree of nodes, and encodes messages.
//
// A framed message becomes a tree whose leaves cover all of its bytes:
//
//	m, _ := wire.Split([]byte("A003 FETCH 2:4 ALL\r\n"), true)
//	n := syntax.ParseRequest(m)
//	r := syntax.ReadRequest(n, m.Raw)      // r.Tag "A003", r.Name "FETCH", two Args
//	set := syntax.ReadSequence(r.Args[0], m.Raw)
//	set.Contains(3)                        // true
//
// Kind is what a node is, and Role what it is for: a password is a KindAtom, a
// KindQuoted or a KindLiteral with protocol.RolePassword. The Read functions convert
// nodes to values on demand.
//
// In the other direction, AppendRequest, AppendUntagged, AppendFetch, AppendTagged and
// AppendReady write a message from values, choosing atom, quoted string or literal as
// RFC 1176 specifies:
//
//	b := syntax.AppendRequest(nil, "A001", "LOGIN", syntax.String(user), syntax.String(password))
//
// # Rules
//
//   - Parsing never fails and never loses a byte. What does not follow the
//     grammar stays in the tree, and the node has an Err with what RFC 1176
//     expects there. Append returns the bytes of any node.
//   - Where RFC 1176 contradicts itself, or servers require it, the wider reading
//     is not an error: empty flag lists, "* SEARCH" without numbers, backslashes in
//     quotes, NIL for a date. Distinguishing them is up to lint.
//   - What is not in RFC 1176 (later commands, responses, items and codes) has no
//     Err either: it is lists, strings, atoms and numbers, with the roles that
//     hiding secrets and persons requires.
//   - The beginning and end of a literal come from framing and are never counted here.
//   - A tree has a handful of nodes per word of the message: its size is bounded
//     by the message's, its depth by MaxDepth.
package syntax
