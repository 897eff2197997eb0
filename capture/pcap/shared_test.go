package pcap

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"

	"imapscope/capture/shared"
)

// customBlocks returns how many of a file's frames in the index, which tshark
// counted, are pcapng custom blocks: no packets.
func customBlocks(name string) int {
	return map[string]int{
		"layer/fmt-ng-le-test018.pcapng": 4,
		"layer/fmt-ng-le-test102.pcapng": 3,
		"layer/fmt-ng-le-test202.pcapng": 3,
	}[name]
}

// TestPublicCaptures reads captures that other projects published: the number of
// packets is that of the index, and each of them is as pcapgo reads it.
func TestPublicCaptures(t *testing.T) {
	dir := shared.Captures(t, "public")
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(index)), "\n")[1:]
	if len(lines) < 60 {
		t.Errorf("only %d lines in the index", len(lines))
	}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		name := fields[0]
		want, err := strconv.Atoi(fields[4])
		if err != nil {
			t.Fatalf("index: %q: %v", line, err)
		}
		t.Run(name, func(t *testing.T) {
			got, err := readFile(t, filepath.Join(dir, name))
			if strings.HasSuffix(name, ".snoop") {
				if err == nil || !strings.Contains(err.Error(), "snoop") || !strings.Contains(err.Error(), "editcap") {
					t.Errorf("a snoop file: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := want - customBlocks(name); len(got) != want {
				t.Errorf("%d packets, want %d", len(got), want)
			}
			sound(t, got)
			if plain := !strings.HasSuffix(name, ".gz") && !strings.HasSuffix(name, ".zst"); plain {
				compareWithPcapgo(t, filepath.Join(dir, name), got)
			}
		})
	}
}

// TestLabCaptures holds the project's own recordings against pcapgo.
func TestLabCaptures(t *testing.T) {
	dir := shared.Captures(t, "lab")
	names, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(names) < 30 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got, err := readFile(t, name)
			if err != nil || len(got) == 0 {
				t.Fatalf("%d packets, %v", len(got), err)
			}
			sound(t, got)
			compareWithPcapgo(t, name, got)
		})
	}
}

// TestEveryCut cuts captures at each byte: everything complete before the cut is
// read, and a cut is reported unless it falls between two records.
func TestEveryCut(t *testing.T) {
	dir := shared.Captures(t, "lab")
	for _, name := range []string{"raw-hang--imap-1.pcap", "imaplib--dovecot-starttls-dsb.pcapng"} {
		whole, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all, err := read(bytes.NewReader(whole), name)
		if err != nil {
			t.Fatal(err)
		}
		before := 0
		for n := range min(len(whole), 6000) {
			got, err := read(bytes.NewReader(whole[:n]), name)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && n >= 4 {
				t.Fatalf("%s cut to %d: %v", name, n, err)
			}
			if len(got) < before || len(got) > before+1 {
				t.Fatalf("%s cut to %d: %d packets after %d", name, n, len(got), before)
			}
			if len(got) > before && !bytes.Equal(got[before].Data, all[before].Data) {
				t.Fatalf("%s cut to %d: packet %d differs", name, n, len(got))
			}
			before = len(got)
		}
	}
}

func readFile(t *testing.T, name string) ([]Packet, error) {
	t.Helper()
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return read(f, name)
}

// sound holds for every capture.
func sound(t *testing.T, ps []Packet) {
	t.Helper()
	last := int64(0)
	for i, p := range ps {
		if p.Number != int64(i+1) || p.Offset <= last || p.Length < len(p.Data) {
			t.Errorf("packet %d: number %d, offset %d after %d, length %d of %d captured", i+1, p.Number, p.Offset, last, p.Length, len(p.Data))
		}
		last = p.Offset
	}
}

// compareWithPcapgo reads the file again with gopacket's readers.
func compareWithPcapgo(t *testing.T, name string, got []Packet) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	next, err := pcapgoReader(bufio.NewReader(f))
	if err != nil {
		t.Fatalf("pcapgo: %v", err)
	}
	n := 0
	for ; ; n++ {
		data, ci, err := next()
		if err != nil {
			if err != io.EOF && !errors.Is(err, pcapgo.ErrNgVersionMismatch) {
				t.Logf("pcapgo stops at packet %d: %v", n+1, err)
				return
			}
			break
		}
		if n >= len(got) {
			break
		}
		p := got[n]
		if !bytes.Equal(p.Data, data) {
			t.Errorf("packet %d: the frames differ", n+1)
		}
		if p.Length != max(ci.Length, len(data)) {
			t.Errorf("packet %d: length %d, pcapgo %d", n+1, p.Length, ci.Length)
		}
		simple := ci.Timestamp.IsZero() // a simple packet block, which has none
		if !simple && p.Time.Sub(ci.Timestamp).Abs() > time.Nanosecond {
			t.Errorf("packet %d: time %v, pcapgo %v", n+1, p.Time, ci.Timestamp)
		}
	}
	if n != len(got) {
		t.Errorf("%d packets, pcapgo %d or more", len(got), n)
	}
}

func pcapgoReader(r *bufio.Reader) (func() ([]byte, gopacket.CaptureInfo, error), error) {
	head, err := r.Peek(4)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(head, []byte("\n\r\r\n")) {
		ng, err := pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			return nil, err
		}
		return ng.ReadPacketData, nil
	}
	old, err := pcapgo.NewReader(r)
	if err != nil {
		return nil, err
	}
	return old.ReadPacketData, nil
}
