package main

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// TestRedactEndlessLine redacts a line without end, at three sizes: the work, counted in
// bytes allocated, grows with its length only, and no word of it passes.
func TestRedactEndlessLine(t *testing.T) {
	dir := t.TempDir()
	var spent []uint64
	for _, mb := range []int{6, 12, 24} {
		in, out := filepath.Join(dir, "in.pcapng"), filepath.Join(dir, "out.pcapng")
		writeLine(t, in, mb<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var errs bytes.Buffer
		if code := run([]string{"redact", "--force", in, out}, nil, new(bytes.Buffer), &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		runtime.ReadMemStats(&after)
		spent = append(spent, after.TotalAlloc-before.TotalAlloc)
		redacted, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(redacted) < mb<<20 || bytes.Contains(redacted, []byte("walrus")) {
			t.Errorf("%d MB: %d bytes are left, or personal ones among them", mb, len(redacted))
		}
	}
	t.Logf("MB allocated: %d, %d, %d", spent[0]>>20, spent[1]>>20, spent[2]>>20)
	if first, second := spent[1]-spent[0], spent[2]-spent[1]; spent[0] > spent[1] || second > 3*first || second > 12<<20*50 {
		t.Errorf("for 6 MB more %d MB, for 12 MB more %d MB were allocated", first>>20, second>>20)
	}
}

// writeLine writes a capture with a response of size bytes that does not end.
func writeLine(t *testing.T, name string, size int) {
	t.Helper()
	rec, err := pcap.Create(name, pcap.RecorderOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1e9, 0)
	rec.Event(&capture.Event{Kind: capture.Opened, Conn: 1, Time: at, Info: &capture.Conn{
		ID: 1, Start: at, Client: netip.MustParseAddrPort("10.0.0.2:40000"), Server: netip.MustParseAddrPort("10.0.0.1:143"),
	}})
	off := int64(0)
	send := func(text string) {
		rec.Event(&capture.Event{Kind: capture.Data, Conn: 1, Time: at, Dir: capture.ServerToClient, Off: off, Data: []byte(text)})
		off += int64(len(text))
	}
	send("* OK hi\r\n* 1 FETCH (FLAGS (")
	for part := strings.Repeat("walrus 12 ", 120); int(off) < size; {
		send(part)
	}
	if err := rec.Finish(at); err != nil {
		t.Fatal(err)
	}
}
