package web

import (
	"slices"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/ui/inspect/model"
)

// ruled is a listing of the transactions with a finding of a rule, as far as findings are kept.
// A finding that is outside any transaction counts for the first one of its connection.
//
// A finding may come long after its transaction was compared with a filter, so it begins with
// the findings: there are view.MaxFindings of them at most.
type ruled struct {
	model  *model.Model
	filter *model.Matcher
	rule   string
	conn   capture.ConnID // 0: any

	limit   int
	found   int          // findings when it was extended last
	open    bool         // it may grow without another finding
	matches map[int]bool // of the transactions that have ended and were compared
	hits    []int        // ordered
}

func newRuled(m *model.Model, o of, f *filter.Filter) *ruled {
	return &ruled{model: m, filter: m.Matcher(f), rule: o.rule, conn: o.conn, matches: make(map[int]bool)}
}

// extend includes all that has arrived.
func (r *ruled) extend() {
	r.limit = r.model.Len()
	found := r.model.Findings.Found(r.rule)
	if found == r.found && !r.open {
		return
	}
	r.found, r.open, r.hits = found, false, r.hits[:0]
	for _, at := range r.model.Findings.With(r.rule) {
		if r.conn != 0 && at.Conn != r.conn {
			continue
		}
		i, ok := r.model.Archive.Find(at.Conn, max(at.Txn, 1))
		if !ok {
			r.open = true
		} else if r.match(i) {
			r.hits = append(r.hits, i)
		}
	}
	slices.Sort(r.hits)
	r.hits = slices.Compact(r.hits)
}

func (r *ruled) match(i int) bool {
	if yes, ok := r.matches[i]; ok {
		return yes
	}
	row := r.model.Archive.Row(i)
	yes := r.filter.Match(i, &row)
	if row.Running {
		r.open = true
	} else {
		r.matches[i] = yes
	}
	return yes
}

func (r *ruled) Len() int { return len(r.hits) }

func (r *ruled) At(row int) int {
	if row < 0 || row >= len(r.hits) {
		return 0
	}
	return r.hits[row]
}

func (r *ruled) Row(i int) int {
	row, _ := slices.BinarySearch(r.hits, i)
	return row
}

func (r *ruled) Shows(i int) bool {
	_, ok := slices.BinarySearch(r.hits, i)
	return ok
}

func (r *ruled) Limit() int           { return r.limit }
func (r *ruled) Looked() int          { return r.limit }
func (r *ruled) Looking() bool        { return false }
func (r *ruled) Failed() (int, error) { return r.filter.Failed() }
