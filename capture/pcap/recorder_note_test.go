package pcap

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
)

// TestRecorderKeepsThePlaceOfActs checks that what a proxy did is read again at its time, and
// before what happens on other connections after it.
func TestRecorderKeepsThePlaceOfActs(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	info := func(id capture.ConnID) *capture.Conn {
		return &capture.Conn{ID: id, Client: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(id)), Server: netip.MustParseAddrPort("192.0.2.2:143"), Start: now}
	}
	one, two := info(1), info(2)
	at := func(ms int) time.Time { return now.Add(time.Duration(ms) * time.Millisecond) }
	events := []capture.Event{
		{Kind: capture.Opened, Conn: 1, Info: one, Time: now},
		{Kind: capture.Opened, Conn: 2, Info: two, Time: at(1)},
		{Kind: capture.Note, Conn: 1, Time: at(2), Text: capture.Link(capture.ClientLeg, two.Peers())},
		{Kind: capture.Note, Conn: 2, Time: at(3), Text: capture.Link(capture.ServerLeg, one.Peers())},
		{Kind: capture.Data, Conn: 2, Dir: capture.ServerToClient, Time: at(4), Data: []byte("a OK\r\n")},
		{Kind: capture.Note, Conn: 1, Time: at(5), Text: capture.ByFault + "drop tagged"},
		{Kind: capture.Data, Conn: 2, Dir: capture.ServerToClient, Time: at(6), Data: []byte("b OK\r\n")},
		{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: at(7), Data: []byte("b OK\r\n")},
		{Kind: capture.Closed, Conn: 1, Time: at(8), Cause: capture.FIN},
		{Kind: capture.Closed, Conn: 2, Time: at(9), Cause: capture.FIN},
	}
	var file bytes.Buffer
	r, err := NewRecorder(&file, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		if err := r.Event(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(at(10)); err != nil {
		t.Fatal(err)
	}
	var got, want []string
	see := func(to *[]string, e *capture.Event) {
		if e.Kind == capture.Note || e.Kind == capture.Data {
			*to = append(*to, fmt.Sprintf("%d %s %s %q%s", e.Conn, e.Kind, e.Time.UTC(), e.Data, e.Text))
		}
	}
	for i := range events {
		see(&want, &events[i])
	}
	err = Stream(&file, "recording", Options{}).Run(t.Context(), sinkFunc(func(e *capture.Event) error {
		see(&got, e)
		return nil
	}))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
}

// TestRecorderPutsTimesInOrder checks that bytes with earlier times than those before them, since they
// waited for those, are not read again as from a clock that ran backwards; and that one that did is
// kept.
func TestRecorderPutsTimesInOrder(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return now.Add(time.Duration(ms) * time.Millisecond) }
	for name, c := range map[string]struct {
		note string
		want string
	}{
		"waited":       {"", "0 data, 400 data, 400 data"},
		"stepped back": {capture.SteppedBack(300*time.Millisecond, true), "0 data, 400 data, 100 " + capture.SteppedBack(300*time.Millisecond, true) + ", 100 data"},
		"a comment":    {capture.SteppedBack(300*time.Millisecond, true) + " or so", "0 data, 400 data, 400 " + capture.SteppedBack(300*time.Millisecond, true) + " or so, 400 data"},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			r, err := NewRecorder(&file, RecorderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			events := []capture.Event{
				{Kind: capture.Opened, Conn: 1, Time: now, Info: &capture.Conn{ID: 1, Client: netip.MustParseAddrPort("192.0.2.1:1024"), Server: netip.MustParseAddrPort("192.0.2.2:143"), Start: now}},
				{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: at(0), Data: []byte("* OK IMAP\r\n")},
				{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: at(400), Off: 11, Data: []byte("* 1 EXISTS\r\n")},
				{Kind: capture.Note, Conn: 1, Time: at(100), Text: c.note},
				{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Time: at(100), Off: 23, Data: []byte("* 1 RECENT\r\n")},
				{Kind: capture.Closed, Conn: 1, Time: at(500), Cause: capture.FIN},
			}
			for i := range events {
				if events[i].Kind == capture.Note && c.note == "" {
					continue
				}
				if err := r.Event(&events[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Finish(at(600)); err != nil {
				t.Fatal(err)
			}
			var got []string
			sink := sinkFunc(func(e *capture.Event) error {
				switch e.Kind {
				case capture.Data:
					got = append(got, fmt.Sprintf("%d data", e.Time.Sub(now).Milliseconds()))
				case capture.Note:
					got = append(got, fmt.Sprintf("%d %s", e.Time.Sub(now).Milliseconds(), e.Text))
				}
				return nil
			})
			if err := Stream(&file, "recording", Options{}).Run(t.Context(), sink); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
