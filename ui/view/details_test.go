package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/filter"
	"imapscope/decode/syntax"
)

// TestDetailsAreBounded checks that a message without end costs a filter no more than the
// limit, and that a stretch of UIDs is one range.
func TestDetailsAreBounded(t *testing.T) {
	gaps := strings.Repeat("1,3,5,7,9,", 3*MaxDetails/5)
	pieces, err := decodetest.Parse("S: * OK hi\nC: a UID FETCH " + gaps + "11 FLAGS\nS: a OK\nC: b UID SEARCH ALL\nS: * SEARCH 5 6 7 8\nS: b OK\n")
	if err != nil {
		t.Fatal(err)
	}
	d := decode.New(decode.Options{})
	details := make(map[int]*Details)
	var p syntax.Parser
	for _, x := range pieces {
		for _, e := range d.Write(x.Dir, time.Unix(0, 0), bytes.Clone(x.Data)) {
			if m, ok := e.(*decode.Message); ok && m.Txn != nil {
				if details[m.Txn.N] == nil {
					details[m.Txn.N] = new(Details)
				}
				details[m.Txn.N].Add(m, m.Txn.Row, &p)
			}
		}
	}
	var r filter.Row
	if details[1].Fill(&r); len(r.UID) != MaxDetails {
		t.Errorf("%d ranges", len(r.UID))
	}
	if details[2].Fill(&r); len(r.UID) != 1 || r.UID[0] != (filter.Range{Low: 5, High: 8}) {
		t.Errorf("%v", r.UID)
	}
}
