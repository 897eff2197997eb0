package pcap

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"testing/iotest"
	"time"

	"imapscope/capture"
)

// TestAllDataIsReadWhateverTheSizes checks that all data is read, for any sizes of reads.
func TestAllDataIsReadWhateverTheSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	data := make([]byte, 5*patientBuffer+17)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	for name, r := range map[string]io.Reader{
		"whole":          bytes.NewReader(data),
		"halves":         iotest.HalfReader(bytes.NewReader(data)),
		"error and data": iotest.DataErrReader(bytes.NewReader(data)),
		"bytes":          iotest.OneByteReader(bytes.NewReader(data[:5000])),
	} {
		want := data
		if name == "bytes" {
			want = data[:5000]
		}
		if err := iotest.TestReader(newPatient(t.Context(), r), want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	boom := errors.New("boom")
	got, err := io.ReadAll(newPatient(t.Context(), io.MultiReader(bytes.NewReader(data[:100]), iotest.ErrReader(boom))))
	if err != boom || len(got) != 100 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestCancelStdin checks that silent standard input does not block Run, and
// that what it sent before is reported.
func TestCancelStdin(t *testing.T) {
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pw.Close()
	defer pr.Close()
	stdin := os.Stdin
	pr.Fd() // like one from a shell: Close does not end a Read
	os.Stdin = pr
	defer func() { os.Stdin = stdin }()

	b := newBuilder(binary.LittleEndian).header(magicMicro, 1)
	for _, s := range append(append([]seg(nil), shake...), talk...) {
		data, _ := s.frame()
		b.record(1, 0, string(data))
	}
	if _, err := pw.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := newRecorder(t)
	done, seen := make(chan error, 1), make(chan bool, len(talk))
	go func() { done <- Files([]string{"-"}, Options{}).Run(ctx, telling{r, seen}) }()
	for range talk {
		<-seen
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
	if r.closed[1] != capture.EndOfCapture || r.conns[0].Origin != "-" {
		t.Errorf("%v, from %q", r.log, r.conns[0].Origin)
	}
}

// TestDamagedFile checks that what precedes the damage is read, and the next file too.
func TestDamagedFile(t *testing.T) {
	one, two := file(t, "one.pcap", append(append([]seg(nil), shake...), talk...)), file(t, "two.pcap", talk[1:])
	whole, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(one, whole[:len(whole)-70], 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	last := map[string]int64{}
	s := Files([]string{one, two, "no-such-file"}, Options{Origin: "named"})
	s.Progress = func(name string, read int64) { last[name] = read }
	err = s.Run(context.Background(), r)
	var fe *FileError
	if !errors.As(err, &fe) || fe.File != one || fe.Packet != 6 || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if got := r.data[1][0].String() + "|" + r.data[1][1].String(); got != "a NOOP|* OK hia OK" {
		t.Error(got)
	}
	if r.conns[0].Origin != "named" {
		t.Errorf("origin %q", r.conns[0].Origin)
	}
	if last[one] != int64(len(whole)-70) || last[two] == 0 {
		t.Errorf("progress ended with %v", last)
	}
}
