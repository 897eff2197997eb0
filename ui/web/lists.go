package web

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/ui/inspect/model"
)

// maxLists is how many lists are kept: those that browsers ask for most recently. A list has a
// reader, and four bytes for each match.
const maxLists = 16

// lists are the transactions that match something. Browsers that show the same share one.
type lists struct {
	new func() *model.Model

	mu     sync.Mutex
	recent []*list // most recently used last
}

// list is some of the transactions.
type list struct {
	of    of
	mu    sync.Mutex
	model *model.Model // its List, unless the list is ruled
	ruled *ruled
}

// listing is what is in a list.
type listing interface {
	Len() int
	At(row int) (i int)
	Row(i int) (row int)
	Shows(i int) bool
	Limit() int
	Looked() int
	Looking() bool
	Failed() (int, error)
}

// of says what is in a list.
type of struct {
	filter string
	and    string         // conditions that hold too, each on a line
	conn   capture.ConnID // 0: any
	rule   string         // of which there is a finding; empty: any or none
}

// compile returns the filter, nil if it matches everything.
func (o of) compile() (*filter.Filter, error) {
	var f *filter.Filter
	for _, expr := range append(strings.Split(o.and, "\n"), o.filter) {
		if expr == "" {
			continue
		}
		g, err := filter.Compile(expr)
		if err != nil {
			return nil, err
		}
		f = f.And(g)
	}
	return f, nil
}

// get returns a list. The error is the filter's.
func (l *lists) get(o of) (*list, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.recent, func(x *list) bool { return x.of == o }); i >= 0 {
		x := l.recent[i]
		l.recent = append(slices.Delete(l.recent, i, i+1), x)
		return x, nil
	}
	f, err := o.compile()
	if err != nil {
		return nil, err
	}
	x := &list{of: o, model: l.new()}
	if o.rule != "" {
		x.ruled = newRuled(x.model, o, f)
	} else {
		x.model.List.Narrow(o.filter, f, o.conn)
	}
	if len(l.recent) == maxLists {
		l.recent[0].stop()
		l.recent = slices.Delete(l.recent, 0, 1)
	}
	l.recent = append(l.recent, x)
	return x, nil
}

// search returns the list of all transactions that contain a text.
func (l *lists) search(text string) (*list, error) { return l.get(of{filter: strconv.Quote(text)}) }

// stop ends all scans.
func (l *lists) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.recent {
		x.stop()
	}
	l.recent = nil
}

// stop ends the scan. The list gets no more matches.
func (x *list) stop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.model.List.Stop()
}

// use calls f with the list, which includes all that has arrived.
func (x *list) use(f func(listing)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ruled != nil {
		x.ruled.extend()
		f(x.ruled)
		return
	}
	x.model.List.Extend()
	f(x.model.List)
}
