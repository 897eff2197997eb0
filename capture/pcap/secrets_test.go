package pcap

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/shared"
)

// dsb adds a Decryption Secrets Block.
func (b *builder) dsb(kind uint32, secrets string) *builder {
	body := b.body().u32(kind, uint32(len(secrets)))
	body.str(secrets + strings.Repeat("\x00", -len(secrets)&3))
	return b.block(blockSecrets, body.String())
}

const wireGuard = 0x57474b4c

func keyLine(n int) string { return fmt.Sprintf("CLIENT_RANDOM %064x %096x\n", n, n) }

// inOrderOf returns the frames and secrets of a file in their order.
func inOrderOf(t *testing.T, r io.Reader) string {
	t.Helper()
	var got []string
	rd, err := NewReader(r, "f")
	if err != nil {
		t.Fatal(err)
	}
	rd.Secrets = func(b *SecretsBlock) error {
		got = append(got, fmt.Sprintf("%t %q", b.TLS(), b.Lines))
		return nil
	}
	var p Packet
	for {
		err := rd.Next(&p)
		if err != nil {
			return strings.Join(append(got, err.Error()), "; ")
		}
		got = append(got, string(p.Data))
	}
}

// TestSecretsBlocks: they come in their place in the file, also behind the last frame, and
// other secrets are counted.
func TestSecretsBlocks(t *testing.T) {
	orders(t, func(t *testing.T, o binary.ByteOrder) {
		b := newBuilder(o).section().dsb(secretsTLS, "one\n").iface(1, 0, "").dsb(secretsTLS, "two").dsb(wireGuard, "three")
		b.enhanced(0, 1, "frame", 5, "").dsb(secretsTLS, "")
		b.section().iface(1, 0, "").enhanced(0, 1, "next", 4, "").dsb(secretsTLS, "last\n")
		want := `true "one\n"; true "two"; false ""; frame; true ""; next; true "last\n"; EOF`
		if got := inOrderOf(t, bytes.NewReader(b.Bytes())); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if got := inOrderOf(t, iotest.OneByteReader(bytes.NewReader(b.Bytes()))); got != want {
			t.Errorf("byte by byte: %s", got)
		}
	})
}

