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

// Findings looks for findings in what it is told, and keeps them by transaction. It is
// a decode.Handler. Of, Worst and Count may be called while it is told more.
type Findings struct {
	options Options
	linter  *lint.Linter
	now     decode.Event // that is being judged
	one     [1]decode.Event

	mu    sync.RWMutex
	conns map[capture.ConnID]*connFindings
	kept  int
}

type connFindings struct {
	count map[string]int    // by severity
	worst map[int]string    // by transaction
	txns  map[int][]Finding // likewise, as far as they are kept
}

// NewFindings looks for what the rules of o find.
func NewFindings(shown Options, o lint.Options) (*Findings, error) {
	f := &Findings{options: shown, conns: make(map[capture.ConnID]*connFindings)}
	var err error
	f.linter, err = lint.New(o, f.found)
	return f, err
}

// Open implements decode.Handler.
func (f *Findings) Open(c capture.Conn) error { return f.linter.Open(c) }

// Events implements decode.Handler.
func (f *Findings) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		f.now, f.one[0] = e, e
		if err := f.linter.Events(id, f.one[:]); err != nil {
			return err
		}
	}
	return nil
}

func (f *Findings) found(x lint.Finding) {
	made := f.options.Finding(&x, f.now)
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.conns[x.Conn]
	if c == nil {
		c = &connFindings{make(map[string]int), make(map[int]string), make(map[int][]Finding)}
		f.conns[x.Conn] = c
	}
	c.count[made.Severity]++
	if f.kept >= MaxFindings {
		return
	}
	f.kept++
	if w := c.worst[x.Txn]; w == "" || rank(made.Severity) > rank(w) {
		c.worst[x.Txn] = made.Severity
	}
	c.txns[x.Txn] = append(c.txns[x.Txn], made)
}

func rank(severity string) lint.Severity {
	s, _ := lint.ParseSeverity(severity)
	return s
}

// Of are the findings about a connection's nth transaction, the worst first; about
// none of them, if n is 0.
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

// Worst is the severity of the worst of these; "" if there is none.
func (f *Findings) Worst(id capture.ConnID, n int) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if c := f.conns[id]; c != nil {
		return c.worst[n]
	}
	return ""
}

// Count is how many findings of a severity a connection has.
func (f *Findings) Count(id capture.ConnID, severity string) int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if c := f.conns[id]; c != nil {
		return c.count[severity]
	}
	return 0
}

// Take is Of, and forgets them.
func (f *Findings) Take(id capture.ConnID, n int) []Finding {
	out := f.Of(id, n)
	if len(out) > 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.kept -= len(out)
		delete(f.conns[id].txns, n)
	}
	return out
}

// TakeRest are the findings about a connection that were not taken, in the order of
// its transactions; all about it is forgotten.
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
