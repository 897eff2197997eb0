package lint_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/samples/traffic"
)

// TestLossIsReportedWithoutBlame checks that bytes that were not captured are
// reported, and that neither side is blamed for them.
func TestLossIsReportedWithoutBlame(t *testing.T) {
	for _, o := range []traffic.Options{
		{Bytes: 4 << 20, LossPercent: 1},
		{Bytes: 4 << 20, LossPercent: 0.1, ReorderPercent: 2},
		{Bytes: 4 << 20, LossPercent: 5, Mix: traffic.Headers},
		{Bytes: 4 << 20, LossPercent: 1, Mix: traffic.Bodies},
	} {
		rec := generated(t, o)
		lost := 0
		l, err := lint.New(lint.Options{}, func(f lint.Finding) {
			switch {
			case f.Rule.ID == "N001":
				lost++
			case f.Severity > lint.Note && !slices.Contains([]string{"C003", "C007", "C017"}, f.Rule.ID):
				t.Errorf("%+v: connection %d, transaction %d, %s %d: %s %s", o, f.Conn, f.Txn, f.Dir, f.Off, f.Rule.ID, f.Message)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		rec.play(t, decode.NewDemux(decode.Options{}, l))
		if lost == 0 {
			t.Errorf("%+v: no loss was reported", o)
		}
	}
}

// TestFaultless checks that in generated correct traffic rules find only notes, except
// for the deliberate faults: an unknown command, a client that does not wait, and
// passwords in the clear.
func TestFaultless(t *testing.T) {
	purpose := []string{"C003", "C007", "C017"}
	for _, o := range mixes {
		t.Run(o.Dialect.String()+"/"+o.Mix.String(), func(t *testing.T) {
			o.Bytes = 2 << 20
			rec := generated(t, o)
			found := make(map[string]int)
			l, err := lint.New(lint.Options{}, func(f lint.Finding) {
				found[f.Rule.ID]++
				if f.Severity > lint.Note && !slices.Contains(purpose, f.Rule.ID) {
					t.Errorf("connection %d, transaction %d: %s %s", f.Conn, f.Txn, f.Rule.ID, f.Message)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			rec.play(t, decode.NewDemux(decode.Options{}, l))
			for _, id := range slices.Sorted(maps.Keys(found)) {
				t.Log(id, found[id])
			}
			if found["C017"] < len(rec.conns) {
				t.Error(fmt.Sprint(len(rec.conns), " connections, and ", found["C017"], " passwords in the clear"))
			}
		})
	}
}
