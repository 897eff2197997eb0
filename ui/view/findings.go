package view

import (
	"maps"
	"slices"
	"sync"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// MaxFindings is how many findings a Findings keeps; more are counted. Each takes less
// than two kilobytes.
const MaxFindings = 50_000

// Findings lints events and keeps the findings by transaction. It is a decode.Handler.
// Of, Worst, Count, Reason and Causes may be called concurrently with its Handler methods.
type Findings struct {
	Quota *Quota // the findings that are kept; set before the first event, if others share it

	options Options
	linter  decode.Handler // a lint.Linter, or a why.Reasoner around one
	now     decode.Event   // being checked
	one     [1]decode.Event
	why     reasoning

	mu    sync.RWMutex
	conns map[capture.ConnID]*connFindings
	rules map[string]*RuleFindings // by ID
}

// connFindings are those about one connection. There is no bound on the number of connections,
// so what each needs without any finding that is kept is small.
type connFindings struct {
	count [lint.Error + 1]uint32 // by severity
	txns  map[int][]Finding      // by transaction, as far as they are kept; nil if none is
	rules []RuleCount            // in the order in which they were first found
}

// NewFindings returns a Findings with the rules of o.
func NewFindings(shown Options, o lint.Options) (*Findings, error) {
	f := newFindings(shown)
	var err error
	f.linter, err = lint.New(o, f.found)
	return f, err
}

func newFindings(shown Options) *Findings {
	return &Findings{Quota: new(Quota), options: shown, conns: make(map[capture.ConnID]*connFindings), rules: make(map[string]*RuleFindings)}
}

// Open implements decode.Handler.
func (f *Findings) Open(c capture.Conn) error {
	f.why.mu.Lock()
	defer f.why.mu.Unlock()
	f.why.fresh = true
	return f.linter.Open(c)
}

// Events implements decode.Handler.
func (f *Findings) Events(id capture.ConnID, events []decode.Event) error {
	f.why.mu.Lock()
	defer f.why.mu.Unlock()
	f.why.fresh = true
	for _, e := range events {
		f.now, f.one[0] = e, e
		if err := f.linter.Events(id, f.one[:]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Findings) found(found lint.Finding) {
	made := f.options.Finding(&found, f.now)
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.conns[found.Conn]
	if c == nil {
		c = new(connFindings)
		f.conns[found.Conn] = c
	}
	c.count[found.Severity]++
	f.countRule(c, &made)
	if f.Quota.over(MaxFindings - 1) {
		return
	}
	f.Quota.add(1, MaxFindings)
	if c.txns == nil {
		c.txns = make(map[int][]Finding)
	}
	c.txns[found.Txn] = append(c.txns[found.Txn], made)
}

func rank(severity string) lint.Severity {
	s, _ := lint.ParseSeverity(severity)
	return s
}

// Of returns the findings about a connection's nth transaction, the worst first; if n is
// 0, those outside any transaction.
func (f *Findings) Of(id capture.ConnID, n int) []Finding {
	f.mu.RLock()
	defer f.mu.RUnlock()
	c := f.conns[id]
	if c == nil {
		return nil
	}
	out := slices.Clone(c.txns[n])
	slices.SortStableFunc(out, func(a, b Finding) int { return int(rank(b.Severity)) - int(rank(a.Severity)) })
	return out
}

// Worst returns the severity of the worst of these findings; "" if there are none.
func (f *Findings) Worst(id capture.ConnID, n int) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	worst := ""
	if c := f.conns[id]; c != nil {
		for i := range c.txns[n] {
			if s := c.txns[n][i].Severity; worst == "" || rank(s) > rank(worst) {
				worst = s
			}
		}
	}
	return worst
}

// Count returns the number of a connection's findings of a severity.
func (f *Findings) Count(id capture.ConnID, severity string) int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s, known := lint.ParseSeverity(severity)
	if c := f.conns[id]; c != nil && known {
		return int(c.count[s])
	}
	return 0
}

// Take returns the same findings as Of, and removes them.
func (f *Findings) Take(id capture.ConnID, n int) []Finding {
	out := f.Of(id, n)
	if len(out) > 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.Quota.add(-len(out), MaxFindings)
		delete(f.conns[id].txns, n)
	}
	return out
}

// TakeRest returns the findings about a connection that were not taken, in the order of
// its transactions, and forgets the connection.
func (f *Findings) TakeRest(id capture.ConnID) []Finding {
	f.mu.Lock()
	c := f.conns[id]
	f.mu.Unlock()
	if c == nil {
		return nil
	}
	var out []Finding
	for _, n := range slices.Sorted(maps.Keys(c.txns)) {
		out = append(out, f.Take(id, n)...)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, id)
	return out
}
