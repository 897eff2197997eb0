package capture

import (
	"math"
	"sync"
)

// MaxShards is how many Shards there are at most: each has memory of its own in transit.
const MaxShards = 32

// Shards is a Sink that divides connections among several Sinks, each of which runs in a
// goroutine of its own: all events of a connection reach the same one, in order, and Secrets reach
// all of them. Both legs of a proxy are with the same Sink. Bytes are copied once. As with Async,
// an event may not reach a Sink until a round of them is full, or until Stop.
//
// The Sinks run independently, unless one of them waits for its turn: see Shard.Wait. Events of
// connections that were not opened are dropped.
//
// An error of one of the Sinks is returned by one of the next calls, and by Stop.
type Shards struct {
	// Opening, if not nil, is called for each connection when it is opened, with its place in the
	// order of the source; its Shard has that event only with the next one of the connection. After
	// the calls for a round comes RoundEnd, if it is not nil. Both are set before the first event,
	// and are called by Event and Stop.
	Opening  func(c *Conn, at uint64) error
	RoundEnd func()

	shards []*Shard
	turns  *turns
	routes map[ConnID]*route
	seats  map[Peers]*seat
	last   *route // of the last event, if it is open
	number uint64 // of the last event
	top    ConnID // the highest so far
	events int    // in this round
	bytes  int
}

// route is where the events of an open connection go. The Shard is chosen with the first event
// after Opened, which shows that a connection is a server's leg.
type route struct {
	id     ConnID
	opened *Event // not passed on yet
	*seat
}

// seat is the Shard of the connections with the same addresses, and of the server's legs that
// belong to them.
type seat struct {
	shard *Shard
	key   Peers
	conns int
}

// Shard is one of Shards, for the Sink that runs in it.
type Shard struct {
	// RoundEnd, if not nil, is called when the Sink is done with its part of a round. Events come
	// in rounds: all Shards have their parts of one before the first has that of the next. The
	// function that NewShards is given sets it.
	RoundEnd func()

	index   int
	turns   *turns
	full    chan *numbered
	empty   chan *numbered
	fill    *numbered
	done    chan struct{}
	load    int // what it was given so far
	secrets uint64

	mu  sync.Mutex
	err error
}

// numbered is a batch of some of the events of a round, with their numbers.
type numbered struct {
	batch
	numbers []uint64
	end     uint64 // higher than the numbers of all events of the round, in all Shards
}

// loadOfConn is what an open connection counts when Shards are compared, beside its bytes.
const loadOfConn = 64 << 10

// NewShards returns Shards of n Sinks. Stop must be called once, at the end.
func NewShards(n int, sink func(*Shard) Sink) *Shards {
	n = max(min(n, MaxShards), 1)
	s := &Shards{turns: newTurns(n), routes: make(map[ConnID]*route), seats: make(map[Peers]*seat)}
	for i := range n {
		x := &Shard{
			index: i, turns: s.turns, fill: new(numbered), done: make(chan struct{}),
			full: make(chan *numbered, asyncBatches), empty: make(chan *numbered, asyncBatches),
		}
		for range asyncBatches - 1 {
			x.empty <- new(numbered)
		}
		s.shards = append(s.shards, x)
	}
	for _, x := range s.shards {
		go x.deliver(sink(x))
	}
	return s
}

// Event implements Sink.
func (s *Shards) Event(e *Event) error {
	if s.events == asyncEvents || s.events > 0 && s.bytes+len(e.Data) > asyncBytes {
		s.round()
		if err := s.failure(); err != nil {
			return err
		}
	}
	s.events++
	s.bytes += len(e.Data)
	s.number++
	if e.Kind == Secrets {
		for _, x := range s.shards {
			x.add(e, s.number)
		}
		s.number += uint64(s.top) // each connection has a number of its own in this event: see Begin
		return nil
	}
	if e.Kind == Opened && s.Opening != nil {
		if err := s.Opening(e.Info, s.number); err != nil {
			return err
		}
	}
	if r := s.routeOf(e); r != nil {
		r.shard.add(e, s.number)
		if e.Kind == Closed {
			s.leave(r)
		}
	}
	return nil
}

