package report

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// Feed is a print.Printer that passes everything on to a Page from a goroutine of its own. What
// messages show by themselves, which takes most of the time, several goroutines prepare; the page
// is the same.
//
//	decode ─> Feed ─> load ─┬─> prepare ─┬─> Page
//	                        └─> prepare ─┘
type Feed struct {
	page    *Page
	parsers []syntax.Parser // one of each goroutine
	slots   []prepared      // of the messages of a load
	loads   chan *load
	fill    *load
	done    chan struct{}
}

// load is calls for a Page, and the messages that they need prepared. What they need is copies.
type load struct {
	calls    []func(*Page)
	messages []*decode.Message
	bytes    int // of the messages, and of the transactions' requests
}

// The most that is in a load, and how many loads wait for the page.
const (
	loadMessages = 512
	loadCalls    = 2048
	loadBytes    = 1 << 20
	loadsWaiting = 2
)

// NewFeed returns a Feed of a Page with n goroutines that prepare messages, and later pack what is
// written. Stop must be called once, before the Page is used otherwise.
func NewFeed(p *Page, n int) *Feed {
	p.goroutines = max(n, 1)
	f := &Feed{
		page: p, parsers: make([]syntax.Parser, p.goroutines), slots: make([]prepared, loadMessages),
		loads: make(chan *load, loadsWaiting), fill: new(load), done: make(chan struct{}),
	}
	go f.deliver()
	return f
}

// Stop waits until the page has everything.
func (f *Feed) Stop() {
	f.loads <- f.fill
	close(f.loads)
	<-f.done
}

// call adds a call.
func (f *Feed) call(do func(*Page)) {
	l := f.fill
	l.calls = append(l.calls, do)
	if len(l.messages) == loadMessages || len(l.calls) >= loadCalls || l.bytes >= loadBytes {
		f.loads <- l
		f.fill = new(load)
	}
}

// deliver makes the calls.
func (f *Feed) deliver() {
	defer close(f.done)
	for l := range f.loads {
		f.prepare(l.messages)
		for _, do := range l.calls {
			do(f.page)
		}
	}
}

// prepare prepares messages in the slots with their numbers.
func (f *Feed) prepare(messages []*decode.Message) {
	explain := f.page.hasRoom()
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range f.parsers {
		parser := &f.parsers[i]
		all.Go(func() {
			for at := next.Add(1) - 1; int(at) < len(messages); at = next.Add(1) - 1 {
				q := &f.slots[at]
				q.prepare(f.page.o.Options, parser, messages[at], explain)
				q.root = nil // of another message soon
			}
		})
	}
	all.Wait()
}

// copied returns a copy of a message that stays, with what is known of its transaction now.
func (f *Feed) copied(m *decode.Message) *decode.Message {
	c := m.Clone()
	if m.Txn != nil {
		t := *m.Txn
		c.Txn = &t
	}
	f.fill.bytes += len(c.Raw)
	return c
}

// Connection implements print.Printer.
func (f *Feed) Connection(c capture.Conn) error {
	f.call(func(p *Page) { _ = p.Connection(c) }) // no method of a Page fails
	return nil
}

// Greeting implements print.Printer.
func (f *Feed) Greeting(id capture.ConnID, m *decode.Message) error {
	m = f.copied(m)
	f.call(func(p *Page) { _ = p.Greeting(id, m) })
	return nil
}

// Message implements print.Printer.
func (f *Feed) Message(id capture.ConnID, m *decode.Message) {
	m = f.copied(m)
	slot := &f.slots[len(f.fill.messages)]
	f.fill.messages = append(f.fill.messages, m)
	f.call(func(p *Page) { p.prepared(id, m, slot) })
}

// Transaction implements print.Printer.
func (f *Feed) Transaction(id capture.ConnID, t *decode.Transaction) error {
	t = t.Clone()
	f.fill.bytes += len(t.Request.Raw)
	f.call(func(p *Page) { _ = p.Transaction(id, t) })
	return nil
}

// Drop implements print.Printer.
func (f *Feed) Drop(id capture.ConnID, t *decode.Transaction) {
	dropped := &decode.Transaction{N: t.N} // all that a Page looks at
	f.call(func(p *Page) { p.Drop(id, dropped) })
}

// Unsolicited implements print.Printer.
func (f *Feed) Unsolicited(id capture.ConnID, m *decode.Message) error {
	m = f.copied(m)
	f.call(func(p *Page) { _ = p.Unsolicited(id, m) })
	return nil
}

// Junk implements print.Printer.
func (f *Feed) Junk(id capture.ConnID, m *decode.Message) error {
	m = f.copied(m)
	f.call(func(p *Page) { _ = p.Junk(id, m) })
	return nil
}

// Resync implements print.Printer.
func (f *Feed) Resync(id capture.ConnID, r *decode.Resync) error {
	c := *r
	f.call(func(p *Page) { _ = p.Resync(id, &c) })
	return nil
}

// Layer implements print.Printer.
func (f *Feed) Layer(id capture.ConnID, e decode.Event) error {
	switch x := e.(type) {
	case *decode.Upgrade:
		c := *x
		e = &c
	case *decode.Secured:
		c := *x
		e = &c
	case *decode.Dark:
		c := *x
		e = &c
	}
	f.call(func(p *Page) { _ = p.Layer(id, e) })
	return nil
}

// Note implements print.Printer.
func (f *Feed) Note(id capture.ConnID, t time.Time, text string) error {
	f.call(func(p *Page) { _ = p.Note(id, t, text) })
	return nil
}

// Finding implements print.Printer.
func (f *Feed) Finding(x *view.Finding, here bool) error {
	c := *x
	f.call(func(p *Page) { _ = p.Finding(&c, here) })
	return nil
}

// Close implements print.Printer.
func (f *Feed) Close(id capture.ConnID, e *decode.Closed) error {
	c := *e
	c.Layers = slices.Clone(e.Layers)
	f.call(func(p *Page) { _ = p.Close(id, &c) })
	return nil
}
