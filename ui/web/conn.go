package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// maxCauses is how many causes are sent.
const maxCauses = 200

// conn returns the connection that a request is about.
func (s *Server) conn(q *query) (archive.Conn, error) {
	id := q.conn()
	c, ok := s.archive.ConnOf(id)
	if !ok {
		return c, missing("there is no connection %d", id)
	}
	return c, nil
}

// ladder reads the ladder of a connection, up to a number of steps.
func (s *Server) ladder(ctx context.Context, m *model.Model, c *archive.Conn, most int) (*view.Ladder, error) {
	l := s.o.View.Ladder(c.Client.String(), c.Server.String())
	n := 0
	err := m.Reader.Items(c.ID, archive.Ref{}, func(i archive.Item) bool {
		l.Add(i.Event)
		n++
		return l.Len() < most && (n%256 != 0 || ctx.Err() == nil)
	})
	return l, errors.Join(err, ctx.Err())
}

// step is a step of a ladder.
type step struct {
	From   string `json:"from"`
	Time   string `json:"time"`
	Label  string `json:"label"`
	Effect string `json:"effect,omitempty"`
	Txn    int    `json:"n,omitempty"`
	Remark bool   `json:"remark,omitempty"`
	Gap    int    `json:"gap,omitempty"` // in milliseconds, since the step before
}

func (s *Server) steps(ctx context.Context, q *query, m *model.Model) (out struct {
	Client string `json:"client"`
	Server string `json:"server"`
	Total  int    `json:"total"` // steps so far
	From   int    `json:"from"`
	Steps  []step `json:"steps"`
	More   bool   `json:"more,omitempty"`
}, err error) {
	out.Steps = []step{}
	c, err := s.conn(q)
	if err != nil {
		return out, err
	}
	from, n := q.window()
	most := min(from+n+1, view.MaxSteps)
	l, err := s.ladder(ctx, m, &c, most)
	if err != nil {
		return out, err
	}
	out.Client, out.Server, out.Total, out.From, out.More = l.Client, l.Server, l.Len(), from, l.Len() >= most
	for i := from; i < min(from+n, l.Len()); i++ {
		x := l.Step(i)
		y := step{From: side(x.Dir), Time: s.clock(x.Time), Label: x.Label, Txn: x.Txn, Remark: x.Remark, Gap: int(l.Gap(i).Milliseconds())}
		if x.Status != "" {
			y.Effect = effect(x.Status)
		}
		out.Steps = append(out.Steps, y)
	}
	return out, nil
}

