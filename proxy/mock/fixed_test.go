package mock_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/mock"
	"imapscope/samples"
	"imapscope/samples/traffic"
)

// serial is a collector that several connections may report to at once.
type serial struct {
	mu sync.Mutex
	to *script.Collector
}

func (s *serial) Event(e *capture.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Event(e)
}

// TestFixedPoint: what comes of playing a recording against a mock of it, played against
// a mock of that, is the same as the first: for every sample, and for sessions that
// nobody chose.
func TestFixedPoint(t *testing.T) {
	for _, name := range samples.Names() {
		t.Run(name, func(t *testing.T) {
			b, err := samples.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			fixed(t, t, b)
		})
	}
	t.Run("made up", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			var b bytes.Buffer
			_, err := traffic.Write(&b, traffic.Options{
				Bytes: 40_000, Conns: rapid.IntRange(1, 4).Draw(r, "connections"), Seed: rapid.Uint64().Draw(r, "seed"),
				Mix: traffic.Mix(rapid.IntRange(0, 2).Draw(r, "mix")),
			})
			if err != nil {
				r.Fatal(err)
			}
			fixed(t, r, b.Bytes())
		})
	})
}

type fataler interface {
	Fatalf(string, ...any)
	Helper()
}

func fixed(t *testing.T, f fataler, b []byte) {
	f.Helper()
	k := script.NewCollector(script.Options{})
	if err := pcap.Stream(bytes.NewReader(b), "first", pcap.Options{Ports: labPorts}).Run(t.Context(), k); err != nil {
		f.Fatalf("%v", err)
	}
	first := k.Script()
	second := again(t, f, first)
	third := again(t, f, second)
	for _, pair := range [][2]*script.Script{{first, second}, {second, third}, {first, third}} {
		same(f, pair[0], pair[1])
	}
}

// again plays a recording against a mock of itself and records that.
func again(t *testing.T, f fataler, s *script.Script) *script.Script {
	f.Helper()
	k := &serial{to: script.NewCollector(script.Options{})}
	p, stop := start(t, s, mock.Options{})
	defer stop()
	p.Sink = k
	for _, x := range p.PlayAll(context.Background(), s) {
		if x.Err != nil || len(x.Trouble) > 0 {
			f.Fatalf("connection %d: %v %q", x.Session.Conn.ID, x.Err, x.Trouble)
		}
		for _, d := range x.Divergences(diff.Options{}) {
			f.Fatalf("connection %d, transaction %d: %v", x.Session.Conn.ID, d.Recorded, d.Differences)
		}
	}
	return k.to.Script()
}

func same(f fataler, a, b *script.Script) {
	f.Helper()
	byID := make(map[capture.ConnID]*script.Session)
	for _, y := range b.Sessions {
		byID[y.Conn.ID] = y
	}
	for i, x := range a.Sessions {
		y := byID[capture.ConnID(i+1)]
		if y == nil {
			f.Fatalf("connection %d is gone", x.Conn.ID)
		}
		if len(x.Exchanges) != len(y.Exchanges) {
			f.Fatalf("connection %d: %d exchanges, then %d", x.Conn.ID, len(x.Exchanges)-1, len(y.Exchanges)-1)
		}
		for k := range x.Exchanges {
			var strict diff.Options
			for _, v := range diff.Variations() {
				strict.Strict[v] = v != diff.Order
			}
			if d := diff.Exchanges(&x.Exchanges[k].Exchange, &y.Exchanges[k].Exchange, strict); len(d) > 0 {
				f.Fatalf("connection %d: %s", x.Conn.ID, fmt.Sprint(d))
			}
		}
	}
}
