package model

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
	"imapscope/ui/view"
)

// What was running when it was compared is listed once it matches, and no longer once it does
// not, in the order of arrival and in any other.
func TestScanOfWhatWasRunning(t *testing.T) {
	a, err := archive.New(archive.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	d, now, off := capturetest.To(a.Writer()), time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC), [2]int64{}
	say := func(dir capture.Direction, text string) {
		t.Helper()
		if err := d.Data(1, dir, now, off[dir], []byte(text)); err != nil {
			t.Fatal(err)
		}
		off[dir] += int64(len(text))
		now = now.Add(time.Millisecond)
	}
	if err := d.Open(capture.Conn{ID: 1, Start: now, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.2:143")}); err != nil {
		t.Fatal(err)
	}
	say(capture.ServerToClient, "* OK ready\r\n")
	of := func(source string) *List {
		f, err := filter.Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		m := New(a, view.Options{})
		m.List.Narrow(source, f, 0)
		t.Cleanup(m.List.Stop)
		return m.List
	}
	refused, open, sorted := of(`status == "NO"`), of(`status == ""`), of(`status == "NO"`)
	sorted.Sort(ByNumber, true)
	wants := func(l *List, want ...int) {
		t.Helper()
		var got []int
		await(t, fmt.Sprintf("%s to list %v", l.Source(), want), func() bool {
			l.Extend()
			got = got[:0]
			for row := range l.Len() {
				got = append(got, l.At(row))
			}
			return !l.Looking() && slices.Equal(got, want)
		})
	}
	for n := range 4 {
		say(capture.ClientToServer, fmt.Sprintf("a%d NOOP\r\n", n))
	}
	wants(open, 0, 1, 2, 3)
	wants(refused)
	wants(sorted)
	say(capture.ServerToClient, "a2 NO not now\r\n")
	wants(open, 0, 1, 3)
	wants(refused, 2)
	wants(sorted, 2)
	say(capture.ServerToClient, "a0 NO not now\r\na1 OK done\r\n")
	wants(open, 3)
	wants(refused, 0, 2)
	wants(sorted, 2, 0)
	say(capture.ServerToClient, "a3 NO not now\r\n")
	wants(open)
	wants(refused, 0, 2, 3)
	wants(sorted, 3, 2, 0)
	if row := refused.Row(2); row != 1 || !refused.Shows(3) || refused.Shows(1) {
		t.Errorf("2 is in row %d", row)
	}
}
