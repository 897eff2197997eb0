package archive_test

import (
	"fmt"
	"imapscope/capture/capturetest"
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/archive"
)

// TestManyNames: more names than memory keeps are right all the same.
func TestManyNames(t *testing.T) {
	a := newArchive(t, archive.Options{})
	w := a.Writer()
	if err := capturetest.To(w).Open(aConn(1)); err != nil {
		t.Fatal(err)
	}
	const n = 70_000
	name := func(i int) string { return fmt.Sprintf("box%d%s", i, strings.Repeat("x", i%100)) }
	var offs [2]int64
	for i := range n {
		say(t, w, 1, &offs, 0, epoch, fmt.Sprintf("a SELECT %s\r\n", name(i)))
		say(t, w, 1, &offs, 1, epoch, "a OK\r\n")
	}
	say(t, w, 1, &offs, 0, epoch, "a neverheard x\r\n")
	for i, row := range a.Rows(0, n) {
		if row.Mailbox != name(i) || row.Command != "SELECT" {
			t.Fatalf("%d: %+v", i, row)
		}
	}
	r := a.Reader()
	var x decode.Transaction
	if err := r.Txn(n-1, &x); err != nil || x.Mailbox != name(n-1) {
		t.Errorf("%+v, %v", x, err)
	}
	if row := a.Row(n); row.Command != "NEVERHEARD" || !row.Running || row.Mailbox != name(n-1) {
		t.Errorf("%+v", row)
	}
}

// TestRowSize: what the package comment says of a transaction that runs.
func TestRowSize(t *testing.T) {
	if archive.RowSize != 80 {
		t.Errorf("a row takes %d bytes: say so in the package comment", archive.RowSize)
	}
}
