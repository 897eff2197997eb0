package report

import (
	"fmt"

	"imapscope/capture"
	"imapscope/ui/view"
)

// MaxCauses is the maximum number of causes on a page, maxOpen of those that are open at
// first.
const (
	MaxCauses = 200
	maxOpen   = 1
)

// causes is why something went wrong, on the page.
type causes struct {
	List    []cause
	More    int    // causes beyond MaxCauses
	Nothing string // if there are none
	Unsaid  string // about connections of which nothing is said
}

// cause is one of them.
type cause struct {
	*view.Cause
	Shown []evidence
	Open  bool
}

// evidence is a place, with the part of the page that it is on; Ref is empty if it is not
// there.
type evidence struct {
	*view.Evidence
	Ref string
}

// Why adds why something went wrong. If only what a filter chose is on the page, so are only
// the causes that are about connections on it.
func (p *Page) Why(c *view.Causes, filtered bool) {
	p.why, p.filtered = c, filtered
}

// causes returns the causes with links to the exchanges that are on the page.
func (p *Page) causes() *causes {
	if p.why == nil {
		return nil
	}
	out := &causes{Unsaid: p.why.Unsaid()}
	there := make(map[string]bool)
	listed := make(map[capture.ConnID]*conn)
	for _, c := range p.conns {
		listed[c.ID] = c
		for _, x := range c.Exchanges {
			there[x.ID()] = true
		}
	}
	for i := range p.why.List {
		x := &p.why.List[i]
		if p.filtered && !anyOf(x.Conns, listed) {
			continue
		}
		if len(out.List) == MaxCauses {
			out.More++
			continue
		}
		s := cause{Cause: x, Open: len(out.List) < maxOpen}
		for k := range x.Evidence {
			e := &x.Evidence[k]
			s.Shown = append(s.Shown, evidence{e, ref(e, listed, there)})
		}
		out.List = append(out.List, s)
	}
	switch {
	case len(out.List) > 0:
	case p.filtered:
		return nil
	default:
		out.Nothing = p.why.Nothing()
	}
	return out
}

// ref returns the part of the page that evidence is on: its exchange, or its connection.
func ref(e *view.Evidence, listed map[capture.ConnID]*conn, there map[string]bool) string {
	c := listed[e.Conn]
	if c == nil {
		return ""
	}
	if id := c.id(e.Txn); there[id] {
		return id
	}
	return fmt.Sprintf("c%d", c.K)
}

func anyOf(ids []capture.ConnID, listed map[capture.ConnID]*conn) bool {
	for _, id := range ids {
		if listed[id] != nil {
			return true
		}
	}
	return false
}
