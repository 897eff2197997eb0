// Package report writes a self-contained HTML page that shows recorded conversations and
// explains every word and byte of them.
//
//	p := report.New(report.Options{Title: "Monday's session"})
//	…                      // feed it: p is a print.Printer
//	err := p.Write(file)
//
// # The page
//
// The whole conversation is in the page as text, with what its lines mean and each word
// explained where it is first used, so it can be read and printed without a script. What is
// known of every word (bytes, trees, times) is data, from which the script makes elements when
// an exchange is opened. Exchanges after the first fifty are packed in blocks, which the
// script unfolds as they come into view, so a page of ten thousand exchanges loads.
//
// # Rules
//
//   - Nothing is fetched: styles and script are in the page, and its content security
//     policy allows just these, by their hashes, and no request at all.
//   - Texts from ui/view are inert and masked, html/template escapes them, and the
//     script makes elements with textContent only, or of a block, which html/template
//     escaped. No attribute of an element has script or style.
//   - The story comes first: what happened in three sentences, why something went wrong
//     (Why), then the conversations, with findings at their exchanges.
//   - What is kept is bounded: MaxExchanges, MaxMessages of each, MaxBytes of a
//     message, MaxData in total. What exceeds a bound is counted, and the page says so.
package report

import (
	"path/filepath"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// Bounds of a page.
const (
	// MaxExchanges is the maximum number of exchanges on a page.
	MaxExchanges = 20_000
	// MaxConns is the maximum number of connections on a page. Those without anything to
	// show are counted only.
	MaxConns = 10_000
	// MaxMessages is the maximum number of messages of an exchange.
	MaxMessages = 200
	// MaxBytes is the maximum number of bytes shown of a message.
	MaxBytes = 4 << 10
	// MaxData is the maximum size of the explanations, packed, in bytes; exchanges after
	// shown connections but not explained.
	MaxData = 64 << 20
	// MaxText is the maximum size of the lines as text, in bytes; exchanges after that have
	// their lines in their explanations, and show nothing without a script.
	MaxText = 16 << 20
	// MaxSteps is the maximum number of steps of each ladder, MaxAllSteps of all ladders
	// together.
	MaxSteps    = 1_000
	MaxAllSteps = 5_000
	// MaxFindings is the maximum number of findings.
	MaxFindings = 5_000
)

// Options configure a page.
type Options struct {
	view.Options
	Title  string // of the page; if empty, it says who talked with whom
	Source string // the source: file names; may be empty
	Hidden bool   // hide explanations at first, for a class to guess
	Made   string // the program: "imapscope 1.2"
}

// Page is a page that is being made. It is fed as a print.Printer, and written once at the
// end.
type Page struct {
	o Options

	goroutines int // that make it: see Feed
	parser     syntax.Parser
	now        prepared                 // the message that is added
	packer     packer                   // of exchanges
	byID       map[capture.ConnID]*conn // open connections
	conns      []*conn                  // shown connections
	empty      int                      // connections without anything to show
	more       int                      // connections beyond MaxConns

	strings   table
	senses    rows[[senseFields]int]
	labels    rows[[labelFields]int]
	terms     terms
	worded    map[int]bool // senses that are explained as text
	story     story
	data      int // bytes of explanations
	text      int // of lines
	exchanges int
	steps     int // of all ladders written so far
	beyond    int // exchanges beyond MaxExchanges
	bare      int // exchanges without complete explanations

	Findings []*finding
	unlisted int // findings beyond MaxFindings

	why      *view.Causes // nil: it was not looked for
	filtered bool
}

// New returns an empty page.
func New(o Options) *Page {
	o.Title, o.Source = view.Inert(o.Title), view.Inert(o.Source)
	return &Page{o: o, goroutines: 1, byID: make(map[capture.ConnID]*conn)}
}

// conn is a connection on the page.
type conn struct {
	capture.Conn
	K         int  // its number; 0 while nothing of it is shown
	listed    bool // it is on the page
	beyond    bool // it is not, because of MaxConns
	Ladder    *view.Ladder
	open      map[int]*exchange // transactions in progress
	Exchanges []*exchange
	Alone     []*line // messages outside any transaction
	Closed    string
	ended     time.Time     // of the previous transaction
	longest   time.Duration // of an exchange
	Findings  int
	Logins    view.Logins
	Leg       capture.Leg // of a proxy that changed something
	Packed    bool        // all of it is in one block
	General   []*finding  // findings outside any exchange on the page
}

// conn returns the connection with an ID. A filter may withhold its details until
// something of it is shown.
func (p *Page) conn(id capture.ConnID) *conn {
	c := p.byID[id]
	if c == nil {
		c = &conn{Ladder: p.o.Ladder("", "")}
		p.byID[id] = c
	}
	return c
}

// shown returns the connection with an ID, which has something to show, and puts it on the
// page. It reports false if there are too many already.
func (p *Page) shown(id capture.ConnID) (*conn, bool) {
	c := p.conn(id)
	switch {
	case c.listed || c.beyond:
	case len(p.conns) >= MaxConns:
		c.beyond = true
		p.more++
	default:
		c.listed = true
		p.conns = append(p.conns, c)
	}
	return c, c.listed
}

// Connection implements print.Printer.
func (p *Page) Connection(c capture.Conn) error {
	x := p.conn(c.ID)
	x.Conn = c
	x.Conn.Origin = filepath.Base(c.Origin) // folders are private
	if p.o.Source == "" {
		x.Conn.Origin = "" // and so are file names
	}
	x.Ladder.Client, x.Ladder.Server = c.Client.String(), c.Server.String()
	x.K = int(c.ID)
	return nil
}

// Greeting implements print.Printer.
func (p *Page) Greeting(id capture.ConnID, m *decode.Message) error {
	return p.alone(id, m, "greeting")
}

// Unsolicited implements print.Printer.
func (p *Page) Unsolicited(id capture.ConnID, m *decode.Message) error {
	return p.alone(id, m, "outside any command")
}

// Junk implements print.Printer.
func (p *Page) Junk(id capture.ConnID, m *decode.Message) error {
	if m.Dir == capture.ClientToServer {
		return p.alone(id, m, "not a request")
	}
	return p.alone(id, m, "not a response")
}

func (p *Page) alone(id capture.ConnID, m *decode.Message, what string) error {
	c, ok := p.shown(id)
	if !ok {
		return nil
	}
	c.Ladder.Add(m)
	if len(c.Alone) < MaxMessages {
		l := newLine(p.o.Options, m)
		l.Note = what
		c.Alone = append(c.Alone, l)
	}
	return nil
}

// Message implements print.Printer.
func (p *Page) Message(id capture.ConnID, m *decode.Message) { p.prepared(id, m, nil) }

// prepared adds a message that was prepared, unless q is nil.
func (p *Page) prepared(id capture.ConnID, m *decode.Message, q *prepared) {
	c := p.conn(id)
	if c.beyond {
		return
	}
	c.Ladder.Add(m)
	x := c.open[m.Txn.N]
	if x == nil {
		x = &exchange{C: c, N: m.Txn.N}
		if c.open == nil {
			c.open = make(map[int]*exchange)
		}
		c.open[m.Txn.N] = x
	}
	p.message(x, m, q)
}

// Drop implements print.Printer.
func (p *Page) Drop(id capture.ConnID, t *decode.Transaction) {
	c := p.conn(id)
	if x := c.open[t.N]; x != nil {
		p.data -= len(x.explained)
		for _, l := range x.Lines {
			p.text -= len(l.Text)
		}
		delete(c.open, t.N)
	}
}

// Transaction implements print.Printer.
func (p *Page) Transaction(id capture.ConnID, t *decode.Transaction) error {
	c, ok := p.shown(id)
	x := c.open[t.N]
	delete(c.open, t.N)
	if !ok || p.exchanges >= MaxExchanges {
		p.beyond++
		return nil
	}
	p.exchanges++
	if x == nil {
		x = &exchange{C: c, N: t.N}
	}
	if t.Outcome == decode.Abandoned {
		c.Ladder.Add(t)
	}
	c.Logins.Add(t, p.o.Options)
	c.Leg = t.Leg
	p.finish(x, t)
	c.Exchanges = append(c.Exchanges, x)
	return nil
}

// Resync implements print.Printer.
func (p *Page) Resync(id capture.ConnID, r *decode.Resync) error {
	if c, ok := p.shown(id); ok {
		c.Ladder.Add(r)
	}
	return nil
}

// Layer implements print.Printer.
func (p *Page) Layer(id capture.ConnID, e decode.Event) error {
	if c, ok := p.shown(id); ok {
		c.Ladder.Add(e)
	}
	return nil
}

// Note implements print.Printer.
func (p *Page) Note(id capture.ConnID, t time.Time, text string) error {
	if c, ok := p.shown(id); ok {
		c.Ladder.Add(&decode.Note{Time: t, Text: text})
	}
	return nil
}

// Finding implements print.Printer.
func (p *Page) Finding(f *view.Finding, _ bool) error {
	if len(p.Findings) >= MaxFindings {
		p.unlisted++
		return nil
	}
	c, ok := p.shown(f.Conn)
	if !ok {
		p.unlisted++
		return nil
	}
	c.Findings++
	p.Findings = append(p.Findings, &finding{Finding: *f, C: c})
	return nil
}

// Close implements print.Printer.
func (p *Page) Close(id capture.ConnID, e *decode.Closed) error {
	c := p.conn(id)
	delete(p.byID, id)
	switch {
	case c.listed:
		c.Ladder.Add(e)
		c.Closed, c.Leg = view.Ending(e), e.Leg
	case !c.beyond:
		p.empty++
	}
	return nil
}

// Empty reports whether the page has nothing to show.
func (p *Page) Empty() bool { return len(p.conns)+p.empty == 0 }
