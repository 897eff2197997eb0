package main

import (
	"os"
	"path/filepath"
	"testing"

	"imapscope/samples/traffic"
)

// TestEveryByteIsReassembled: what is lost, late or interleaved does not change what gopacket
// passes on, so a comparison with it is one of the same work.
func TestEveryByteIsReassembled(t *testing.T) {
	for name, o := range map[string]traffic.Options{
		"in order": {Bytes: 1 << 20, Conns: 20},
		"late":     {Bytes: 1 << 20, Conns: 20, ReorderPercent: 5, Dialect: traffic.IMAP4rev1},
		"lost":     {Bytes: 1 << 20, Conns: 20, LossPercent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "traffic.pcap")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			sum, err := traffic.Write(f, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := reassemble(file)
			if err != nil {
				t.Fatal(err)
			}
			want := sum.ClientOctets + sum.ServerOctets - sum.LostClient - sum.LostServer
			if got.bytes != want || got.conns != int(sum.Connections) {
				t.Errorf("%d bytes of %d connections, not %d of %d", got.bytes, got.conns, want, sum.Connections)
			}
		})
	}
}

func TestWhatIsNoCaptureIsAnError(t *testing.T) {
	if _, err := reassemble("main.go"); err == nil {
		t.Error("a text is read as a capture")
	}
	if _, err := reassemble(filepath.Join(t.TempDir(), "none.pcap")); err == nil {
		t.Error("a file that does not exist is read")
	}
}
