package scan_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
	"imapscope/ui/scan"
)

// open opens captures only.
func open(f *scan.File, s *scan.Settings) (capture.Source, scan.Source) {
	src := pcap.Files([]string{f.Path}, pcap.Options{Ports: s.Ports, Origin: f.Name})
	return src, src
}

// finder finds files one by one.
func finder() scan.Finder {
	same := func(names []string) []string { return names }
	return scan.Finder{Inputs: same, OnDisk: same}
}

// A client is a connection from one address, and what it says.
type client struct {
	addr, text string
	after      time.Duration
}

// moved gives a connection another number, address and time.
type moved struct {
	to    capture.Sink
	id    capture.ConnID
	from  netip.AddrPort
	after time.Duration
}

func (m moved) Event(e *capture.Event) error {
	x := *e
	x.Conn = m.id
	x.Time = e.Time.Add(m.after)
	if e.Info != nil {
		info := *e.Info
		info.ID, info.Client, info.Start = m.id, m.from, info.Start.Add(m.after)
		x.Info = &info
	}
	return m.to.Event(&x)
}

// record writes a capture of connections.
func record(t *testing.T, name string, clients ...client) {
	t.Helper()
	b, err := pcaptest.Record(func(s capture.Sink) error {
		for i, c := range clients {
			from := netip.AddrPortFrom(netip.MustParseAddr(c.addr), uint16(40001+i))
			if err := decodetest.Play(c.text, moved{s, capture.ConnID(i + 1), from, c.after}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

const session = `S: * OK ready
C: a LOGIN user%d secret%d
S: a OK done
C: b SELECT INBOX
S: * FLAGS (\Seen)
S: * 3 EXISTS
S: * 0 RECENT
S: b OK [READ-WRITE] done
C: c FETCH 9 FLAGS
S: c BAD no such message
C: d LOGOUT
S: * BYE
S: d OK done
# closed by the server
`

// archive makes a directory with captures of many clients.
func archive(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for k := range 3 {
		var clients []client
		for i := range 40 {
			clients = append(clients, client{fmt.Sprintf("192.0.2.%d", 1+i%9), fmt.Sprintf(session, i%9, i), time.Duration(i) * time.Second})
		}
		record(t, filepath.Join(dir, fmt.Sprint("day", k), "a.pcapng"), clients...)
	}
	return dir
}

// scanned scans paths, and returns the folder with the results, and what they are in numbers. The
// units are done in the order of order.
func scanned(t *testing.T, s scan.Settings, order func([]int) []int, paths ...string) (string, *scan.Summary) {
	t.Helper()
	p, err := finder().Plan(paths, s, "test")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "results")
	x, err := scan.Begin(dir, p, scan.Fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range order(x.Missing()) {
		if err := x.Do(t.Context(), unit, open, true); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := x.Merge(nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, sum
}

func inOrder(units []int) []int { return units }

// content returns the results in a folder by name, and checks that nothing else is there.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range list {
		if !slices.Contains(scan.Owned(), f.Name()) {
			t.Errorf("%s was left", f.Name())
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(b)
	}
	return out
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d files, not %d", what, len(got), len(want))
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s differs: %d and %d bytes", what, name, len(got[name]), len(want[name]))
		}
	}
}
