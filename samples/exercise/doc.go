// Package exercise makes recordings with one seeded fault among faultless
// traffic, and their answer keys.
//
//	x, err := exercise.Make(exercise.Options{Seed: 7, Kind: "tag-reused"})
//	os.WriteFile("01.pcapng", x.Recording, 0o644)
//	fmt.Print(x.Key.Text())
//
// # Rules
//
//   - A kind of fault is one entry of a table: a name, what happens, who does it, the
//     rules of decode/lint that find it, and what plants it.
//   - The traffic beside it is written by an author who tries each command on a
//     samples/server of its own, and so knows what there is to ask for.
//   - What was made is read again and judged: the rules of its kind find it, in that
//     exchange, and from warnings up nothing else is found anywhere. Where chance would
//     have it otherwise, the next variation is tried.
//   - The same seed is the same recording and the same key, octet for octet.
//   - The recording says nothing of its fault, nor of its seed.
package exercise
