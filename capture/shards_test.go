package capture_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// sharded passes events on with shards, and returns what each Sink received.
func sharded(t *testing.T, n int, drive func(capture.Sink) error) []*capturetest.Facts {
	t.Helper()
	var all []*capturetest.Facts
	s := capture.NewShards(n, func(*capture.Shard) capture.Sink {
		all = append(all, new(capturetest.Facts))
		return all[len(all)-1]
	})
	if err := errors.Join(drive(s), s.Stop()); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestShardsPassOnEachConnectionWholeAndInOrder(t *testing.T) {
	for _, c := range []struct{ n, conns, bytes int }{{1, 3, 10}, {2, 3000, 10}, {3, 500, 5000}, {8, 2, 600 << 10}} {
		var want capturetest.Facts
		if err := drive(&want, c.conns, c.bytes); err != nil {
			t.Fatal(err)
		}
		seen := make(map[capture.ConnID]int)
		var got []string
		for i, facts := range sharded(t, c.n, func(s capture.Sink) error { return drive(s, c.conns, c.bytes) }) {
			for _, e := range facts.Events {
				if e.Kind == capture.Opened {
					seen[e.Conn] = i
				}
				if seen[e.Conn] != i {
					t.Fatalf("%d Shards: connection %d is in two of them", c.n, e.Conn)
				}
			}
			if c.n > 1 && c.conns >= c.n && len(facts.Events) == 0 {
				t.Errorf("%d Shards: one of them got nothing", c.n)
			}
			got = append(got, facts.Lines()...)
		}
		lines := want.Lines()
		slices.Sort(got) // the connections one after the other, or mixed
		slices.Sort(lines)
		if !slices.Equal(got, lines) {
			t.Errorf("%d Shards: got %d events, want %d, or they differ", c.n, len(got), len(lines))
		}
	}
}

func TestShardsGiveBothLegsAndSecretsToWhomTheyConcern(t *testing.T) {
	peers := func(n uint16) capture.Peers {
		return capture.Peers{Client: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), n), Server: netip.MustParseAddrPort("192.0.2.9:143")}
	}
	const pairs = 50
	all := sharded(t, 4, func(s capture.Sink) error {
		d, now := capturetest.To(s), time.Unix(0, 0)
		var errs []error
		for i := range capture.ConnID(pairs) {
			client, server := peers(uint16(i)+1), peers(uint16(i)+1000)
			errs = append(errs,
				d.Open(capture.Conn{ID: 2*i + 1, Client: client.Client, Server: client.Server}),
				d.Open(capture.Conn{ID: 2*i + 2, Client: server.Client, Server: server.Server}),
				d.Note(2*i+2, now, capture.Link(capture.ServerLeg, client)),
				d.Note(2*i+1, now, "a remark"), d.Secrets([]byte("keys\n")),
				d.Close(2*i+2, now, capture.FIN), d.Close(2*i+1, now, capture.FIN))
		}
		return errors.Join(errs...)
	})
	for i, facts := range all {
		legs, secrets := make(map[capture.ConnID]bool), 0
		for _, e := range facts.Events {
			if e.Kind == capture.Secrets {
				secrets++
				continue
			}
			legs[e.Conn] = true
		}
		if secrets != pairs {
			t.Errorf("Shard %d: got Secrets %d times, want %d", i, secrets, pairs)
		}
		for id := range legs {
			if other := (id - 1) ^ 1 + 1; !legs[other] {
				t.Errorf("Shard %d: connection %d without its other leg, %d", i, id, other)
			}
		}
	}
}

// inTurn is a Sink that adds what it receives to a list that it shares with others, in its turn.
type inTurn struct {
	*capture.Shard
	list *[]string
}

func (x inTurn) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		return nil
	}
	x.Begin(e.Conn)
	x.Wait()
	*x.list = append(*x.list, fmt.Sprint(e.Conn, " ", e.Kind, " ", e.Off, " ", len(e.Data)))
	return nil
}

