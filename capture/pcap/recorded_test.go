package pcap

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestRecordedServer checks that a recording is read whole, whatever its ports and whichever side
// speaks first: it says which side is the server. So is each of its files alone.
func TestRecordedServer(t *testing.T) {
	for _, ports := range [][2]uint16{{40000, 18250}, {143, 18250}, {143, 993}, {18250, 143}, {80, 80}} {
		for _, mid := range []bool{false, true} {
			name := filepath.Join(t.TempDir(), "talk.pcapng")
			r, err := Create(name, RecorderOptions{MaxBytes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			info := capture.Conn{
				ID: 1, Start: time.Unix(1, 0), MidStream: mid,
				Client: netip.AddrPortFrom(client4.Addr(), ports[0]), Server: netip.AddrPortFrom(server4.Addr(), ports[1]),
			}
			want := &calls{}
			sink := capturetest.To(capture.Tee{want, r})
			sink.Open(info)
			off := [2]int64{}
			for i := range 20 {
				dir := capture.Direction(i % 2) // the client speaks first
				text := strings.Repeat("x", 10+i)
				sink.Data(1, dir, time.Unix(2, int64(i)), off[dir], []byte(text))
				off[dir] += int64(len(text))
			}
			sink.HalfClose(1, capture.ClientToServer, time.Unix(3, 0), capture.FIN)
			sink.HalfClose(1, capture.ServerToClient, time.Unix(3, 0), capture.FIN)
			sink.Close(1, time.Unix(3, 0), capture.FIN)
			if err := r.Finish(time.Unix(3, 0)); err != nil {
				t.Fatal(err)
			}
			files, _ := filepath.Glob(strings.TrimSuffix(name, ".pcapng") + "-*")
			if len(files) < 3 {
				t.Fatalf("%d files", len(files))
			}
			slices.Sort(files)
			var all []io.Reader
			for _, file := range files {
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, bytes.NewReader(b))
				alone := again(t, Options{}, bytes.NewReader(b))
				if open := "1 open " + info.Client.String() + " > " + info.Server.String() + " "; len(alone) == 0 || !strings.HasPrefix(alone[0], open) {
					t.Errorf("%v, %s: %q", ports, filepath.Base(file), alone)
				}
			}
			if d := cmp.Diff(want.list, again(t, Options{}, all...)); d != "" {
				t.Errorf("%v: -recorded +read\n%s", ports, d)
			}
		}
	}
}

// TestDirectionElsewhere checks that the direction of packets in other captures, which
// depends on the host that made them, shows nothing.
func TestDirectionElsewhere(t *testing.T) {
	var out bytes.Buffer
	r, err := NewRecorder(&out, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sink := capturetest.To(r)
	sink.Open(capture.Conn{ID: 1, Start: time.Unix(1, 0), Client: client4, Server: netip.AddrPortFrom(server4.Addr(), 18250)})
	sink.Data(1, capture.ClientToServer, time.Unix(2, 0), 0, []byte("GET / HTTP/1.0\r\n"))
	if err := r.Finish(time.Unix(3, 0)); err != nil {
		t.Fatal(err)
	}
	if got := again(t, Options{}, bytes.NewReader(out.Bytes())); len(got) == 0 {
		t.Error("the recording shows nothing")
	}
	other := bytes.Replace(out.Bytes(), []byte("\x02\x00\x09\x00imapscope"), []byte("\x02\x00\x09\x00enp7s0f1x"), 1)
	if got := again(t, Options{}, bytes.NewReader(other)); len(got) > 0 {
		t.Errorf("%q", got)
	}
}
