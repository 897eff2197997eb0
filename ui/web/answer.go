package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// maxAsked is the largest number that a request may ask for rows.
const maxAsked = 500

// maxAnd is how many conditions a request may have beside its filter.
const maxAnd = 4

// A fault is an answer to a request that cannot be answered.
type fault struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
	Caret  string `json:"caret,omitempty"` // a filter, and on the next line where it is wrong
}

func (f *fault) Error() string { return f.Text }

func missing(format string, args ...any) error {
	return &fault{Status: http.StatusNotFound, Text: fmt.Sprintf(format, args...)}
}

// wrongFilter returns the answer to a filter that does not compile.
func wrongFilter(err error) error {
	f := &fault{Status: http.StatusBadRequest, Text: view.Inert(err.Error())}
	if e, ok := err.(*filter.Error); ok && e.Col > 0 {
		f.Caret = view.InertLines(e.Caret())
	}
	return f
}

// query reads the parameters of a request. What is no number, or out of range, is an error.
type query struct {
	values url.Values
	err    error
}

func (q *query) number(name string, least, most, otherwise int) int {
	text := q.values.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		q.err = &fault{Status: http.StatusBadRequest, Text: fmt.Sprintf("%s is no number from %d to %d", name, least, most)}
		return otherwise
	}
	return n
}

const most = 1<<31 - 1

func (q *query) conn() capture.ConnID { return capture.ConnID(q.number("c", 0, most, 0)) }

// window returns which rows are asked for.
func (q *query) window() (from, n int) {
	return q.number("from", 0, most, 0), q.number("rows", 0, maxAsked, 100)
}

func (q *query) of() of {
	and := q.values["and"]
	if len(and) > maxAnd {
		q.err = &fault{Status: http.StatusBadRequest, Text: fmt.Sprintf("there are more than %d conditions", maxAnd)}
		and = nil
	}
	return of{q.values.Get("filter"), strings.Join(and, "\n"), capture.ConnID(q.number("conn", 0, most, 0)), q.values.Get("rule")}
}

// answering returns a handler that answers with JSON.
func answering[T any](f func(ctx context.Context, q *query) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := &query{values: r.URL.Query()}
		out, err := f(r.Context(), q)
		if q.err != nil {
			err = q.err
		}
		if err != nil {
			refuse(w, err)
			return
		}
		write(w, http.StatusOK, out)
	}
}

func refuse(w http.ResponseWriter, err error) {
	f, ok := err.(*fault)
	if !ok {
		f = &fault{Status: http.StatusInternalServerError, Text: view.Inert(err.Error())}
	}
	write(w, f.Status, f)
}

func write(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // to a browser that may be gone
}

// at answers with a model that no other request uses meanwhile.
func at[T any](s *Server, f func(ctx context.Context, q *query, m *model.Model) (T, error)) http.HandlerFunc {
	return answering(func(ctx context.Context, q *query) (out T, err error) {
		select {
		case m := <-s.desks:
			defer func() { s.desks <- m }()
			return f(ctx, q, m)
		case <-ctx.Done():
			return out, ctx.Err()
		}
	})
}

// exchange reads the transaction that a request is about.
func (s *Server) exchange(q *query, m *model.Model) (*model.Exchange, error) {
	id, n := q.conn(), q.number("n", 0, most, 0)
	i, ok := s.archive.Find(id, n)
	if !ok {
		return nil, missing("there is no exchange %s", view.Number(id, n, true))
	}
	return m.Exchange(i), nil
}
