package redact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/decode/redact"
	"imapscope/samples"
)

// tapes keep what is reported of each connection.
type tapes map[capture.ConnID]*tape

func (ts tapes) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		ts[e.Conn] = new(tape)
	}
	return ts[e.Conn].Event(e)
}

// The password of all recordings is "secret". Where else they hold that word is
// mail, and a search of it, which a Mask leaves as they are.
var noSecrets = strings.NewReplacer(
	"secretary", "",
	`"secret" "example.org"`, "",
	"secret@example.org", "",
	"SEARCH BCC secret", "",
)

func holdsSecret(b []byte) bool {
	const plain = "\x00fred\x00secret"
	return strings.Contains(noSecrets.Replace(string(b)), "secret") ||
		bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString([]byte(plain))))
}

// TestMaskSamples and TestMaskLab record real sessions, masked, and read them
// again.
func TestMaskSamples(t *testing.T) {
	for _, name := range samples.Names() {
		b, err := samples.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			n := recordMasked(t, func() *pcap.Source { return pcap.Stream(bytes.NewReader(b), name, pcap.Options{}) })
			if n < len("secret") {
				t.Errorf("%d bytes hidden", n)
			}
		})
	}
}

func TestMaskLab(t *testing.T) {
	names := shared.Glob(t, "lab/*.pcap*")
	hidden := 0
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			hidden += recordMasked(t, func() *pcap.Source { return pcap.Files([]string{name}, pcap.Options{}) })
		})
	}
	t.Logf("%d bytes hidden in %d recordings", hidden, len(names))
}

func recordMasked(t *testing.T, source func() *pcap.Source) (hidden int) {
	t.Helper()
	was, got := tapes{}, tapes{}
	run(t, source(), was)
	file := filepath.Join(t.TempDir(), "masked.pcapng")
	rec, err := pcap.Create(file, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	run(t, source(), redact.NewMask(rec))
	if err := rec.Finish(time.Now()); err != nil {
		t.Fatal(err)
	}
	run(t, pcap.Files([]string{file}, pcap.Options{}), got)

	if len(was) != len(got) {
		t.Fatalf("%d connections, %d captured", len(got), len(was))
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inFile := bytes.Count(written, []byte("secret"))
	for id, a := range was {
		sameExchanges(t, a.opened[0].MidStream, a.chunks, got[id].chunks)
		for dir := range capture.Direction(2) {
			x, y := a.bytes(dir), got[id].bytes(dir)
			if len(x) != len(y) {
				t.Fatalf("%s: %d bytes, %d captured", dir, len(y), len(x))
			}
			inFile -= bytes.Count(y, []byte("secret"))
			if holdsSecret(y) {
				t.Errorf("the password is in what the %s said", dir)
			}
			for i := range x {
				if x[i] != y[i] {
					hidden++
				}
			}
		}
	}
	if inFile > 0 {
		t.Errorf("the password is in the file %d times more than in what was said", inFile)
	}
	return hidden
}

func run(t *testing.T, src *pcap.Source, s capture.Sink) {
	t.Helper()
	if err := src.Run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
}
