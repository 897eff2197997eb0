package api

import (
	"cmp"
	"slices"
	"sync"

	"imapscope/capture"
	"imapscope/proxy/intercept"
)

// A Roster is an intercept.Stage that knows which connections are open, and leaves their
// traffic alone. The zero value is ready. Its methods may be called concurrently.
type Roster struct {
	mu   sync.Mutex
	open map[capture.ConnID]*intercept.Conn
}

// Agent implements intercept.Stage.
func (r *Roster) Agent(c *intercept.Conn) intercept.Agent {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = make(map[capture.ConnID]*intercept.Conn)
	}
	r.open[c.Info.ID] = c
	return &entry{roster: r, id: c.Info.ID}
}

// Conns returns the open connections, in the order of their numbers.
func (r *Roster) Conns() []*intercept.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*intercept.Conn, 0, len(r.open))
	for _, c := range r.open {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *intercept.Conn) int { return cmp.Compare(a.Info.ID, b.Info.ID) })
	return list
}

// Find returns an open connection; nil if there is none of this number.
func (r *Roster) Find(id capture.ConnID) *intercept.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[id]
}

// Abort resets all open connections. It returns when that is done.
func (r *Roster) Abort(why string) {
	var wg sync.WaitGroup
	for _, c := range r.Conns() {
		wg.Go(func() { c.Abort(why) })
	}
	wg.Wait()
}

// entry is the agent of one connection.
type entry struct {
	roster *Roster
	id     capture.ConnID
}

// Wants implements intercept.Agent.
func (*entry) Wants(*intercept.Head) bool { return false }

// Act implements intercept.Agent.
func (*entry) Act(*intercept.Message) {}

// Close implements intercept.Agent.
func (e *entry) Close() {
	e.roster.mu.Lock()
	defer e.roster.mu.Unlock()
	delete(e.roster.open, e.id)
}