func TestShardsTakeTheirTurnsInTheOrderOfTheSource(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8} {
		var got, want []string
		s := capture.NewShards(n, func(x *capture.Shard) capture.Sink { return inTurn{x, &got} })
		source := func(s capture.Sink) error {
			d := capturetest.To(s)
			for id := range capture.ConnID(20) {
				if err := d.Open(capture.Conn{ID: id + 1, Client: netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(id))}); err != nil {
					return err
				}
			}
			for i := range 5000 {
				id := capture.ConnID(i*i%20) + 1
				if err := d.Data(id, capture.ClientToServer, time.Unix(0, int64(i)), int64(i), make([]byte, i%700)); err != nil {
					return err
				}
			}
			return nil
		}
		if err := errors.Join(source(s), s.Stop()); err != nil {
			t.Fatal(err)
		}
		one := capture.NewShards(1, func(x *capture.Shard) capture.Sink { return inTurn{x, &want} })
		if err := errors.Join(source(one), one.Stop()); err != nil {
			t.Fatal(err)
		}
		if len(want) != 5000 || !slices.Equal(got, want) {
			t.Errorf("%d Shards: %d events are not in the order of the source, of %d", n, len(got), len(want))
		}
	}
}

func TestShardsEndTheirRoundsTogether(t *testing.T) {
	var mu sync.Mutex
	rounds, ended := make(map[*capture.Shard]int), 0
	s := capture.NewShards(3, func(x *capture.Shard) capture.Sink {
		x.RoundEnd = func() {
			mu.Lock()
			defer mu.Unlock()
			rounds[x]++
		}
		return new(capturetest.Facts)
	})
	s.RoundEnd = func() { ended++ }
	if err := errors.Join(drive(s, 1000, 100), s.Stop()); err != nil {
		t.Fatal(err)
	}
	var n []int
	for _, r := range rounds {
		n = append(n, r)
	}
	if len(n) != 3 || n[0] < 2 || n[0] != n[1] || n[1] != n[2] || n[2] != ended {
		t.Errorf("the Shards had %v rounds, and the source %d; want the same number for all", n, ended)
	}
}

// begun is a Sink that notes where the first event of each connection is in the order of the source.
type begun struct {
	*capture.Shard
	mu *sync.Mutex
	at map[capture.ConnID]uint64
}

func (x begun) Event(e *capture.Event) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if at := x.Begin(e.Conn); x.at[e.Conn] == 0 && e.Kind != capture.Opened {
		x.at[e.Conn] = at
	}
	return nil
}

func TestShardsReportConnectionsWhereTheyAreOpened(t *testing.T) {
	b := begun{mu: new(sync.Mutex), at: make(map[capture.ConnID]uint64)}
	s := capture.NewShards(3, func(x *capture.Shard) capture.Sink { return begun{x, b.mu, b.at} })
	opened := make(map[capture.ConnID]uint64)
	s.Opening = func(c *capture.Conn, at uint64) error {
		opened[c.ID] = at
		return nil
	}
	const conns = 2000
	d := capturetest.To(s)
	for id := range capture.ConnID(conns) { // most wait in vain for their first event while others have one
		if err := d.Open(capture.Conn{ID: id + 1}); err != nil {
			t.Fatal(err)
		}
		if err := d.Data(id/2+1, capture.ClientToServer, time.Unix(0, 0), 0, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for id := range capture.ConnID(conns) {
		id++
		if at := opened[id]; at == 0 || at <= opened[id-1] {
			t.Fatalf("connection %d was opened at %d, and the one before at %d", id, at, opened[id-1])
		}
		if at := b.at[id]; at != 0 && at <= opened[id] || (at != 0) != (id <= conns/2) {
			t.Fatalf("connection %d was opened at %d, and had its first event at %d", id, opened[id], at)
		}
	}
}

func TestShardsReturnTheErrorOfOpening(t *testing.T) {
	s := capture.NewShards(2, func(*capture.Shard) capture.Sink { return new(capturetest.Facts) })
	s.Opening = func(*capture.Conn, uint64) error { return errFull }
	if err := drive(s, 1, 10); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func TestShardsReturnTheErrorOfASink(t *testing.T) {
	s := capture.NewShards(3, func(*capture.Shard) capture.Sink { return &log{fails: 100} })
	if err := drive(s, 5000, 10); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
	if err := s.Stop(); !errors.Is(err, errFull) {
		t.Errorf("Stop: got %v, want %v", err, errFull)
	}
}