// picture answers with the ladder as a file.
func (s *Server) picture(w http.ResponseWriter, r *http.Request) {
	q := &query{values: r.URL.Query()}
	c, err := s.conn(q)
	if err = errors.Join(q.err, err); err != nil {
		refuse(w, missing("there is no such connection"))
		return
	}
	var b bytes.Buffer
	select {
	case m := <-s.desks:
		var l *view.Ladder
		if l, err = s.ladder(r.Context(), m, &c, view.MaxSVG+1); err == nil {
			err = l.SVG(&b, fmt.Sprintf("Connection %d", c.ID))
		}
		s.desks <- m
	case <-r.Context().Done():
		return
	}
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="ladder-%d.svg"`, c.ID))
	_, _ = b.WriteTo(w) // to a browser that may be gone
}

// cause is why something went wrong.
type cause struct {
	Severity string     `json:"severity"`
	About    string     `json:"about"`
	Sentence string     `json:"sentence"`
	Evidence []evidence `json:"evidence"`
	More     int        `json:"more,omitempty"`
	Alike    []string   `json:"alike,omitempty"`
	Further  int        `json:"further,omitempty"` // that are alike
	Proof    string     `json:"proof"`
	Remedy   string     `json:"remedy"`
}

type evidence struct {
	Conn  capture.ConnID `json:"c"`
	Txn   int            `json:"n,omitempty"`
	Place string         `json:"place"`
	Text  string         `json:"text,omitempty"`
}

// reason finds out why something went wrong so far, if that was not done just now: what arrives
// waits meanwhile, however many browsers ask.
func (s *Server) reason() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.findings.Causes() == nil || s.ended || time.Since(s.reasoned) > time.Second {
		s.findings.Reason()
		s.reasoned = time.Now()
	}
}

// why answers with why something went wrong: on a connection, and on others.
func (s *Server) why(_ context.Context, q *query) (out struct {
	Here    []cause `json:"here"`
	Others  []cause `json:"others"`
	More    int     `json:"more,omitempty"`
	Nothing string  `json:"nothing,omitempty"`
	Unsaid  string  `json:"unsaid,omitempty"`
}, err error) {
	s.reason()
	out.Here, out.Others = []cause{}, []cause{}
	c := s.findings.Causes()
	out.Unsaid = c.Unsaid()
	if len(c.List) == 0 {
		out.Nothing = c.Nothing()
	}
	id := q.conn()
	for i := range c.List {
		x := &c.List[i]
		list := &out.Others
		if slices.Contains(x.Conns, id) {
			list = &out.Here
		}
		if len(*list) == maxCauses {
			out.More++
			continue
		}
		y := cause{Severity: x.Severity, About: x.About(), Sentence: x.Sentence, Evidence: []evidence{}, More: x.More, Alike: x.Alike, Further: x.MoreAlike, Proof: x.Proof, Remedy: x.Remedy}
		for _, e := range x.Evidence {
			y.Evidence = append(y.Evidence, evidence{e.Conn, e.Txn, e.Place, e.Text})
		}
		*list = append(*list, y)
	}
	return out, nil
}

// recordRow is a record of a layer in a list.
type recordRow struct {
	N     int    `json:"k"`
	From  string `json:"from"`
	Time  string `json:"time"`
	Layer string `json:"layer"`
	What  string `json:"what"`
	Fault string `json:"fault,omitempty"`
	Wire  int64  `json:"wire"`
	Plain int64  `json:"plain"`
}

// layers answers with a connection's layers, and a window of their records.
func (s *Server) layers(_ context.Context, q *query, m *model.Model) (out struct {
	Lines   []string    `json:"lines"`
	Total   int         `json:"total"`
	From    int         `json:"from"`
	Records []recordRow `json:"records"`
}, err error) {
	out.Lines, out.Records = []string{}, []recordRow{}
	c, err := s.conn(q)
	if err != nil {
		return out, err
	}
	events, sums, err := m.Reader.Layers(c.ID)
	if err != nil {
		return out, err
	}
	const maxFacts = 600 // columns: certificates may have many names
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Secured:
			out.Lines = append(out.Lines, view.Fit(view.Layer(e), maxFacts, "…"))
		case *decode.Dark:
			out.Lines = append(out.Lines, view.LayerName(e.Of)+": "+view.Fit(view.Layer(e), maxFacts, "…"))
		}
	}
	for i := range sums {
		out.Lines = append(out.Lines, view.LayerSum(&sums[i]))
	}
	from, n := q.window()
	out.From, out.Total = from, c.Records
	for k := from; k < min(from+n, c.Records); k++ {
		r, err := m.Reader.Record(c.ID, k)
		if err != nil {
			return out, err
		}
		out.Records = append(out.Records, recordRow{k, side(r.Dir), s.clock(r.Time), view.LayerName(r.Of), view.Inert(r.What), string(r.Fault), r.Len, r.N})
	}
	return out, nil
}

// record answers with the bytes of one record, as they were on the wire and opened.
func (s *Server) record(_ context.Context, q *query, m *model.Model) (out struct {
	Wire  []hexRow       `json:"wire"`
	Plain []hexRow       `json:"plain"`
	More  bool           `json:"more,omitempty"` // bytes than these
	Conn  capture.ConnID `json:"c"`
	Txn   int            `json:"n,omitempty"`
}, err error) {
	out.Wire, out.Plain = []hexRow{}, []hexRow{}
	c, err := s.conn(q)
	if err != nil {
		return out, err
	}
	k := q.number("k", 0, most, 0)
	if k >= c.Records {
		return out, missing("connection %d has no record %d", c.ID, k+1)
	}
	r := m.Record(c.ID, k)
	if r.Err != nil {
		return out, r.Err
	}
	wire, err := m.Dump(c.ID, r.Of, r.Dir, r.Off, r.Off, min(r.Len, maxBytes), r.Wire)
	if err != nil {
		return out, err
	}
	out.Wire = hexRows(wire, 0)
	if r.N > 0 {
		plain, err := m.Dump(c.ID, r.In, r.Dir, r.Plain, r.Plain, min(r.N, maxBytes), r.Text)
		if err != nil {
			return out, err
		}
		out.Plain = hexRows(plain, 0)
	}
	out.More, out.Conn = r.Len > maxBytes || r.N > maxBytes, c.ID
	if r.Txn >= 0 {
		out.Txn = s.archive.Row(r.Txn).N
	}
	return out, nil
}
