package contrast

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"time"

	"imapscope/capture"
)

// Options configures how a task is played.
type Options struct {
	// RoundTrip is the time that a byte takes to the server and one back.
	RoundTrip time.Duration
	// Bandwidth is the number of bits per second in each direction; 0 means that bytes take
	// no time.
	Bandwidth int
}

// A Recording is a task as it was played in one protocol. It is a capture.Source.
type Recording struct {
	Protocol *Protocol
	Facts    []capture.Event // in order; they own their Data
	Steps    []Range         // of facts: what happened in each step of the task
}

// A Range is facts From up to, but not including, To.
type Range struct{ From, To int }

// Run implements capture.Source.
func (r *Recording) Run(ctx context.Context, to capture.Sink) error {
	for i := range r.Facts {
		if err := ctx.Err(); err != nil {
			return err
		}
		fact := r.Facts[i]
		if err := to.Event(&fact); err != nil {
			return err
		}
	}
	return nil
}

// Play plays a task in one protocol.
func Play(t *Task, p *Protocol, o Options) (*Recording, error) {
	mail, err := inbox(t.Large)
	if err != nil {
		return nil, err
	}
	h, err := p.serve(mail)
	if err != nil {
		return nil, err
	}
	s := &scene{Recording: Recording{Protocol: p}, opts: o, host: h}
	// The day after the last of the sample mail.
	s.now = time.Date(1991, time.May, 13, 9, 0, 0, 0, time.UTC)
	for i := range t.Steps {
		from := len(s.Facts)
		if err := s.step(&t.Steps[i]); err != nil {
			return nil, fmt.Errorf("%s, %s, step %d: %w", t.Name, p.Name, i+1, err)
		}
		s.Steps = append(s.Steps, Range{from, len(s.Facts)})
	}
	for _, c := range s.clients {
		if c != nil && !c.gone {
			if err := s.leave(c); err != nil {
				return nil, err
			}
		}
	}
	return &s.Recording, nil
}

// scene is a task that is being played.
type scene struct {
	Recording
	opts    Options
	host    host
	now     time.Time
	clients [2]*client
}

// client is a client with its connection.
type client struct {
	capture.Conn
	conversation
	off      [2]int64 // bytes of each direction so far
	commands int
	gone     bool
}

// step plays a step.
func (s *scene) step(x *Step) error {
	if x.Deliver {
		if err := s.host.deliver(news()); err != nil {
			return err
		}
	}
	lines := x.Lines[s.Protocol.Name]
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].Together && lines[n].Client == lines[0].Client {
			n++
		}
		if err := s.send(lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// send sends lines together, and reports the answer.
func (s *scene) send(lines []Line) error {
	c := s.clients[lines[0].Client-1]
	if c == nil || c.gone {
		c = s.connect(lines[0].Client)
	}
	var out bytes.Buffer
	for _, l := range lines {
		out.WriteString(s.tag(c, l.Client) + l.Text + "\r\n")
	}
	s.data(c, capture.ClientToServer, out.Bytes())
	answer, more := c.Write(out.Bytes())
	if len(answer) == 0 {
		return fmt.Errorf("%q was not answered", lines[0].Text)
	}
	s.pass(len(out.Bytes()))
	s.pass(len(answer))
	s.data(c, capture.ServerToClient, answer)
	if !more {
		return s.leave(c)
	}
	return nil
}

// tag returns the next tag of a client, if its protocol has tags.
func (s *scene) tag(c *client, number int) string {
	if !s.Protocol.IMAP {
		return ""
	}
	c.commands++
	return fmt.Sprintf("%c%d ", 'a'+number-1, c.commands)
}

// connect opens a connection. The greeting arrives after two round trips: one is TCP's, and
// the server, which has heard of its end half a round trip later, greets then.
func (s *scene) connect(number int) *client {
	c := &client{}
	for _, e := range s.Facts {
		c.ID = max(c.ID, e.Conn)
	}
	c.ID++
	c.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(number)}), 49152+uint16(c.ID))
	c.Server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 143}), s.Protocol.Port)
	c.Start, c.Origin = s.now, s.Protocol.Name
	info := c.Conn
	s.add(capture.Event{Kind: capture.Opened, Conn: c.ID, Time: s.now, Info: &info})
	var greeting []byte
	c.conversation, greeting = s.host.open()
	s.now = s.now.Add(s.opts.RoundTrip)
	s.pass(0)
	s.pass(len(greeting))
	s.data(c, capture.ServerToClient, greeting)
	s.clients[number-1] = c
	return c
}

// pass lets the time pass that bytes need in one direction.
func (s *scene) pass(n int) {
	s.now = s.now.Add(s.opts.RoundTrip / 2)
	if s.opts.Bandwidth > 0 {
		s.now = s.now.Add(time.Duration(float64(n) * 8 / float64(s.opts.Bandwidth) * float64(time.Second)))
	}
}

// data adds bytes to the recording.
func (s *scene) data(c *client, dir capture.Direction, b []byte) {
	s.add(capture.Event{Kind: capture.Data, Conn: c.ID, Dir: dir, Time: s.now, Off: c.off[dir], Data: bytes.Clone(b)})
	c.off[dir] += int64(len(b))
}

func (s *scene) add(e capture.Event) { s.Facts = append(s.Facts, e) }

// leave ends a connection.
func (s *scene) leave(c *client) error {
	c.gone = true
	for _, dir := range [...]capture.Direction{capture.ServerToClient, capture.ClientToServer} {
		s.add(capture.Event{Kind: capture.HalfClosed, Conn: c.ID, Dir: dir, Time: s.now, Cause: capture.FIN})
	}
	s.add(capture.Event{Kind: capture.Closed, Conn: c.ID, Time: s.now, Cause: capture.FIN})
	return c.Close()
}
