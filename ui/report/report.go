// Package report is the self-contained HTML page: one file that shows recorded
// conversations and explains every word and byte of them.
//
//	p := report.New(report.Options{Title: "Monday's session"})
//	…                      // tell it what a decoder told: p is a print.Printer
//	err := p.Write(file)
//
// # The page
//
// Everything that was said stands in the page as text, in <details>, so it can be read,
// searched and printed without a script. What explains it (words, octets, trees, times)
// is data beside it, from which the script makes elements when an exchange is opened:
// so ten thousand exchanges open.
//
// # Rules
//
//   - Nothing is fetched: styles and script are in the page, and its content security
//     policy allows just these, by their hashes, and no request at all.
//   - Texts come inert and masked from ui/view, html/template escapes them, and the
//     script makes elements with textContent only. No attribute of an element carries
//     script or style.
//   - What is kept is bounded: MaxExchanges, MaxMessages of each, MaxOctets of a
//     message, MaxData in all. What is beyond is counted, and the page says so.
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
	// MaxExchanges is how many exchanges a page has.
	MaxExchanges = 20_000
	// MaxMessages is how many messages of an exchange it has.
	MaxMessages = 200
	// MaxOctets is how many octets of a message can be looked at.
	MaxOctets = 4 << 10
	// MaxData is how many octets of explanations it has, packed; exchanges after that
	// are shown, and not explained.
	MaxData = 64 << 20
	// MaxText is how many octets of lines are in it as text; exchanges after that have
	// theirs with their explanations, and nothing without a script.
	MaxText = 8 << 20
	// MaxSteps is how many steps each ladder has, of all connections together
	// MaxAllSteps.
	MaxSteps    = 1_000
	MaxAllSteps = 5_000
	// MaxFindings is how many findings it has.
	MaxFindings = 5_000
)

// Options are what a page is about.
type Options struct {
	view.Options
	Title  string // of the page
	Source string // where it comes from: file names; may be empty
	Hidden bool   // explanations are hidden at first, for a class to guess
	Made   string // by what: "imapscope 1.2"
}

// Page is a page that is being made. It is told as a print.Printer is, and written
// once at the end.
type Page struct {
	o      Options
	parser syntax.Parser
	packer packer
	byID   map[capture.ConnID]*conn // that are open
	conns  []*conn                  // that are shown

	strings   table
	senses    rows[[senseFields]int]
	labels    rows[[labelFields]int]
	terms     terms
	data      int // octets of explanations
	text      int // of lines
	exchanges int
	steps     int // of ladders, once they are written
	beyond    int // exchanges that are not in it
	bare      int // exchanges without explanations, or without all

	Findings []*finding
	unlisted int // findings beyond MaxFindings
}

// New is an empty page.
func New(o Options) *Page {
	return &Page{o: o, byID: make(map[capture.ConnID]*conn)}
}

// conn is a connection of the page.
type conn struct {
	capture.Conn
	K         int // its number; 0 as long as nothing of it is shown
	Ladder    *view.Ladder
	open      map[int]*exchange // transactions that are under way
	Exchanges []*exchange
	Alone     []*line // what stands outside any transaction
	Closed    string
	ended     time.Time     // of the transaction before
	longest   time.Duration // of an exchange
	Findings  int
}

// conn is the connection with an ID. A filter may hold back what it is until
// something of it is shown.
func (p *Page) conn(id capture.ConnID) *conn {
	c := p.byID[id]
	if c == nil {
		c = &conn{open: make(map[int]*exchange), Ladder: p.o.Ladder("", "")}
		p.byID[id] = c
	}
	return c
}

// Connection implements print.Printer.
func (p *Page) Connection(c capture.Conn) error {
	x := p.conn(c.ID)
	x.Conn = c
	x.Conn.Origin = filepath.Base(c.Origin) // folders are nobody's business
	if p.o.Source == "" {
		x.Conn.Origin = "" // nor are names of files
	}
	x.Ladder.Client, x.Ladder.Server = c.Client.String(), c.Server.String()
	p.conns = append(p.conns, x)
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
	c := p.conn(id)
	c.Ladder.Add(m)
	if len(c.Alone) < MaxMessages {
		l := p.line(m)
		l.Note = what
		c.Alone = append(c.Alone, l)
	}
	return nil
}

// Message implements print.Printer.
func (p *Page) Message(id capture.ConnID, m *decode.Message) {
	c := p.conn(id)
	c.Ladder.Add(m)
	x := c.open[m.Txn.N]
	if x == nil {
		x = &exchange{C: c, N: m.Txn.N}
		c.open[m.Txn.N] = x
	}
	p.message(x, m)
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
	c := p.conn(id)
	x := c.open[t.N]
	delete(c.open, t.N)
	if p.exchanges >= MaxExchanges {
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
	p.finish(x, t)
	c.Exchanges = append(c.Exchanges, x)
	return nil
}

// Resync implements print.Printer.
func (p *Page) Resync(id capture.ConnID, r *decode.Resync) error {
	p.conn(id).Ladder.Add(r)
	return nil
}

// Note implements print.Printer.
func (p *Page) Note(id capture.ConnID, t time.Time, text string) error {
	p.conn(id).Ladder.Add(&decode.Note{Time: t, Text: text})
	return nil
}

// Finding implements print.Printer.
func (p *Page) Finding(f *view.Finding, _ bool) error {
	if len(p.Findings) >= MaxFindings {
		p.unlisted++
		return nil
	}
	c := p.conn(f.Conn)
	c.Findings++
	p.Findings = append(p.Findings, &finding{Finding: *f, C: c})
	return nil
}

// Close implements print.Printer.
func (p *Page) Close(id capture.ConnID, e *decode.Closed) error {
	c := p.conn(id)
	c.Ladder.Add(e)
	c.Closed = view.Ending(e)
	delete(p.byID, id)
	return nil
}

// Empty reports whether the page has nothing to show.
func (p *Page) Empty() bool { return len(p.conns) == 0 }
