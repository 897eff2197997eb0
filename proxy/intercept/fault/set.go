package fault

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/proxy/intercept"
)

// MaxFaults is how many faults a Set holds at most.
const MaxFaults = 1000

// Errors of Add: the name is in use; there are MaxFaults already.
var (
	ErrExists = errors.New("exists already")
	ErrFull   = fmt.Errorf("there are %d faults already, which is the limit", MaxFaults)
)

// A Set is an intercept.Stage that lets faults act. Changes apply to open connections too.
// Its methods may be called concurrently.
type Set struct {
	mu      sync.Mutex
	faults  []*active
	version atomic.Uint64
	last    int
}

// active is a fault of a Set. All but the counters is set before it is used.
type active struct {
	Fault
	compiled
	off   bool
	acted atomic.Int64
}

// Status is a fault and what has become of it.
type Status struct {
	Fault
	Enabled bool
	Acted   int // how often it acted
}

// NewSet returns an empty Set.
func NewSet() *Set { return new(Set) }

// Add adds a fault. One without a name is called by its kind and a number. The error says what
// is wrong with the fault, is ErrFull, or wraps ErrExists.
func (s *Set) Add(f Fault) (name string, err error) { return s.AddAs(f, true) }

// AddAs adds a fault as Add does, turned on or off.
func (s *Set) AddAs(f Fault, on bool) (name string, err error) {
	c, err := compile(f)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) == MaxFaults {
		return "", ErrFull
	}
	for f.Name == "" || f.Name == fmt.Sprintf("%s-%d", f.Kind, s.last) && s.find(f.Name) >= 0 {
		s.last++
		f.Name = fmt.Sprintf("%s-%d", f.Kind, s.last)
	}
	if s.find(f.Name) >= 0 {
		return "", fmt.Errorf("a fault named %q %w", f.Name, ErrExists)
	}
	s.replace(append(slices.Clone(s.faults), &active{Fault: f, compiled: c, off: !on}))
	return f.Name, nil
}

// Reset replaces all faults by those of a list that List returned, of this Set or another one.
// They have not acted yet.
func (s *Set) Reset(to []Status) error {
	list := make([]*active, 0, len(to))
	for _, f := range to {
		c, err := compile(f.Fault)
		if err != nil {
			return err
		}
		list = append(list, &active{Fault: f.Fault, compiled: c, off: !f.Enabled})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(list)
	return nil
}

// Get returns a fault. It reports whether there is one.
func (s *Set) Get(name string) (Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(name)
	if i < 0 {
		return Status{}, false
	}
	return s.faults[i].status(), true
}

// Replace replaces a fault by another one of the same name. It reports whether there was one.
func (s *Set) Replace(name string, f Fault) (bool, error) {
	return s.replaceBy(name, f, func(now bool) bool { return now })
}

// ReplaceAs replaces a fault as Replace does, and turns it on or off.
func (s *Set) ReplaceAs(name string, f Fault, on bool) (bool, error) {
	return s.replaceBy(name, f, func(bool) bool { return on })
}

func (s *Set) replaceBy(name string, f Fault, on func(now bool) bool) (bool, error) {
	f.Name = name
	c, err := compile(f)
	if err != nil {
		return false, err
	}
	return s.change(name, func(a *active) *active { return &active{Fault: f, compiled: c, off: !on(!a.off)} }), nil
}

// Enable turns a fault on or off. It reports whether there is one.
func (s *Set) Enable(name string, on bool) bool {
	return s.change(name, func(a *active) *active {
		n := &active{Fault: a.Fault, compiled: a.compiled, off: !on}
		n.acted.Store(a.acted.Load())
		return n
	})
}

// Remove removes a fault. It reports whether there was one.
func (s *Set) Remove(name string) bool {
	return s.change(name, func(*active) *active { return nil })
}

// Clear removes all faults.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace(nil)
}

// List returns the faults in the order in which they were added.
func (s *Set) List() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.faults))
	for _, a := range s.faults {
		list = append(list, a.status())
	}
	return list
}

func (a *active) status() Status {
	return Status{Fault: a.Fault, Enabled: !a.off, Acted: int(a.acted.Load())}
}

