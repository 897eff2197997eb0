package export

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/redact/scrub"
)

// TestEachConnectionIsChecked leaves a word or an address in one of several connections, which are
// checked side by side: it is found in each of them, and nothing is found if there is none.
func TestEachConnectionIsChecked(t *testing.T) {
	const inside, outside = "130.55.1.", "198.51.100."
	dir := t.TempDir()
	s := scrub.New(discard{}, scrub.Key{1})
	original := record(t, dir, inside, "fred", "fred", "fred")
	if err := pcap.Files([]string{original}, pcap.Options{}).Run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string]string{
		"":                           record(t, dir, outside, "qqqq", "qqqq", "qqqq"),
		"connection 1,":              record(t, dir, outside, "fred", "qqqq", "qqqq"),
		"connection 2,":              record(t, dir, outside, "qqqq", "fred", "qqqq"),
		"connection 3,":              record(t, dir, outside, "qqqq", "qqqq", "fred"),
		"2 connections instead of 3": record(t, dir, outside, "qqqq", "qqqq"),
		"an address of connection 1": record(t, dir, inside, "qqqq", "qqqq", "qqqq"),
	} {
		err := checkRedacted(t.Context(), file, pcap.Options{}, s)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// record writes a capture with a connection for each user, who logs in.
func record(t *testing.T, dir, network string, users ...string) string {
	t.Helper()
	name := filepath.Join(dir, network+strings.Join(users, ""))
	rec, err := pcap.Create(name, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1e9, 0)
	for i, user := range users {
		id := capture.ConnID(i + 1)
		client := netip.AddrPortFrom(netip.MustParseAddr(network+fmt.Sprint(i+2)), 40000)
		server := netip.AddrPortFrom(netip.MustParseAddr(network+"1"), 143)
		for _, e := range []capture.Event{
			{Kind: capture.Opened, Info: &capture.Conn{ID: id, Client: client, Server: server, Start: start}},
			{Kind: capture.Data, Dir: capture.ServerToClient, Data: []byte("* OK ready\r\n")},
			{Kind: capture.Data, Data: []byte("a1 LOGIN " + user + " 1\r\n")},
			{Kind: capture.Closed, Cause: capture.FIN},
		} {
			e.Conn, e.Time = id, start
			if err := rec.Event(&e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := rec.Finish(start); err != nil {
		t.Fatal(err)
	}
	return name
}

type discard struct{}

func (discard) Event(*capture.Event) error { return nil }
