package pcap

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"

	"imapscope/capture"
	"imapscope/capture/shared"
)

// TestLikeGopacket: of the project's own recordings, each direction of each
// connection is byte for byte what gopacket's decoders and reassembly make of it.
func TestLikeGopacket(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(shared.Captures(t, "lab"), "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	bytes := 0
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			packets, err := readFile(t, name)
			if err != nil {
				t.Fatal(err)
			}
			pool := &gopacketPool{streams: map[string]string{}}
			as := reassembly.NewAssembler(reassembly.NewStreamPool(pool))
			for _, p := range packets {
				q := gopacket.NewPacket(p.Data, p.Link, gopacket.Default)
				if tcp, ok := q.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
					as.AssembleWithContext(q.NetworkLayer().NetworkFlow(), tcp, gopacketContext{})
				}
			}
			as.FlushAll()

			r := newRecorder(t)
			if err := Files([]string{name}, Options{everything: true}).Run(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			ours := map[string]string{}
			for _, c := range r.conns {
				for dir, ends := range [2][2]string{{c.Client.String(), c.Server.String()}, {c.Server.String(), c.Client.String()}} {
					if data := r.data[c.ID][dir].String(); data != "" {
						ours[ends[0]+" > "+ends[1]] += data
					}
					if lost := r.lost[c.ID][dir]; lost != 0 {
						t.Errorf("%d bytes of %v are lost", lost, capture.Direction(dir))
					}
				}
			}
			if len(ours) == 0 || len(ours) != len(pool.streams) {
				t.Errorf("%d streams, gopacket %d", len(ours), len(pool.streams))
			}
			for ends, data := range ours {
				bytes += len(data)
				if pool.streams[ends] != data {
					t.Errorf("%s: %d bytes, gopacket %d, or others", ends, len(data), len(pool.streams[ends]))
				}
			}
		})
	}
	if bytes < 300_000 {
		t.Errorf("only %d bytes were compared", bytes)
	}
}

// gopacketPool collects what gopacket reassembles, by "from > to".
type gopacketPool struct{ streams map[string]string }

type gopacketContext struct{}

func (gopacketContext) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo{} }

func (p *gopacketPool) New(net, tcp gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return &gopacketStream{p, [2]string{
		fmt.Sprintf("%v:%v > %v:%v", net.Src(), tcp.Src(), net.Dst(), tcp.Dst()),
		fmt.Sprintf("%v:%v > %v:%v", net.Dst(), tcp.Dst(), net.Src(), tcp.Src()),
	}}
}

type gopacketStream struct {
	pool *gopacketPool
	ends [2]string
}

func (s *gopacketStream) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true // also those that began before the capture
	return true
}

func (s *gopacketStream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, _ := sg.Info()
	n, _ := sg.Lengths()
	if n == 0 {
		return
	}
	ends := s.ends[0]
	if dir == reassembly.TCPDirServerToClient {
		ends = s.ends[1]
	}
	s.pool.streams[ends] += string(sg.Fetch(n))
}

func (s *gopacketStream) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// TestEveryCapture: every file there is, as a user has it read and with every
// connection taken, keeps the contract of the sink (the recorder checks that),
// and all its bytes are accounted for.
func TestEveryCapture(t *testing.T) {
	files := 0
	for _, folder := range []string{"lab", "public"} {
		dir := shared.Captures(t, folder)
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(name) {
			case ".pcap", ".pcapng", ".cap", ".gz", ".zst", ".snoop":
			default:
				return nil
			}
			files++
			for _, o := range []Options{{}, {everything: true}, {everything: true, MaxConns: 1, MaxHeld: 1}} {
				r := newRecorder(t)
				err := Files([]string{name}, o).Run(context.Background(), r)
				if len(r.closed) != len(r.conns) {
					t.Errorf("%s: %d of %d connections closed (%v)", name, len(r.closed), len(r.conns), err)
				}
				if folder == "lab" && (err != nil || len(r.conns) == 0 && o.everything) {
					t.Errorf("%s: %d connections, %v", name, len(r.conns), err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files", files)
	}
}
