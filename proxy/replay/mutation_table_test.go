package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture/golden"
)

// tally counts the mutations of one server by kind, and those whose result was right.
type tally struct{ all, right map[kind][3]int }

func (y *tally) add(m mutation, right bool) {
	if y.all == nil {
		y.all, y.right = make(map[kind][3]int), make(map[kind][3]int)
	}
	n := y.all[m.kind]
	n[m.verdict]++
	y.all[m.kind] = n
	if right {
		n := y.right[m.kind]
		n[m.verdict]++
		y.right[m.kind] = n
	}
}

// topic is the help topic that has the table, in a section of its own.
const (
	topic = "../../cmd/imapscope/help/replay.md"
	begin = "\n## What is found\n\n"
	end   = "\n## "
)

// table compares the table in help replay with what the mutations have shown; -update writes
// it.
func table(t *testing.T, results map[string]*tally) {
	if len(results) < len(worlds) || t.Failed() {
		t.Log("NOT TESTED: the table in help replay, without all of the servers")
		return
	}
	golden.Section(t, topic, begin, end, written(results))
}

var kinds = []kind{status, mailbox, names, message, bytesOf, searches, numbers, others}

// written writes the table.
func written(results map[string]*tally) string {
	var b strings.Builder
	b.WriteString(`The tests replay recordings of three servers against the same servers, and
change one thing in the answers each time. This many faults were found, and this
many harmless variations were not reported:

`)
	fmt.Fprintf(&b, "    %-31s", "")
	for _, w := range worlds {
		fmt.Fprintf(&b, "%15s", w.column)
	}
	fmt.Fprintf(&b, "\n    %-31s%s\n", "what the server changes", strings.Repeat("   found silent", len(worlds)))
	var sums [3]int
	for _, k := range kinds {
		fmt.Fprintf(&b, "    %-31s", k)
		for _, w := range worlds {
			all, right := results[w.name].all[k], results[w.name].right[k]
			fmt.Fprintf(&b, "%8s%7s", of(right[fault], all[fault]), of(right[harmless]+right[normal], all[harmless]+all[normal]))
			for v := range sums {
				sums[v] += all[v]
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nThese are %d changes: %d faults, %d harmless variations, and %d that are not\nreported because correct servers differ in them, too; --strict finds those.\n",
		sums[fault]+sums[harmless]+sums[normal], sums[fault], sums[harmless], sums[normal])
	return b.String()
}

// of writes how many of some mutations had the right result.
func of(right, all int) string {
	switch {
	case all == 0:
		return "-"
	case right == all:
		return fmt.Sprint(all)
	}
	return fmt.Sprintf("%d/%d", right, all)
}
