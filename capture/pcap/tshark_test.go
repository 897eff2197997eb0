package pcap

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/shared"
)

// peer finds a program to test against. Without it the test skips and names the
// Debian package, or fails where IMAPSCOPE_REQUIRE_PEERS asks for it.
func peer(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "":
		t.Fatalf("%s is not installed: apt-get install %s", program, pkg)
	default:
		t.Skipf("NOT TESTED: %s is not installed: apt-get install %s", program, pkg)
	}
	return path
}

// stream is what one connection carried.
type stream struct{ ends, data [2]string }

// followed returns the TCP streams of a file as tshark puts them together.
func followed(t *testing.T, tshark, file string) []stream {
	t.Helper()
	const most = 16
	args := []string{"-r", file, "-q"}
	for n := range most {
		args = append(args, "-z", fmt.Sprint("follow,tcp,raw,", n))
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Skipf("tshark cannot read it: %v", err)
	}
	var list []stream
	for _, part := range strings.Split(string(out), "Follow: tcp,raw")[1:] {
		var s stream
		for line := range strings.Lines(part) {
			line = strings.TrimRight(line, "\n")
			if node, ok := strings.CutPrefix(line, "Node 0: "); ok {
				s.ends[0] = node
				continue
			}
			if node, ok := strings.CutPrefix(line, "Node 1: "); ok {
				s.ends[1] = node
				continue
			}
			side := 0
			if strings.HasPrefix(line, "\t") {
				side = 1
			}
			if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
				s.data[side] += string(b)
			}
		}
		if s.ends[0] != ":0" {
			list = append(list, s)
		}
	}
	return list
}

// TestLikeTshark: of captures without loss, each direction of each connection
// is byte for byte what tshark makes of it.
func TestLikeTshark(t *testing.T) {
	tshark := peer(t, "tshark", "tshark")
	var files []string
	for _, folder := range []string{"lab", "public/imap", "public/layer"} {
		dir := shared.Captures(t, folder)
		found, _ := filepath.Glob(filepath.Join(dir, "*"))
		files = append(files, found...)
	}
	// Where we differ, and mean to.
	except := map[string]string{
		"bad-reasm-segv.pcapng": "TCP within GTP",
		"tcp-rst-inject.pcap":   "what comes after a real RST",
	}
	compared := 0
	t.Run("files", func(t *testing.T) {
		for _, file := range files {
			switch filepath.Ext(file) {
			case ".pcap", ".pcapng", ".cap", ".gz", ".zst":
			default:
				continue
			}
			t.Run(filepath.Base(file), func(t *testing.T) {
				if why := except[filepath.Base(file)]; why != "" {
					t.Skip(why)
				}
				r := newRecorder(t)
				if err := Files([]string{file}, Options{everything: true}).Run(context.Background(), r); err != nil {
					t.Skip(err)
				}
				var ours []stream
				for _, c := range r.conns {
					if lost := r.lost[c.ID]; lost[0]+lost[1] > 0 {
						t.Skip("bytes were not captured")
					}
					d := r.data[c.ID]
					ours = append(ours, stream{
						[2]string{c.Client.String(), c.Server.String()},
						[2]string{d[capture.ClientToServer].String(), d[capture.ServerToClient].String()},
					})
				}
				for _, s := range followed(t, tshark, file) {
					i := slices.IndexFunc(ours, s.same)
					if i < 0 {
						t.Errorf("no stream like %v (%d and %d bytes)", s.ends, len(s.data[0]), len(s.data[1]))
						for _, o := range ours {
							t.Logf("ours: %v (%d and %d bytes)", o.ends, len(o.data[0]), len(o.data[1]))
						}
						continue
					}
					compared += len(s.data[0]) + len(s.data[1])
				}
			})
		}
	})
	if compared < 500_000 {
		t.Errorf("only %d bytes were compared", compared)
	}
}

// same reports whether o is the same connection with the same bytes, whichever
// side either of them takes for the client.
func (s stream) same(o stream) bool {
	for _, swap := range []int{0, 1} {
		if plain(s.ends[0]) == plain(o.ends[swap]) && plain(s.ends[1]) == plain(o.ends[1-swap]) &&
			s.data[0] == o.data[swap] && s.data[1] == o.data[1-swap] {
			return true
		}
	}
	return false
}

// plain returns an address without brackets: tshark has none around IPv6.
func plain(a string) string { return strings.NewReplacer("[", "", "]", "").Replace(a) }