// routeOf returns the route of an event; nil if it goes nowhere yet.
func (s *Shards) routeOf(e *Event) *route {
	if e.Kind == Opened {
		opened, info := *e, *e.Info
		opened.Info = &info
		s.last = &route{id: e.Conn, opened: &opened}
		s.routes[e.Conn], s.top = s.last, max(s.top, e.Conn)
		return nil
	}
	r := s.last
	if r == nil || r.id != e.Conn {
		if r = s.routes[e.Conn]; r == nil {
			return nil
		}
		s.last = r
	}
	if r.opened != nil {
		r.seat = s.seatOf(r.opened.Info, e)
		r.shard.add(r.opened, s.number)
		r.opened = nil
	}
	return r
}

// seatOf returns the seat of a connection whose first event is e: that of the other leg of a
// proxy, or one in the Shard that has the least to do.
func (s *Shards) seatOf(c *Conn, e *Event) *seat {
	key := c.Peers()
	if leg, other := LegOf(e.Text); e.Kind == Note && leg == ServerLeg {
		key = other
	}
	key = key.Plain()
	p := s.seats[key]
	if p == nil {
		least := s.shards[0]
		for _, x := range s.shards[1:] {
			if x.load < least.load {
				least = x
			}
		}
		p = &seat{shard: least, key: key}
		s.seats[key] = p
	}
	p.conns++
	p.shard.load += loadOfConn
	return p
}

// leave removes the route of a connection that has ended.
func (s *Shards) leave(r *route) {
	delete(s.routes, r.id)
	s.last = nil
	r.shard.load -= loadOfConn
	if r.conns--; r.conns == 0 {
		delete(s.seats, r.key)
	}
}

// round passes on what was collected. Every Shard gets its part, so that none waits for what
// another one has not received.
func (s *Shards) round() {
	s.endRound()
	for _, x := range s.shards {
		x.fill.end = s.number + 1
		x.full <- x.fill
		x.fill = <-x.empty
	}
	s.events, s.bytes = 0, 0
}

func (s *Shards) endRound() {
	if s.RoundEnd != nil {
		s.RoundEnd()
	}
}

// Stop passes on the rest, waits until it is delivered, and returns the first error of the Sinks.
func (s *Shards) Stop() error {
	s.endRound()
	for _, x := range s.shards {
		x.fill.end = math.MaxUint64
		x.full <- x.fill
		close(x.full)
	}
	for _, x := range s.shards {
		<-x.done
	}
	return s.failure()
}

func (s *Shards) failure() error {
	for _, x := range s.shards {
		if err := x.failure(); err != nil {
			return err
		}
	}
	return nil
}

func (x *Shard) add(e *Event, number uint64) {
	x.fill.add(e)
	x.fill.numbers = append(x.fill.numbers, number)
	x.load += len(e.Data)
}

// deliver passes the batches on. After an error it only recycles them.
func (x *Shard) deliver(to Sink) {
	defer close(x.done)
	failed := false
	for b := range x.full {
		for i := 0; i < len(b.events) && !failed; i++ {
			e := b.event(i)
			x.turns.reach(x.index, b.numbers[i])
			if x.secrets = 0; e.Kind == Secrets {
				x.secrets = b.numbers[i]
			}
			if err := to.Event(e); err != nil {
				failed = true
				x.mu.Lock()
				x.err = err
				x.mu.Unlock()
			}
		}
		x.turns.reach(x.index, b.end)
		if x.RoundEnd != nil {
			x.RoundEnd()
		}
		b.reset()
		b.numbers = b.numbers[:0]
		x.empty <- b
	}
	x.turns.reach(x.index, math.MaxUint64)
}

func (x *Shard) failure() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// Begin returns where in the order of the source the present event is. A Sink for which Secrets are
// news of many connections calls it for each of them, in the order of their numbers: each is a
// place of its own.
func (x *Shard) Begin(id ConnID) uint64 {
	if x.secrets != 0 {
		x.turns.reach(x.index, x.secrets+uint64(id))
	}
	return x.turns.at[x.index].number.Load()
}

// Wait returns when the other Sinks are done with everything that came before what this one does
// now. If they use what all share only after Wait too, no other one uses it until this one's Event
// returns, or until it calls Begin again, and each finds it as if there were only one Sink.
func (x *Shard) Wait() { x.turns.wait(x.index) }
