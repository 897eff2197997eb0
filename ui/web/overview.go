package web

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

const (
	// maxGroups is how many origins an overview has, and how many users: each takes about 200
	// bytes. Those that come after them are summed up in one row.
	maxGroups = 100_000
	// idle is how much longer than making an overview it takes until the next one is made.
	idle = 10
	// maxViews is how many orders and selections of an overview are kept, of four bytes a row.
	maxViews = 16
	// maxParts is how many overviews of some of the connections are kept with that of all.
	maxParts = 4
)

// An overview sums up the connections by origin, by user, and by finding. It is made from what
// the archive and the findings have in memory, for all browsers together, and not changed
// later, except that its views and parts are kept.
type overview struct {
	conns    int // so many of the archive have been looked at
	origins  []group
	users    []group
	findings []findingGroup

	mu    sync.Mutex
	views map[string][]uint32
	parts map[string]*overview // of some of the connections
}

// group is the connections of one origin, or of one user.
type group struct {
	name             string // as it came
	rest             bool   // all that are beyond maxGroups
	conns, open      int
	txns, no, bad    int
	bytes            int64
	errors, warnings int
	last             time.Time
}

// findingGroup is the findings of one rule.
type findingGroup struct {
	view.RuleFindings
	conns, origins, users int
}

// overviews makes overviews.
type overviews struct {
	mu      sync.Mutex
	last    *overview
	version uint64 // of the archive
	made    time.Time
	took    time.Duration
}

// overview returns an overview of what has arrived; fresh is false if more has arrived since,
// and it is too early for another one.
func (s *Server) overview() (o *overview, fresh bool) {
	x := &s.overviews
	x.mu.Lock()
	defer x.mu.Unlock()
	version := s.archive.Version()
	switch {
	case x.last != nil && x.version == version:
		return x.last, true
	case x.last != nil && time.Since(x.made) < max(pace, idle*x.took):
		return x.last, false
	}
	began := time.Now()
	x.last, x.version = s.sumUp(s.archive.Conns(), nil), version
	x.made = time.Now()
	x.took = x.made.Sub(began)
	return x.last, true
}

// groups collects groups by name.
type groups struct {
	list []group
	at   map[string]int
}

// of returns the number of the group with a name.
func (g *groups) of(name string) int {
	if i, ok := g.at[name]; ok {
		return i
	}
	if len(g.list) > maxGroups {
		return maxGroups
	}
	g.list = append(g.list, group{name: name, rest: len(g.list) == maxGroups})
	if len(g.list) <= maxGroups {
		g.at[name] = len(g.list) - 1
	}
	return len(g.list) - 1
}

// set is a set of small numbers.
type set []uint64

// add adds a number, and reports whether it was not there.
func (s *set) add(n int) bool {
	for len(*s) <= n/64 {
		*s = append(*s, 0)
	}
	if (*s)[n/64]&(1<<(n%64)) != 0 {
		return false
	}
	(*s)[n/64] |= 1 << (n % 64)
	return true
}

// sumUp makes an overview of the first n connections, or of some of them.
func (s *Server) sumUp(n int, some []uint32) *overview {
	o := &overview{conns: n, views: make(map[string][]uint32), parts: make(map[string]*overview)}
	origins, users := groups{at: make(map[string]int)}, groups{at: make(map[string]int)}
	rules := make(map[string]*ruleSets)
	var found []view.RuleCount
	each(n, some, func(k int) {
		c := s.archive.Conn(k)
		i, j := origins.of(c.Origin), users.of(c.User)
		errors, warnings := s.findings.Count(c.ID, lint.Error.String()), s.findings.Count(c.ID, lint.Warning.String())
		origins.list[i].add(&c, errors, warnings)
		users.list[j].add(&c, errors, warnings)
		found = s.findings.RulesOf(c.ID, found[:0])
		for _, f := range found {
			r := rules[f.ID]
			if r == nil {
				r = &ruleSets{first: c.ID}
				rules[f.ID] = r
			}
			r.add(i, j, f.N)
			r.whole = r.whole || c.ID == s.findings.First(f.ID)
		}
	})
	o.origins, o.users = origins.list, users.list
	for _, r := range s.findings.Rules() {
		x := rules[r.ID]
		if x == nil {
			continue // found on a connection that came later, or is none of these
		}
		g := findingGroup{r, x.conns, x.origins, x.users}
		g.Count = x.count
		if !x.whole {
			g.First = view.Finding{Conn: x.first}
		}
		o.findings = append(o.findings, g)
	}
	return o
}

// each calls f with the numbers below n, or with some of them.
func each(n int, some []uint32, f func(k int)) {
	if some == nil {
		for k := range n {
			f(k)
		}
	}
	for _, k := range some {
		f(int(k))
	}
}

// add adds a connection.
func (g *group) add(c *archive.Conn, errors, warnings int) {
	g.conns++
	if !c.Closed {
		g.open++
	}
	g.txns, g.no, g.bad, g.bytes = g.txns+c.Txns, g.no+c.NO, g.bad+c.BAD, g.bytes+c.Octets[0]+c.Octets[1]
	g.errors, g.warnings = g.errors+errors, g.warnings+warnings
	if c.Last.After(g.last) {
		g.last = c.Last
	}
}

// ruleSets counts where findings of a rule are.
type ruleSets struct {
	first                 capture.ConnID // of these connections
	whole                 bool           // the first of all is one of them
	count                 int
	conns, origins, users int
	ofOrigins, ofUsers    set
}

func (r *ruleSets) add(origin, user, n int) {
	r.conns++
	r.count += n
	if r.ofOrigins.add(origin) {
		r.origins++
	}
	if r.ofUsers.add(user) {
		r.users++
	}
}

// view returns which rows a selection has, in which order; pick is called if it is not known.
func (o *overview) view(key string, pick func() []uint32) []uint32 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if rows, ok := o.views[key]; ok {
		return rows
	}
	if len(o.views) == maxViews {
		clear(o.views)
	}
	rows := slices.Clip(pick())
	o.views[key] = rows
	return rows
}

// part returns an overview of the connections that match all conditions of a list.
func (s *Server) part(o *overview, x of) (*overview, error) {
	if x.and == "" && x.rule == "" {
		return o, nil
	}
	f, err := of{and: x.and}.compile()
	if err != nil {
		return nil, wrongFilter(err)
	}
	key := fmt.Sprintf("%q", []string{x.and, x.rule})
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.parts[key]; p != nil {
		return p, nil
	}
	if len(o.parts) == maxParts {
		clear(o.parts)
	}
	p := s.sumUp(o.conns, s.pick(o, "", x.rule, f))
	o.parts[key] = p
	return p, nil
}

// has reports whether a connection has a finding of a rule.
func (s *Server) has(id capture.ConnID, rule string) bool {
	return slices.ContainsFunc(s.findings.RulesOf(id, nil), func(r view.RuleCount) bool { return r.ID == rule })
}
