package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// groupRow is an origin or a user in the overview.
type groupRow struct {
	Name     string `json:"name"`
	And      string `json:"and"`            // a condition that holds for its transactions
	Rest     bool   `json:"rest,omitempty"` // all that are beyond the limit
	Conns    int    `json:"conns"`
	Open     int    `json:"open"`
	Txns     int    `json:"txns"`
	NO       int    `json:"no"`
	BAD      int    `json:"bad"`
	Bytes    int64  `json:"bytes"`
	Errors   int    `json:"errors"`
	Warnings int    `json:"warnings"`
	Last     string `json:"last"`
}

// findingRow is a rule in the overview.
type findingRow struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Severity string         `json:"severity"`
	Verdict  string         `json:"verdict"`
	Count    int            `json:"count"`
	Conns    int            `json:"conns"`
	Origins  int            `json:"origins"`
	Users    int            `json:"users"`
	Message  string         `json:"message"` // of the first one
	Conn     capture.ConnID `json:"c"`
	Txn      int            `json:"n,omitempty"`
}

// groupsAnswer is a window of an overview.
type groupsAnswer[T any] struct {
	Total int  `json:"total"` // that are selected
	All   int  `json:"all"`
	From  int  `json:"from"`
	Rows  []T  `json:"rows"`
	Later bool `json:"later,omitempty"` // more has arrived: ask again
}

// selection is which rows of an overview are asked for, in which order.
type selection struct {
	by, text, sort string
	desc           bool
}

// selected reads a selection; orders has the texts to sort by.
func (q *query) selected(by string, orders []string) selection {
	out := selection{by, strings.ToLower(q.values.Get("q")), q.values.Get("sort"), q.values.Has("desc")}
	if len(out.text) > maxPattern {
		q.err = &fault{Status: http.StatusBadRequest, Text: fmt.Sprintf("the text is longer than %d bytes", maxPattern)}
	}
	if out.sort == "" {
		out.sort = orders[0]
	}
	if !slices.Contains(orders, out.sort) {
		q.err = &fault{Status: http.StatusBadRequest, Text: "sort is none of " + strings.Join(orders, ", ")}
	}
	return out
}

// selected returns an overview of the connections that a request is about.
func (s *Server) selected(q *query) (o *overview, fresh bool, err error) {
	of := q.of()
	if q.err != nil {
		return nil, false, q.err
	}
	o, fresh = s.overview()
	o, err = s.part(o, of)
	return o, fresh, err
}

// window answers with a window of the selected ones of n rows. has reports whether a row has
// the text, compare compares two rows, and row makes one.
func window[T any](q *query, o *overview, x selection, n int, has func(i int) bool, compare func(a, b int) int, row func(i int) T) *groupsAnswer[T] {
	out := &groupsAnswer[T]{All: n, Rows: []T{}}
	var rows int
	out.From, rows = q.window()
	if q.err != nil {
		return out
	}
	which := o.view(fmt.Sprintf("%q", []string{x.by, x.text, x.sort, fmt.Sprint(x.desc)}), func() []uint32 {
		var list []uint32
		for i := range n {
			if x.text == "" || has(i) {
				list = append(list, uint32(i))
			}
		}
		slices.SortFunc(list, func(a, b uint32) int {
			c := compare(int(a), int(b))
			if x.desc {
				c = -c
			}
			return cmp.Or(c, cmp.Compare(a, b))
		})
		return list
	})
	out.Total = len(which)
	for k := out.From; k < min(out.From+rows, out.Total); k++ {
		out.Rows = append(out.Rows, row(int(which[k])))
	}
	return out
}