// change replaces a fault by what f returns, or removes it.
func (s *Set) change(name string, f func(*active) *active) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(name)
	if i < 0 {
		return false
	}
	list := slices.Clone(s.faults)
	if n := f(list[i]); n != nil {
		list[i] = n
	} else {
		list = slices.Delete(list, i, i+1)
	}
	s.replace(list)
	return true
}

// replace makes a list, which is not changed afterwards, the Set's.
func (s *Set) replace(list []*active) {
	s.faults = list
	s.version.Add(1)
}

func (s *Set) find(name string) int {
	return slices.IndexFunc(s.faults, func(a *active) bool { return a.Name == name })
}

// Agent implements intercept.Stage.
func (s *Set) Agent(c *intercept.Conn) intercept.Agent { return &agent{set: s, conn: c} }

// agent lets the faults act on one connection.
type agent struct {
	set     *Set
	conn    *intercept.Conn
	version uint64
	faults  []*part
	over    [2]bool // nothing more is sent in the direction
}

// part is a fault on one connection.
type part struct {
	*active
	filter *filter.Filter // its own: filters are not for concurrent use
	state  state
}

// state is what an effect remembers of a connection.
type state struct {
	rand  *rand.Rand
	n     int         // how much of something was seen
	of    map[int]int // the same, of each transaction that is not over
	since time.Time   // when something began; zero if it does not go on
	kept  *kept
}

// kept is a message that was held back, and what was done to it.
type kept struct {
	body []byte
	acts []act
}

// count counts a message of a transaction, and returns how many there were. Nothing is kept of
// transactions that are over.
func (s *state) count(m *intercept.Message) int {
	if s.of == nil {
		s.of = make(map[int]int)
	}
	n := s.of[m.Txn.N] + 1
	if s.of[m.Txn.N] = n; m.Kind == decode.Tagged {
		delete(s.of, m.Txn.N)
	}
	return n
}

// current brings the agent's faults up to date.
func (a *agent) current() []*part {
	v := a.set.version.Load()
	if v == a.version {
		return a.faults
	}
	a.set.mu.Lock()
	list := a.set.faults
	a.version = a.set.version.Load()
	a.set.mu.Unlock()
	old := a.faults
	a.faults = nil
	for _, f := range list {
		if f.off {
			continue
		}
		if i := slices.IndexFunc(old, func(p *part) bool { return p.active == f }); i >= 0 {
			a.faults = append(a.faults, old[i])
			continue
		}
		h := fnv.New64a()
		fmt.Fprint(h, f.Name, a.conn.Info.ID)
		a.faults = append(a.faults, &part{
			active: f, filter: f.compiled.filter.Clone(),
			state: state{rand: rand.New(rand.NewPCG(f.Seed, h.Sum64()))},
		})
	}
	return a.faults
}

// Wants implements intercept.Agent.
func (a *agent) Wants(h *intercept.Head) bool {
	for _, p := range a.current() {
		if p.kind.both || p.kind.client == (h.Dir == capture.ClientToServer) {
			return true
		}
	}
	return false
}

// Act implements intercept.Agent.
func (a *agent) Act(m *intercept.Message) {
	if m.Out() == nil || a.over[m.Dir] {
		return
	}
	t := newTarget(m)
	for _, p := range a.current() {
		if !p.kind.both && p.kind.client != (m.Dir == capture.ClientToServer) {
			continue
		}
		if p.effect.see != nil {
			p.effect.see(t, &p.state)
		}
		if p.effect.on(t, &p.state) && !t.lost && p.filter.Match(m.Seen()) {
			p.act(t)
		}
	}
	t.commit()
	if t.end != 0 {
		a.over[m.Dir] = true
	}
	if t.end == intercept.Close || t.end == intercept.Reset {
		a.over = [2]bool{true, true}
	}
}

// act lets the fault act, unless chance or its count says no.
func (p *part) act(t *target) {
	if p.Probability > 0 && p.state.rand.Float64() >= p.Probability {
		return
	}
	n := p.acted.Add(1)
	if p.Count > 0 && n > int64(p.Count) {
		p.acted.Add(-1)
		return
	}
	if !p.effect.do(t, p) {
		p.acted.Add(-1)
	}
}

// Close implements intercept.Agent.
func (a *agent) Close() {}
