// Package scan analyses archives of captures: findings, transactions and reasons of any number of files, with the same results however the work is divided.
//
//	plan, err := finder.Plan(paths, settings, version)
//	s, err := scan.Begin("results", plan, scan.Fresh)
//	… s.Do(ctx, i, open) for each i of s.Missing(), in any order, anywhere …
//	summary, err := s.Merge(failed)
//
// # Rules
//
//   - A unit of work is a capture file, or a part of a large one: those of its connections whose
//     pair of addresses hashes to the part. How many parts a file has depends on its size alone.
//   - What a unit finds depends on the file and the settings alone. It has its name in the folder
//     of the results only when it is complete, so that it does not matter how often it is done,
//     and by whom.
//   - The results are those of all units, in the order of files, connections, and then as
//     decode, check and why print them. Nothing in them shows when or by whom they were made.
//   - Connections between the same two addresses are in the same part, so that what rules and
//     reasons compare between the connections of one client is the same as in the whole file. What
//     the facts of all parts and files say together is merged: the accounts (Book), and changes of
//     UIDVALIDITY (why.Across). Only within a part are seen: how long a command usually takes in
//     this capture (E006), the two legs of a proxy (a finding may be on both), whether a server
//     offered STARTTLS to another client before (N011), figures of a mailbox that went back on a
//     connection of another client (S040, S043, S044; accounts have them as "backwards"), and in
//     reasons, what a connection of another client explains. With Settings.ByPorts that is so for
//     connections of the same client, too.
//   - A file that cannot be read is reported, and the others are done; so is one that is damaged,
//     whose results are those up to the damage.
//   - Memory is bounded: records go through spools on disk, and of the facts about accounts the last ones
//     are kept.
package scan
