package view

import (
	"cmp"
	"slices"

	"imapscope/capture"
)

// RuleFindings sums up the findings of one rule.
type RuleFindings struct {
	Rule  // its severity is that of the worst finding
	Count int
	First Finding
}

// RuleCount is how many findings of a rule a connection has.
type RuleCount struct {
	ID string
	N  int
}

// countRule counts a finding of a connection.
func (f *Findings) countRule(c *connFindings, x *Finding) {
	r := f.rules[x.ID]
	if r == nil {
		r = &RuleFindings{Rule: x.Rule, First: *x}
		f.rules[x.ID] = r
	}
	r.Count++
	x.Cite = r.Cite // one string for all
	if rank(x.Severity) > rank(r.Severity) {
		r.Severity = x.Severity
	}
	i := slices.IndexFunc(c.rules, func(r RuleCount) bool { return r.ID == x.ID })
	if i < 0 {
		i = len(c.rules)
		c.rules = append(c.rules, RuleCount{ID: x.ID})
	}
	c.rules[i].N++
}

// Rules sums up the findings by rule, in the order of the rules' IDs.
func (f *Findings) Rules() []RuleFindings {
	f.mu.RLock()
	defer f.mu.RUnlock()
	out := make([]RuleFindings, 0, len(f.rules))
	for _, r := range f.rules {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b RuleFindings) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// RulesOf appends to a list how many findings a connection has of each rule.
func (f *Findings) RulesOf(id capture.ConnID, list []RuleCount) []RuleCount {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if c := f.conns[id]; c != nil {
		list = append(list, c.rules...)
	}
	return list
}

// Spot is where something was found: in a connection's nth transaction, or (0) outside any.
type Spot struct {
	Conn capture.ConnID
	Txn  int
}

// With returns where there are findings of a rule, as far as they are kept, in no order.
func (f *Findings) With(rule string) []Spot {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []Spot
	for id, c := range f.conns {
		if !slices.ContainsFunc(c.rules, func(r RuleCount) bool { return r.ID == rule }) {
			continue
		}
		for n, list := range c.txns {
			if slices.ContainsFunc(list, func(x Finding) bool { return x.ID == rule }) {
				out = append(out, Spot{id, n})
			}
		}
	}
	return out
}

// Spots returns where there are findings of any rule, as far as they are kept, in no order.
func (f *Findings) Spots() []Spot {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []Spot
	for id, c := range f.conns {
		for n := range c.txns {
			out = append(out, Spot{id, n})
		}
	}
	return out
}

// Found returns how many findings of a rule there are.
func (f *Findings) Found(rule string) int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if r := f.rules[rule]; r != nil {
		return r.Count
	}
	return 0
}

// First returns the connection on which a rule found something first; 0 if there is none.
func (f *Findings) First(rule string) capture.ConnID {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if r := f.rules[rule]; r != nil {
		return r.First.Conn
	}
	return 0
}