// groupOrders are what origins and users are sorted by: each compares two.
var groupOrders = map[string]func(a, b *group) int{
	"name":     func(a, b *group) int { return cmp.Compare(a.name, b.name) },
	"conns":    func(a, b *group) int { return cmp.Compare(a.conns, b.conns) },
	"open":     func(a, b *group) int { return cmp.Compare(a.open, b.open) },
	"txns":     func(a, b *group) int { return cmp.Compare(a.txns, b.txns) },
	"no":       func(a, b *group) int { return cmp.Compare(a.no, b.no) },
	"bad":      func(a, b *group) int { return cmp.Compare(a.bad, b.bad) },
	"bytes":    func(a, b *group) int { return cmp.Compare(a.bytes, b.bytes) },
	"errors":   func(a, b *group) int { return cmp.Compare(a.errors, b.errors) },
	"warnings": func(a, b *group) int { return cmp.Compare(a.warnings, b.warnings) },
	"last":     func(a, b *group) int { return a.last.Compare(b.last) },
}

// grouped answers with a window of the origins, or of the users.
func (s *Server) grouped(field string, of func(*overview) []group) func(context.Context, *query) (*groupsAnswer[groupRow], error) {
	orders := []string{"name", "conns", "open", "txns", "no", "bad", "bytes", "errors", "warnings", "last"}
	return func(_ context.Context, q *query) (*groupsAnswer[groupRow], error) {
		x := q.selected(field, orders)
		o, fresh, err := s.selected(q)
		if err != nil {
			return nil, err
		}
		list, compare := of(o), groupOrders[x.sort]
		out := window(q, o, x, len(list),
			func(i int) bool { return strings.Contains(strings.ToLower(view.Inert(list[i].name)), x.text) },
			func(a, b int) int { return compare(&list[a], &list[b]) },
			func(i int) groupRow { return s.groupRow(field, &list[i]) })
		out.Later = !fresh
		return out, nil
	}
}

func (s *Server) groupRow(field string, g *group) groupRow {
	x := groupRow{
		Name: view.Inert(model.Cut(g.name, maxName)), And: filter.Of(field, g.name), Conns: g.conns, Open: g.open, Txns: g.txns,
		NO: g.no, BAD: g.bad, Bytes: g.bytes, Errors: g.errors, Warnings: g.warnings, Last: s.clock(g.last),
	}
	if g.rest {
		x.Name, x.And, x.Rest = "", "", true
	}
	return x
}

// findingOrders are what findings are sorted by.
var findingOrders = map[string]func(a, b *findingGroup) int{
	"severity": func(a, b *findingGroup) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Count, b.Count))
	},
	"id":      func(a, b *findingGroup) int { return cmp.Compare(a.ID, b.ID) },
	"count":   func(a, b *findingGroup) int { return cmp.Compare(a.Count, b.Count) },
	"conns":   func(a, b *findingGroup) int { return cmp.Compare(a.conns, b.conns) },
	"origins": func(a, b *findingGroup) int { return cmp.Compare(a.origins, b.origins) },
	"users":   func(a, b *findingGroup) int { return cmp.Compare(a.users, b.users) },
}

func rank(g *findingGroup) lint.Severity {
	s, _ := lint.ParseSeverity(g.Severity) // lint wrote it
	return s
}

// found answers with a window of the findings by rule.
func (s *Server) found(_ context.Context, q *query) (*groupsAnswer[findingRow], error) {
	x := q.selected("finding", []string{"severity", "id", "count", "conns", "origins", "users"})
	o, fresh, err := s.selected(q)
	if err != nil {
		return nil, err
	}
	list, compare := o.findings, findingOrders[x.sort]
	out := window(q, o, x, len(list),
		func(i int) bool {
			g := &list[i]
			return strings.Contains(strings.ToLower(g.ID+" "+g.Title+" "+g.Severity+" "+g.Verdict), x.text)
		},
		func(a, b int) int { return compare(&list[a], &list[b]) },
		func(i int) findingRow {
			g := &list[i]
			return findingRow{g.ID, g.Title, g.Severity, g.Verdict, g.Count, g.conns, g.origins, g.users, g.First.Message, g.First.Conn, g.First.Txn}
		})
	out.Later = !fresh
	return out, nil
}
