package why

import (
	"cmp"
	"slices"

	"imapscope/decode/account"
)

// maxTallies is how many groups of reasons are counted of connections beyond MaxConns.
const maxTallies = 256

// tallies are the reasons of connections beyond MaxConns: the first of each group, and how
// many more there are.
type tallies map[groupKey]*Reason

// reasons returns the first reason of each group, in an order that does not vary.
func (t tallies) reasons() []Reason {
	out := make([]Reason, 0, len(t))
	for _, x := range t {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.Kind.Name, b.Kind.Name))
	})
	return out
}

// tally counts the reasons of an ended connection that is not kept.
func (r *Reasoner) tally(c *conn) {
	c.all = new(account.Accounts) // of others, nothing is known yet
	left := false
	for _, k := range kinds {
		x := k.reason(c)
		if x == nil {
			continue
		}
		key := keyOf(x)
		switch {
		case r.beyond[key] != nil:
			r.beyond[key].Further++
		case len(r.beyond) < maxTallies:
			if r.beyond == nil {
				r.beyond = make(tallies)
			}
			r.beyond[key] = x
		default:
			left = true
		}
	}
	if left {
		r.Left++
	}
}
