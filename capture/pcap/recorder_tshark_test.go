package pcap

import (
	"context"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestRecorderTshark: Wireshark opens every lab capture's recording without
// complaint, and sees the same conversations.
func TestRecorderTshark(t *testing.T) {
	tshark := peer(t, "tshark", "tshark")
	compared := 0
	for _, name := range labCaptures(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "recording.pcapng")
			r, err := Create(file, RecorderOptions{Comment: "synthetic packets"})
			if err != nil {
				t.Fatal(err)
			}
			told := newRecorder(t)
			if err := Files([]string{name}, Options{}).Run(context.Background(), capture.Tee{told, r}); err != nil {
				t.Fatal(err)
			}
			if err := r.Finish(time.Time{}); err != nil {
				t.Fatal(err)
			}
			if len(told.conns) == 0 {
				return // TLS from the first byte on: no connection to record
			}
			noComplaints(t, tshark, file)
			seen := followed(t, tshark, file)
			for _, c := range told.conns[:min(len(told.conns), 16)] {
				d := told.data[c.ID]
				want := stream{
					[2]string{c.Client.String(), c.Server.String()},
					[2]string{d[capture.ClientToServer].String(), d[capture.ServerToClient].String()},
				}
				if lost := told.lost[c.ID]; lost[0]+lost[1] > 0 {
					continue
				}
				if !slices.ContainsFunc(seen, want.same) {
					t.Errorf("no stream like %v (%d and %d bytes)", want.ends, len(want.data[0]), len(want.data[1]))
				}
				compared += len(want.data[0]) + len(want.data[1])
			}
		})
	}
	if compared < 100_000 {
		t.Errorf("only %d bytes were compared", compared)
	}
}

// noComplaints: no packet is malformed, no checksum is bad.
func noComplaints(t *testing.T, tshark, file string) {
	t.Helper()
	bad := tsharkFields(t, tshark, file, "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || _ws.unreassembled",
		"frame.number", "_ws.col.Info")
	if bad != "" {
		t.Errorf("tshark complains of:\n%s", bad)
	}
	if good := tsharkFields(t, tshark, file, "tcp.checksum.status == 1", "frame.number"); good == "" {
		t.Error("tshark verified no checksum")
	}
}

func tsharkFields(t *testing.T, tshark, file, filter string, fields ...string) string {
	t.Helper()
	args := []string{"-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", filter, "-T", "fields"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return string(out)
}

// TestRecorderTsharkShows checks that tshark shows addresses, times and remarks as reported, in both
// families.
func TestRecorderTsharkShows(t *testing.T) {
	tshark := peer(t, "tshark", "tshark")
	for _, v6 := range []bool{false, true} {
		file := filepath.Join(t.TempDir(), "recording.pcapng")
		r, err := Create(file, RecorderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		x := newScript(t, r, 1)
		want := "192.0.2.2\t143\t192.0.2.1\t30001\t600000000.124456789\tupstream 192.0.2.9:143, TLS 1.3\n"
		addresses := []string{"ip.src", "tcp.srcport", "ip.dst", "tcp.dstport"}
		if v6 {
			want = strings.NewReplacer("192.0.2.2\t", "2001:db8::2\t", "192.0.2.1\t", "2001:db8::1\t").Replace(want)
			addresses[0], addresses[2] = "ipv6.src", "ipv6.dst"
			c := capture.Conn{ID: 1, Client: netip.MustParseAddrPort("[2001:db8::1]:30001"), Server: netip.MustParseAddrPort("[2001:db8::2]:143"), Start: x.now}
			x.ok(capturetest.To(r).Open(c))
		}
		x.ok(capturetest.To(r).Note(1, x.now, "upstream 192.0.2.9:143, TLS 1.3"))
		short(x).say(capture.ServerToClient, 100, "* after a loss\r\n").end(capture.RST)
		if err := r.Finish(x.now); err != nil {
			t.Fatal(err)
		}
		noComplaints(t, tshark, file)
		got := tsharkFields(t, tshark, file, "frame.comment", append(addresses, "frame.time_epoch", "frame.comment")...)
		if got != want {
			t.Errorf("tshark shows %q, want %q", got, want)
		}
		if n := strings.Count(tsharkFields(t, tshark, file, "tcp.analysis.lost_segment", "frame.number"), "\n"); n != 1 {
			t.Errorf("tshark sees %d losses", n)
		}
		if n := strings.Count(tsharkFields(t, tshark, file, "tcp.flags.reset == 1", "frame.number"), "\n"); n != 1 {
			t.Errorf("tshark sees %d resets", n)
		}
	}
}
