package compare

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples/contrast"
	"imapscope/ui/view"
)

// Options configure a comparison.
type Options struct {
	contrast.Options
	Shown view.Options
}

// A Comparison is a task in several protocols.
type Comparison struct {
	Task    *contrast.Task
	Options Options
	Columns []Column
}

// A Column is the task in one protocol.
type Column struct {
	Protocol *contrast.Protocol
	Steps    []Side // as many as the task has
	Total    contrast.Cost
}

// A Side is a step in one protocol.
type Side struct {
	Exchanges []Exchange
	Cost      contrast.Cost
}

// An Exchange is what a client sent without waiting, and what it got for that. The texts are
// inert.
type Exchange struct {
	Client   int // 1 or 2
	Sent     []string
	Received []string
	More     int // lines before the last one of Received that are not shown
	Alike    int // exchanges of the same command after this one that are not shown
}

const (
	shownLines     = 4 // of an answer, the last one included
	shownExchanges = 2 // of the same command, if there are more of them than three
)

// Play plays a task in several protocols.
func Play(t *contrast.Task, protocols []*contrast.Protocol, o Options) (*Comparison, error) {
	c := &Comparison{Task: t, Options: o}
	for _, p := range protocols {
		r, err := contrast.Play(t, p, o.Options)
		if err != nil {
			return nil, err
		}
		column, err := read(r, o)
		if err != nil {
			return nil, err
		}
		c.Columns = append(c.Columns, column)
	}
	return c, nil
}

// Why returns the reasons of a step that matter for the protocols that are compared.
func (c *Comparison) Why(step int) []contrast.Reason {
	var out []contrast.Reason
	for _, r := range c.Task.Steps[step].Why {
		if r.Of == "" || slices.ContainsFunc(c.Columns, func(x Column) bool { return x.Protocol.Name == r.Of }) {
			out = append(out, r)
		}
	}
	return out
}

// read decodes a recording.
func read(r *contrast.Recording, o Options) (Column, error) {
	c := Column{Protocol: r.Protocol, Total: r.Total()}
	d := &reader{shown: o.Shown}
	to := capture.Sink(d)
	if r.Protocol.IMAP {
		to = decode.NewDemux(decode.Options{}, d)
	}
	for _, s := range r.Steps {
		d.exchanges = nil
		part := contrast.Recording{Facts: r.Facts[s.From:s.To]}
		if err := part.Run(context.Background(), to); err != nil {
			return c, err
		}
		side := Side{Exchanges: without(d.exchanges, r.Protocol), Cost: r.Cost(s)}
		for i := range side.Exchanges {
			side.Exchanges[i].elide()
		}
		c.Steps = append(c.Steps, side)
	}
	return c, nil
}

// without leaves out exchanges of one command after the first ones of them.
func without(list []Exchange, p *contrast.Protocol) []Exchange {
	var out []Exchange
	for len(list) > 0 {
		n := 1
		for n < len(list) && p.Command(list[n].first()) == p.Command(list[0].first()) {
			n++
		}
		shown := n
		if n > shownExchanges+1 {
			shown = shownExchanges
		}
		out = append(out, list[:shown]...)
		out[len(out)-1].Alike = n - shown
		list = list[n:]
	}
	return out
}

// first returns the first line that was sent.
func (x *Exchange) first() string {
	if len(x.Sent) == 0 {
		return ""
	}
	return x.Sent[0]
}

// elide leaves out lines from the middle of a long answer.
func (x *Exchange) elide() {
	if n := len(x.Received); n > shownLines+1 {
		x.More = n - shownLines
		x.Received = append(x.Received[:shownLines-1:shownLines-1], x.Received[n-1])
	}
}

// reader gathers the lines of a recording. It is a decode.Handler for IMAP, and a capture.Sink
// for POP3.
type reader struct {
	shown     view.Options
	exchanges []Exchange
	clients   map[capture.ConnID]int
}

// Open implements decode.Handler.
func (d *reader) Open(c capture.Conn) error {
	d.connected(&c)
	return nil
}

// connected notes which client a connection is of: the last byte of its address.
func (d *reader) connected(c *capture.Conn) {
	if d.clients == nil {
		d.clients = make(map[capture.ConnID]int)
	}
	a := c.Client.Addr().As4()
	d.clients[c.ID] = int(a[3])
}

// Events implements decode.Handler.
func (d *reader) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if m, ok := e.(*decode.Message); ok {
			d.line(id, m.Dir, strings.TrimSpace(d.shown.Line(m).Text))
		}
	}
	return nil
}

// Event implements capture.Sink.
func (d *reader) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		d.connected(e.Info)
	case capture.Data:
		for line := range bytes.Lines(e.Data) {
			d.line(e.Conn, e.Dir, d.plain(e.Dir, bytes.TrimRight(line, "\r\n")))
		}
	}
	return nil
}

// plain returns a line of POP3, its password masked.
func (d *reader) plain(dir capture.Direction, line []byte) string {
	command, argument, _ := bytes.Cut(line, []byte(" "))
	if dir == capture.ClientToServer && contrast.HasPassword(command) && len(argument) > 0 && !d.shown.ShowSecrets {
		return view.Inert(command) + " " + view.Mask
	}
	return view.Inert(line)
}

// line adds a line to the exchange that it belongs to.
func (d *reader) line(id capture.ConnID, dir capture.Direction, text string) {
	n := len(d.exchanges)
	if n == 0 || d.exchanges[n-1].Client != d.clients[id] || dir == capture.ClientToServer && len(d.exchanges[n-1].Received) > 0 {
		d.exchanges = append(d.exchanges, Exchange{Client: d.clients[id]})
		n++
	}
	x := &d.exchanges[n-1]
	if dir == capture.ClientToServer {
		x.Sent = append(x.Sent, text)
	} else {
		x.Received = append(x.Received, text)
	}
}

// Clients returns how many clients the task has.
func (c *Comparison) Clients() int {
	n := 1
	for i := range c.Columns {
		for k := range c.Columns[i].Steps {
			for _, x := range c.Columns[i].Steps[k].Exchanges {
				n = max(n, x.Client)
			}
		}
	}
	return n
}

// Clock says what the times of a comparison are made of.
func (o Options) Clock() string {
	if o.Bandwidth == 0 {
		return fmt.Sprintf("Time is computed: round trips × %s. Servers and bytes take none.", span(o.RoundTrip))
	}
	return fmt.Sprintf("Time is computed: round trips × %s, and bytes × 8 ÷ %s bits per second. Servers take none.",
		span(o.RoundTrip), thousands(int64(o.Bandwidth)))
}

// span returns a time for reading.
func span(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// thousands returns a number with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted returns a number of things for reading: "1 byte", "4,181 bytes".
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}
