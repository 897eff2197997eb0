package inspect

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// twice is a Replayer that treats the second half of a session as a replay of the first.
type twice struct{ played atomic.Int32 }

func (p *twice) Replay(context.Context) (string, error) {
	if p.played.Add(1) == 2 {
		return "", errors.New("connection refused")
	}
	return "8 exchanges played: 1 differ", nil
}

func (p *twice) Twin(c capture.ConnID, n int) (capture.ConnID, int, bool, bool, bool) {
	if n <= 8 {
		return c, n + 8, false, n == 5, true
	}
	return c, n - 8, true, n == 13, true
}

// TestReplay checks that a recording is played at once, and again with r, that differences
// are marked, and that from either side the recorded transaction is shown first.
func TestReplay(t *testing.T) {
	p := &twice{}
	d := openSource(t, 100, 30, pcap.Files([]string{"../../samples/mtest1988--imap-1.pcap"}, pcap.Options{}), Options{Replay: p})
	d.sees("8 exchanges played: 1 differ").sees("Transactions +16")
	d.press("j", "j", "j", "j").on("^≠ +5 ").press("d").sees("^A +5 +A00004", "^B +13 +A00012", "message 3 FLAGS").press("q")
	d.press("G", "k", "k", "k").on("^≠ +13 ").press("d", "z").sees("^A +5 +A00004", "^B +13 +A00012").press("q", "q")
	d.press("r").sees("connection refused")
	d.press("r").sees("1 differ")
	if n := p.played.Load(); n != 3 {
		t.Errorf("played %d times", n)
	}
}
