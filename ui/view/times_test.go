package view

import (
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// TestTimesAddUp adds up three sessions: sequential commands, with a literal that waited;
// pipelined commands; and a clock that ran backwards.
func TestTimesAddUp(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }
	txn := func(begin, sent, first, end int) *decode.Transaction {
		return &decode.Transaction{Time: at(begin), RequestEnd: at(sent), FirstResponse: at(first), End: at(end), Outcome: decode.Completed}
	}
	literal := txn(200, 230, 234, 240)
	literal.Literals = []decode.Literal{{From: capture.ClientToServer, Waited: true}}
	literal.Ready = 1
	lost := txn(500, 500, 500, 600)
	lost.Outcome = decode.Abandoned
	for name, test := range map[string]struct {
		txns []*decode.Transaction
		want Times
	}{
		"in turn": {
			[]*decode.Transaction{txn(0, 1, 11, 15), txn(100, 100, 105, 105), literal, lost},
			Times{RoundTrips: 4, Request: 31 * time.Millisecond, Server: 19 * time.Millisecond, Transfer: 10 * time.Millisecond,
				Pause: 180 * time.Millisecond, Saves: 12 * time.Millisecond},
		},
		"at once": {
			[]*decode.Transaction{txn(0, 0, 10, 20), txn(1, 1, 20, 30), txn(2, 2, 30, 50)},
			Times{RoundTrips: 1, Server: 10 * time.Millisecond, Transfer: 40 * time.Millisecond},
		},
		"backwards": {
			[]*decode.Transaction{txn(100, 90, 80, 70), txn(50, 50, 60, 120)},
			Times{RoundTrips: 1, Transfer: 20 * time.Millisecond},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got Times
			for _, x := range test.txns {
				got.add(1, x)
			}
			got.closed(1)
			if len(got.open) > 0 {
				t.Error("the connection is still open")
			}
			got.open = nil
			if got.RoundTrips != test.want.RoundTrips || got.Request != test.want.Request || got.Server != test.want.Server ||
				got.Transfer != test.want.Transfer || got.Pause != test.want.Pause || got.Saves != test.want.Saves {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
