package mock_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/mock"
	"imapscope/proxy/replay"
)

// labPorts are the ports that the servers of the lab listened on.
var labPorts = []uint16{14310, 14311, 14324, 14350, 14360, 14361, 14399, 14410, 14510}

func recorded(t testing.TB, file string) *script.Script {
	t.Helper()
	s, err := read(t, file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, file string) (*script.Script, error) {
	k := script.NewCollector(script.Options{})
	err := pcap.Files([]string{file}, pcap.Options{Ports: labPorts}).Run(t.Context(), k)
	return k.Script(), err
}

// serve starts a mock of a recording.
func serve(t testing.TB, s *script.Script, o mock.Options) *replay.Player {
	t.Helper()
	p, stop := start(t, s, o)
	t.Cleanup(stop)
	return p
}

func start(t testing.TB, s *script.Script, o mock.Options) (p *replay.Player, stop func()) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- mock.New(s, o).Serve(ctx, l) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	p = &replay.Player{Timeout: 5 * time.Second, Login: true, Dial: func(ctx context.Context) (net.Conn, []byte, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		return c, nil, err
	}}
	return p, stop
}

// TestLab: every recording of the lab, played against a mock of itself, is answered as
// it was.
func TestLab(t *testing.T) {
	a, _ := filepath.Glob("../../cmd/imapscope/testdata/lab/*.pcap")
	b, _ := filepath.Glob("../../cmd/imapscope/testdata/lab/*.pcapng")
	files := append(a, b...)
	if len(files) < 30 {
		t.Fatalf("%d recordings", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			s := recorded(t, file)
			p := serve(t, s, mock.Options{Missing: func(n int64, m *decode.Transaction) { t.Errorf("client %d: no answer for %q", n, m.Request.Raw) }})
			exchanges := 0
			for _, x := range p.PlayAll(t.Context(), s) {
				if x.Session.LeftOut != "" {
					t.Logf("left out: %s", x.Session.LeftOut)
					continue
				}
				if x.Err != nil {
					t.Fatal(x.Err)
				}
				for _, l := range x.Trouble {
					t.Errorf("connection %d: %s", x.Session.Conn.ID, l)
				}
				exchanges += len(x.Pairs)
				for _, d := range x.Divergences(diff.Options{}) {
					y := x.Session.Exchanges[d.Recorded]
					t.Errorf("connection %d, transaction %d %s: %v %s %s", x.Session.Conn.ID, d.Recorded, y.CommandOf(), d.Differences, d.Note, d.Stray)
				}
			}
			if exchanges == 0 && !strings.Contains(file, "imaps") {
				t.Error("nothing was played")
			}
		})
	}
}
