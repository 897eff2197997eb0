// Package sasl reads what a SASL exchange says: mechanism, stage, identities and errors, never the secret.
//
//	x := sasl.New("PLAIN")
//	x.Challenge([]byte(""))                   // "+ "
//	x.Response([]byte("AGZyZWQAc2VjcmV0"))
//	x.End(true)                               // "a1 OK"
//	r := x.Report()
//	r.Line()  // SASL PLAIN: accepted
//	r.User()  // fred
//
// Lines are those of the wire, in base64 (RFC 3501, section 6.2.2), without "+ " and without
// line ends: "" and "*" included, and "=" for an empty initial response (RFC 4959).
//
// # Rules
//
//   - No function returns a secret, and no type has a field for one: passwords, digests,
//     proofs, tokens and hashes are recognized and dropped. What does not have the exact
//     form of its mechanism is not shown at all, because a password may be in its place.
//   - Texts come from the wire as they are. Making them inert is up to the caller.
//   - No I/O, no clock. Memory is bounded: lines longer than MaxLine are not read, and texts
//     are cut to MaxText.
//
// A mechanism is a row of the table in mechanism.go, with a function for each side.
package sasl
