package panes

import (
	"fmt"
	"strings"
	"time"

	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// txnColumns returns the columns of transactions.
func txnColumns() []Column {
	return []Column{
		{Title: "", Name: "marks", Help: list(markSigns()), width: 2, by: int(model.ByMarks), most: true},
		{Title: "#", Name: "number", Help: "number on its connection; of several, with the connection's before it: 2/4", width: 9, right: true, by: int(model.ByNumber)},
		{Title: "time", Help: "of the request's first byte", width: 12, least: 70, by: int(model.ByTime)},
		{Title: "request", Name: "command", Help: "tag, command and arguments; passwords masked, literals as {n}; sorted by the command", by: int(model.ByCommand)},
		{Title: "status", Help: "OK, NO or BAD; " + list(statusSigns()), width: 6, by: int(model.ByStatus)},
		{Title: "ms", Help: "exchange time: from the request's first byte to the response's line feed", width: 7, right: true, by: int(model.ByElapsed), most: true},
		{Title: "", Name: "bar", Help: "the exchange time as a bar, each step ten times as long", width: 5, least: 95},
		{Title: "octets", Help: "bytes of both sides", width: 6, right: true, least: 85, by: int(model.ByOctets), most: true},
		{Title: "!", Name: "findings", Help: "findings (see its tab): ! errors, ? warnings, · notes", width: 1, by: int(model.ByFinding), most: true},
	}
}

// Txns is the table of transactions.
type Txns struct {
	*Grid
	model *model.Model
}

// NewTxns returns the table of the transactions that a model shows.
func NewTxns(t *Theme, m *model.Model) *Txns {
	b := base{t, m}
	x := &Txns{newGrid(t, txnColumns(), txnRows{b}), m}
	x.SetEmptyFunc(x.why)
	x.sort.resort = x.resort
	return x
}

// resort shows the transactions in another order, from the first on; in that of their
// arrival the cursor stays where it is.
func (t *Txns) resort(by int, desc bool) {
	i, had := t.Current()
	l := t.model.List
	l.Sort(model.SortBy(by), desc)
	if had && !l.Sorted() {
		t.jump(l.Row(i))
		return
	}
	t.jump(0)
}

// Name implements Pane.
func (t *Txns) Name() string { return "Transactions" }

// Title implements Pane.
func (t *Txns) Title() Line {
	l := Line{{" " + view.Inert(t.model.List.Summary()), t.theme.Plain}}
	if by := t.SortedBy(); by != "" {
		l = append(l, Span{", " + by, t.theme.Plain})
	}
	if means := t.Meaning(); means != "" {
		l = append(l, Span{"  here: " + means, t.theme.Faint})
	}
	return l
}

// Current returns the transaction under the cursor, its index among all; false if there
// is none.
func (t *Txns) Current() (int, bool) {
	if t.at >= t.model.List.Len() {
		return 0, false
	}
	return t.model.List.At(t.at), true
}

// Open implements Pane.
func (t *Txns) Open() Goal { return Goal{To: ToDetail} }

// Find implements Pane. It finds what has been found so far: the model's search looks
// through all transactions in the background.
func (t *Txns) Find(_ string, back bool) bool {
	s := t.model.List.Searched()
	if s == nil {
		return false
	}
	if t.model.List.Sorted() {
		return t.nextSorted(s, back)
	}
	at, _ := t.Current()
	i, ok := t.next(s, at, back)
	if ok {
		t.GoTo(t.model.List.Row(i))
	}
	return ok
}

// next returns the next match after (or before) a transaction that is also shown; it
// starts over once all have been looked at.
func (t *Txns) next(s *model.Scan, at int, back bool) (int, bool) {
	limit := t.model.List.Limit()
	complete := s.Looked() >= limit // before what was found
	n := s.Below(limit)
	k, step := s.Place(at+1), 1
	if back {
		k, step = s.Place(at)-1, -1
	}
	for range n {
		if k >= n || k < 0 {
			if !complete {
				return 0, false
			}
			k = (k + n) % n
		}
		if i := s.Get(k); t.model.List.Shows(i) {
			return i, true
		}
		k += step
	}
	return 0, false
}

// nextSorted goes to the next match in the order on the screen, or to the one before.
func (t *Txns) nextSorted(s *model.Scan, back bool) bool {
	l := t.model.List
	row, ok := l.Next(t.at, back, s.Set(l.Limit()))
	if ok {
		t.GoTo(row)
	}
	return ok
}

// why returns what is shown where there are no transactions.
func (t *Txns) why() []string {
	switch l := t.model.List; {
	case l.Looking():
		return []string{"Looking …"}
	case l.Sorting():
		return []string{"Sorting …"}
	case l.Narrowed():
		if n, err := l.Failed(); n > 0 {
			return []string{fmt.Sprintf("No transaction matches; for %s of them the filter failed: %s", model.Number(n), view.Inert(err.Error())),
				"F shows all again, f changes the filter."}
		}
		return []string{"No transaction matches. F shows all again, f changes the filter."}
	case t.model.Conns() == 0:
		return nil
	}
	return []string{"No command yet."}
}

// txnRows are the transactions that are shown as rows.
type txnRows struct{ base }

func (t txnRows) Len() int { return t.model.List.Len() }

func (t txnRows) Cells(row int) []Span {
	m, th := t.model, t.theme
	i := m.List.At(row)
	r := m.Archive.Row(i)
	status, style := t.status(&r), th.Unsure
	switch {
	case status == statusHeld:
		style = th.Marked
	case r.Status != "":
		style = th.Status(r.Status)
	}
	ms, bar := "", ""
	if model.Timed(&r) {
		ms, bar = millis(r.Elapsed), timeBar(r.Elapsed)
	}
	finding, severity := th.Finding(m.Worst(&r))
	return []Span{
		{t.signs(i, &r), th.Marked},
		{m.Label(&r), th.Faint},
		{m.View.In(r.Time).Format("15:04:05.000"), th.Faint},
		{m.Request(i, &r), th.Plain},
		{status, style},
		{ms, th.Plain},
		{bar, style},
		{amount(r.Octets[0] + r.Octets[1]), th.Plain},
		{finding, severity},
	}
}

// timeBar returns a bar that grows by a step for each tenfold, from 0.1 ms to 1000 s:
// exchange times span as much.
func timeBar(d time.Duration) string {
	steps := 0
	half := false
	for limit := 100 * time.Microsecond; limit <= 100*time.Second && d >= limit; limit *= 10 {
		steps++
		half = d < 3*limit
	}
	steps = min(steps, 5)
	if steps == 0 {
		return "▏"
	}
	if half {
		return strings.Repeat("█", steps-1) + "▌"
	}
	return strings.Repeat("█", steps)
}
