package web

import (
	"context"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/ui/inspect/model"
)

// place is a row of a list.
type place struct {
	Row   int            `json:"row"` // -1: none
	Conn  capture.ConnID `json:"c,omitempty"`
	N     int            `json:"n,omitempty"`
	Found int            `json:"found,omitempty"` // matches so far
	Look  bool           `json:"look,omitempty"`  // not all has been searched: ask again
	Next  int            `json:"next,omitempty"`  // from which row on, if Look is set
}

func (s *Server) at(row, i int) *place {
	r := s.archive.Row(i)
	return &place{Row: row, Conn: r.Conn, N: r.N}
}

// place answers with the row of an exchange in a list: its own, or of the one after it.
func (s *Server) place(_ context.Context, q *query) (*place, error) {
	i, ok := s.archive.Find(q.conn(), q.number("n", 0, most, 0))
	if !ok {
		return &place{Row: -1}, nil
	}
	l, err := s.lists.get(q.of())
	if err != nil {
		return nil, wrongFilter(err)
	}
	out := &place{Row: -1}
	l.use(func(x listing) {
		looking := x.Looking() // before what was found
		if x.Shows(i) {
			out = s.at(x.Row(i), i)
		} else {
			out.Look = looking
		}
	})
	return out, nil
}

const (
	patience   = time.Second // that a request waits for something to be found
	maxLook    = 100_000     // rows that one request looks at
	maxPattern = 1000        // bytes of a text that is searched for
)

// search answers with the next row of a list, after or before one, that contains a text.
func (s *Server) search(ctx context.Context, q *query) (*place, error) {
	text := q.values.Get("q")
	if text == "" || len(text) > maxPattern {
		return nil, missing("nothing to search for")
	}
	l, err := s.lists.get(q.of())
	if err != nil {
		return nil, wrongFilter(err)
	}
	found, err := s.lists.search(text)
	if err != nil {
		return nil, wrongFilter(err)
	}
	from := q.number("at", -1, most, -1)
	back := q.values.Has("back")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		out := s.next(l, found, from, back)
		if out.Row >= 0 || !out.Look {
			return out, nil
		}
		select {
		case <-ctx.Done():
			return out, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// next returns the next row of a list that is also in another one; it starts over once all
// have been looked at.
func (s *Server) next(l, in *list, from int, back bool) *place {
	out := &place{Row: -1}
	var hits []int
	complete, at := false, -1
	l.use(func(x listing) {
		if from >= 0 && from < x.Len() {
			at = x.At(from)
		}
		complete = !x.Looking()
	})
	in.use(func(x listing) {
		complete = complete && !x.Looking()
		out.Found = x.Len()
		hits = around(x, at, back, complete)
	})
	out.Look = !complete
	l.use(func(x listing) {
		for _, i := range hits {
			if x.Shows(i) {
				found := out.Found
				out = s.at(x.Row(i), i)
				out.Found, out.Look = found, !complete
				return
			}
		}
	})
	return out
}

// around returns the transactions of a list, at most maxLook, from the one after (or before)
// another on; from its beginning again if it is complete.
func around(x listing, at int, back, complete bool) []int {
	n := x.Len()
	k, step := x.Row(at+1), 1
	if back {
		k, step = x.Row(max(at, 0))-1, -1
	}
	var out []int
	for range min(n, maxLook) {
		if k < 0 || k >= n {
			if !complete {
				break
			}
			k = (k + n) % n
		}
		out = append(out, x.At(k))
		k += step
	}
	return out
}

// nextFinding answers with the next row of a list, after or before one, that has a finding.
func (s *Server) nextFinding(_ context.Context, q *query, m *model.Model) (*place, error) {
	l, err := s.lists.get(q.of())
	if err != nil {
		return nil, wrongFilter(err)
	}
	row, step := q.number("at", -1, most, -1), 1
	if q.values.Has("back") {
		step = -1
	}
	out := &place{Row: -1}
	l.use(func(x listing) {
		looking := x.Looking() // before what was found
		for range maxLook {
			row += step
			if row < 0 || row >= x.Len() {
				out.Look, out.Next = looking, max(row-step, 0)
				return
			}
			i := x.At(row)
			if r := s.archive.Row(i); m.Worst(&r) != "" {
				out = s.at(row, i)
				return
			}
		}
		out.Look, out.Next = true, row
	})
	return out, nil
}

// field is a field of a filter.
type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Help string `json:"help"`
}

// fields answers with what a filter can name, or with what is wrong with one.
func (s *Server) fields(_ context.Context, q *query) (out struct {
	Fields []field `json:"fields"`
	Wrong  error   `json:"wrong,omitempty"` // a fault
}, err error) {
	if source := q.values.Get("filter"); strings.TrimSpace(source) != "" {
		if _, err := filter.Compile(source); err != nil {
			out.Wrong = wrongFilter(err)
		}
	}
	for _, f := range filter.Fields() {
		out.Fields = append(out.Fields, field{f.Name, f.Type, f.Help})
	}
	return out, nil
}