// TestSecretsOfFiles: a Source reports the keys of plain and compressed files as events, and
// counts their sessions.
func TestSecretsOfFiles(t *testing.T) {
	le := binary.LittleEndian
	one := newBuilder(le).section().iface(101, 0, "").dsb(secretsTLS, keyLine(1)+keyLine(1)+"# a remark\n"+keyLine(2)).dsb(wireGuard, "x")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(newBuilder(le).section().dsb(secretsTLS, keyLine(3)).Bytes())
	z.Close()
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")}
	for i, b := range [][]byte{one.Bytes(), newBuilder(le).section().Bytes(), packed.Bytes()} {
		if err := os.WriteFile(names[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got capturetest.Facts
	src := Files(names, Options{})
	if err := src.Run(context.Background(), &got); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range got.Events {
		if e.Kind != capture.Secrets || e.Conn != 0 || !e.Time.IsZero() {
			t.Errorf("%+v", e)
		}
		lines = append(lines, string(e.Data))
	}
	if want := keyLine(1) + keyLine(1) + "# a remark\n" + keyLine(2) + keyLine(3); strings.Join(lines, "") != want {
		t.Errorf("%q", lines)
	}
	if got, want := fmt.Sprint(src.Keys()), fmt.Sprint([]Keys{{names[0], 2, 1}, {names[2], 1, 0}}); got != want {
		t.Errorf("keys of %s, want %s", got, want)
	}
}

// TestSecretsFail: an error of the sink ends the source.
func TestSecretsFail(t *testing.T) {
	b := newBuilder(binary.LittleEndian).section().dsb(secretsTLS, keyLine(1))
	full := errors.New("full")
	err := Stream(bytes.NewReader(b.Bytes()), "f", Options{}).Run(context.Background(), sinkFunc(func(*capture.Event) error { return full }))
	if err != full {
		t.Errorf("%v", err)
	}
}

// TestSecretsTooLarge: a block above the limit is refused in one line, without buffering it,
// and what is behind it is read.
func TestSecretsTooLarge(t *testing.T) {
	for _, over := range []int{0, 4} {
		line := keyLine(7)
		n := MaxSecrets - blockOverhead - 8 + over
		b := newBuilder(binary.LittleEndian).section().iface(101, 0, "")
		b.dsb(secretsTLS, line+strings.Repeat("\n", n-len(line))).dsb(secretsTLS, keyLine(8))
		src := Stream(bytes.NewReader(b.Bytes()), "f", Options{})
		bytes := 0
		err := src.Run(context.Background(), sinkFunc(func(e *capture.Event) error { bytes += len(e.Data); return nil }))
		sessions := src.Keys()[0].Sessions
		switch {
		case over == 0 && (err != nil || sessions != 2 || bytes != n+len(line)):
			t.Errorf("at the limit: %v, %d sessions, %d bytes", err, sessions, bytes)
		case over > 0 && (err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "too large to use") || sessions != 1):
			t.Errorf("above the limit: %v, %d sessions", err, sessions)
		}
	}
}

type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }

// TestDamagedSecrets: what a damaged block claims is not believed.
func TestDamagedSecrets(t *testing.T) {
	le := binary.LittleEndian
	for want, b := range map[string]*builder{
		"claims a length of 12 bytes":              newBuilder(le).section().u32(blockSecrets, 12, 12, 0),
		"claims a length of 23 bytes":              newBuilder(le).section().u32(blockSecrets, 23, secretsTLS, 1, 0, 0),
		"claims 5 bytes of keys with room for 4":   newBuilder(le).section().u32(blockSecrets, 24, secretsTLS, 5, 0, 24),
		"24 bytes at its start and 28 at its end":  newBuilder(le).section().u32(blockSecrets, 24, secretsTLS, 4, 0, 28),
		"cut inside a decryption secrets block":    newBuilder(le).section().u32(blockSecrets, 24, secretsTLS, 4),
		"cut inside a decryption secrets block of": newBuilder(le).section().u32(blockSecrets, 24, wireGuard, 4),
	} {
		if got := inOrderOf(t, bytes.NewReader(b.Bytes())); !strings.Contains(got, want) || strings.Contains(got, "true") {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// FuzzDSB: any secrets, in any framing, end in io.EOF or a FileError; what is reported lies in
// the file; and a block that a Recorder writes is read as it was.
func FuzzDSB(f *testing.F) {
	le := binary.LittleEndian
	f.Add(uint32(secretsTLS), uint32(8), keyLine(1))
	f.Add(uint32(secretsTLS), uint32(0xfffffff0), "a\nb")
	f.Add(uint32(wireGuard), uint32(3), "abc")
	f.Fuzz(func(t *testing.T, kind, size uint32, lines string) {
		whole := newBuilder(le).section().iface(101, 0, "")
		whole.block(blockSecrets, whole.body().u32(kind, size).str(lines+strings.Repeat("\x00", -len(lines)&3)).String())
		whole.enhanced(0, 1, "frame", 5, "")
		got := inOrderOf(t, bytes.NewReader(whole.Bytes()))
		if pieces := inOrderOf(t, iotest.HalfReader(bytes.NewReader(whole.Bytes()))); pieces != got {
			t.Errorf("%q in pieces, %q at once", pieces, got)
		}
		if len(got) > 4*len(lines)+200 {
			t.Errorf("%d bytes reported of %d", len(got), len(lines))
		}
		var file bytes.Buffer
		r, err := NewRecorder(&file, RecorderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		capturetest.To(r).Secrets([]byte(lines))
		if err := r.Finish(time.Time{}); err != nil {
			t.Fatal(err)
		}
		var back strings.Builder
		read := Stream(&file, "f", Options{})
		if err := read.Run(context.Background(), sinkFunc(func(e *capture.Event) error { back.Write(e.Data); return nil })); err != nil {
			t.Fatal(err)
		}
		if len(lines) <= 64<<10 && back.String() != lines {
			t.Errorf("%q came back as %q", lines, back.String())
		}
	})
}

// TestRecordedSecrets: keys are written before the next packet, in the file of that packet,
// and are not what makes a file old.
func TestRecordedSecrets(t *testing.T) {
	dir := t.TempDir()
	r, err := Create(filepath.Join(dir, "r.pcapng"), RecorderOptions{MaxAge: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	d := capturetest.To(r)
	at := time.Unix(1700000000, 0)
	d.Secrets([]byte("before"))
	d.Open(capture.Conn{ID: 1, Start: at})
	d.Data(1, capture.ClientToServer, at, 0, []byte("a"))
	d.Gap(1, capture.ServerToClient, at, 0, 10)
	d.Secrets([]byte("while a gap waits"))
	d.Data(1, capture.ServerToClient, at, 10, []byte("b"))
	d.Secrets([]byte("of the next file"))
	d.Data(1, capture.ClientToServer, at.Add(2*time.Minute), 1, []byte("c"))
	d.Close(1, at.Add(2*time.Minute), capture.FIN)
	d.Secrets([]byte("last"))
	if err := r.Finish(at.Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n := r.Stats(); n.Files != 2 || n.NotRecorded != 0 {
		t.Errorf("%+v", n)
	}
	for i, want := range []string{"K before|aK while a gap waits|b", "K of the next file|cK last|"} {
		got, before := "", time.Time{}
		src := Files([]string{filepath.Join(dir, fmt.Sprintf("r-%05d.pcapng", i+1))}, Options{everything: true})
		err := src.Run(context.Background(), sinkFunc(func(e *capture.Event) error {
			switch e.Kind {
			case capture.Secrets:
				if !e.Time.IsZero() && !e.Time.Equal(before) {
					t.Errorf("keys of %s, after a packet of %s", e.Time, before)
				}
				got += "K " + string(e.Data) + "|"
			case capture.Data:
				got += string(e.Data)
				before = e.Time
			}
			return nil
		}))
		if err != nil || got != want {
			t.Errorf("file %d: %q, %v; want %q", i+1, got, err, want)
		}
	}
}

// TestManySecrets: keys without any packet are written too, and do not gather.
func TestManySecrets(t *testing.T) {
	var file bytes.Buffer
	r, err := NewRecorder(&file, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines := []byte(strings.Repeat(keyLine(1), 300))
	for range 100 {
		capturetest.To(r).Secrets(lines)
		if len(r.wait.buf) > maxBuffered+len(lines) {
			t.Fatalf("%d bytes wait", len(r.wait.buf))
		}
	}
	if err := r.Finish(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(file.String(), "CLIENT_RANDOM"); n != 30_000 {
		t.Errorf("%d keys", n)
	}
}

// TestLabSecrets: the captures with keys in them have those of the key log beside them, and
// tshark decrypts what a Recorder makes of them as it does the capture.
func TestLabSecrets(t *testing.T) {
	lab := filepath.Join(shared.Dir(), "captures", "lab")
	found, _ := filepath.Glob(filepath.Join(lab, "*-dsb.pcapng"))
	if len(found) == 0 {
		t.Skip("no captures with keys in them")
	}
	for _, name := range found {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "recording.pcapng")
			r, err := Create(file, RecorderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var facts capturetest.Facts
			if err := Files([]string{name}, Options{everything: true}).Run(context.Background(), capture.Tee{&facts, r}); err != nil {
				t.Fatal(err)
			}
			if err := r.Finish(time.Time{}); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(name, "-dsb.pcapng") + ".keys")
			if err != nil {
				t.Fatal(err)
			}
			if e := facts.Events[0]; e.Kind != capture.Secrets || !bytes.Equal(e.Data, want) {
				t.Errorf("the first fact is %s", capturetest.Line(&e))
			}
			tshark := peer(t, "tshark", "tshark")
			a, b := plaintext(t, tshark, name), plaintext(t, tshark, file)
			if a != b || !strings.Contains(a, "LOGIN") && !strings.Contains(a, "AUTHENTICATE") {
				t.Errorf("tshark decrypts\n%s\nand of the recording\n%s", a, b)
			}
		})
	}
}

// plaintext returns what tshark decrypts of the first connection.
func plaintext(t *testing.T, tshark, file string) string {
	t.Helper()
	out, err := exec.Command(tshark, "-r", file, "-q", "-z", "follow,tls,ascii,0").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
