package stage

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples/server"
)

// An actor is a client in the play, with its session at the server.
type actor struct {
	*Stage
	Client
	server  *server.Server
	session *server.Session

	id  capture.ConnID
	off [2]int64 // bytes of each side so far

	next, part int             // the next command and part to send
	follow     *decode.Decoder // what was sent and heard
	greeting   bool            // waiting for the greeting
	waiting    int             // number of commands whose responses the client waits for
	since      time.Time       // it no longer waits for those of the commands before
	ready      bool            // waiting for "+"
	turn       int             // number of sends: a timeout applies to one turn only
	heard      time.Duration
	free       time.Duration // when the server is free again
	sending    bool          // the next command is about to be sent
	gone       bool
}

func newActor(s *Stage, to *server.Server, c *Client) *actor {
	return &actor{Stage: s, Client: *c, server: to, session: to.NewSession(), follow: decode.New(decode.Options{})}
}

// connect opens the connection; the server greets.
func (a *actor) connect() error {
	a.opened++
	a.id = a.opened
	c := capture.Conn{ID: a.id, Client: a.Addr, Server: a.Client.Server, Start: a.Now()}
	if err := a.report(capture.Event{Kind: capture.Opened, Conn: a.id, Time: c.Start, Info: &c}); err != nil {
		return err
	}
	if err := a.session.Misbehave(a.Quirks...); err != nil {
		return err
	}
	a.greeting = true
	a.free = a.now + a.about(a.opts.RoundTrip/2)
	if err := a.answer(a.session.Greeting(), &Command{}, a.arrival(0), true); err != nil {
		return err
	}
	if len(a.Commands) > 0 && a.Commands[0].Together {
		a.giveUp()
		a.at(a.now+a.about(a.opts.RoundTrip/2), a.send)
		return nil
	}
	a.wait()
	return nil
}

// arrival returns when an answer that the server starts now, and that takes d longer than usual,
// reaches the client.
func (a *actor) arrival(d time.Duration) time.Duration {
	a.free = max(a.free, a.now) + a.about(a.opts.Think) + d
	return a.free + a.about(a.opts.RoundTrip/2)
}

// wait schedules the end of the client's patience.
func (a *actor) wait() {
	turn := a.turn
	a.at(a.now+a.opts.Patience, func() error {
		if turn != a.turn || a.gone {
			return nil
		}
		if !a.ready {
			a.giveUp()
		}
		a.ready = false
		return a.proceed()
	})
}

// giveUp stops waiting for the responses to what has been sent.
func (a *actor) giveUp() { a.greeting, a.waiting, a.since = false, 0, a.Now().Add(1) }

// proceed schedules the next send of the client.
func (a *actor) proceed() error {
	if a.sending {
		return nil
	}
	a.turn++
	a.sending = true
	pause := a.opts.RoundTrip / 8 // a literal follows almost immediately
	if a.part == 0 {
		pause = a.opts.Pause
		if a.next < len(a.Commands) {
			pause += a.Commands[a.next].Pause
		}
	}
	a.at(a.now+a.about(pause), a.send)
	return nil
}

// send sends one command, or a part of it, and everything that is sent together with it.
func (a *actor) send() error {
	a.sending = false
	if a.gone {
		return nil
	}
	if a.next == len(a.Commands) {
		return a.leave()
	}
	type piece struct {
		octets []byte
		c      *Command
		first  bool
	}
	var all []byte
	var pieces []piece
	for {
		c := &a.Commands[a.next]
		if a.part == 0 {
			for _, d := range c.Deliver {
				if err := a.server.Deliver(d.User, d.Mbox); err != nil {
					return fmt.Errorf("line %d: %w", c.Line, err)
				}
			}
			a.waiting++
		}
		p := c.Parts[a.part]
		pieces = append(pieces, piece{p.Octets, c, a.part == 0})
		all = append(all, p.Octets...)
		if a.part++; a.part < len(c.Parts) {
			if c.Parts[a.part].Ready {
				a.ready = true
				break
			}
			continue
		}
		a.part = 0
		if a.next++; a.next == len(a.Commands) || !a.Commands[a.next].Together {
			break
		}
	}
	a.turn++
	if err := a.request(all, &pieces[0].c.Trouble); err != nil {
		return err
	}
	there := a.now + a.opts.RoundTrip/2
	for _, p := range pieces {
		a.at(there, func() error { return a.arrive(p.octets, p.c, p.first) })
	}
	a.wait()
	return nil
}

// request reports to the sink what the client sends.
func (a *actor) request(b []byte, t *Trouble) error {
	off := a.off[capture.ClientToServer]
	a.follow.Write(capture.ClientToServer, a.Now(), b)
	if err := a.data(capture.ClientToServer, b, t.LoseRequest); err != nil || t.Again == 0 {
		return err
	}
	a.at(a.now+t.Again, func() error {
		return a.report(capture.Event{
			Kind: capture.Again, Conn: a.id, Dir: capture.ClientToServer, Time: a.Now(), Off: off, N: int64(len(b)),
		})
	})
	return nil
}

// data reports bytes, of which a Stretch may be lost.
func (a *actor) data(dir capture.Direction, b []byte, lost Stretch) error {
	e := capture.Event{Kind: capture.Data, Conn: a.id, Dir: dir, Time: a.Now(), Off: a.off[dir], Data: b}
	a.off[dir] += int64(len(b))
	from := min(lost.From, len(b))
	n := min(lost.N, len(b)-from)
	if n <= 0 {
		return a.report(e)
	}
	if from > 0 {
		e.Data = b[:from]
		if err := a.report(e); err != nil {
			return err
		}
	}
	e.Off += int64(from)
	gap := e
	gap.Kind, gap.N, gap.Data = capture.Gap, int64(n), nil
	if err := a.report(gap); err != nil || from+n == len(b) {
		return err
	}
	e.Off, e.Data = e.Off+int64(n), b[from+n:]
	return a.report(e)
}

// arrive schedules the arrival of bytes of a command at the server.
func (a *actor) arrive(b []byte, c *Command, first bool) error {
	if a.gone {
		return nil
	}
	if first {
		if err := a.session.Misbehave(slices.Concat(a.Quirks, c.Quirks)...); err != nil {
			return err
		}
	}
	answer, more := a.session.Write(b)
	slow := c.Slow
	if bytes.HasPrefix(answer, []byte("+")) {
		slow = 0
	}
	return a.answer(answer, c, a.arrival(slow), more)
}

// answer schedules the arrival of an answer at the client at t. If more is false, the server
// closes after it.
func (a *actor) answer(b []byte, c *Command, t time.Duration, more bool) error {
	a.heard = max(a.heard+1, t) // in order
	a.at(a.heard, func() error {
		if a.gone {
			return nil
		}
		cut := c.Trouble.Cut
		if cut > 0 && cut < len(b) {
			b, more = b[:cut], false
		}
		if len(b) > 0 {
			if err := a.data(capture.ServerToClient, b, c.Trouble.LoseAnswer); err != nil {
				return err
			}
		}
		if !more {
			return a.closed()
		}
		if a.hear(b) {
			return a.proceed()
		}
		return nil
	})
	return nil
}

// hear processes an answer in the client. It reports whether the client goes on.
func (a *actor) hear(b []byte) bool {
	waited := a.waits()
	literal := false // it was requested
	for _, e := range a.follow.Write(capture.ServerToClient, a.Now(), b) {
		switch e := e.(type) {
		case *decode.Message:
			literal = literal || a.ready && e.Kind == decode.Ready
			a.greeting = a.greeting && e.Kind != decode.Greeting
			a.ready = a.ready && e.Kind != decode.Ready
		case *decode.Transaction:
			a.answered(e)
		}
	}
	return literal || waited && !a.waits()
}

// waits reports whether the client waits for something.
func (a *actor) waits() bool { return a.greeting || a.waiting > 0 || a.ready }

// answered processes the response to a command. Orphans answer none.
func (a *actor) answered(t *decode.Transaction) {
	if t.Outcome == decode.Orphan || t.Time.Before(a.since) {
		return
	}
	a.waiting = max(a.waiting-1, 0)
	if a.ready && t.Tag == a.Commands[a.next].Tag {
		a.ready, a.part = false, 0 // the literal was refused
		a.next++
	}
}

// closed ends a connection that the server closes.
func (a *actor) closed() error {
	a.gone = true
	if err := a.end(capture.ServerToClient, capture.FIN); err != nil {
		return err
	}
	a.at(a.now+a.about(a.opts.RoundTrip/8), func() error {
		if err := a.end(capture.ClientToServer, capture.FIN); err != nil {
			return err
		}
		return a.close(capture.FIN)
	})
	return nil
}

// leave ends a connection without LOGOUT.
func (a *actor) leave() error {
	a.gone = true
	a.at(a.now+a.Linger, func() error {
		switch a.End {
		case Reset:
			if err := a.end(capture.ClientToServer, capture.RST); err != nil {
				return err
			}
			return a.close(capture.RST)
		case Vanish:
			return a.close(capture.EndOfCapture)
		}
		for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
			if err := a.end(dir, capture.FIN); err != nil {
				return err
			}
		}
		return a.close(capture.FIN)
	})
	return nil
}

// end reports that one side ended its direction.
func (a *actor) end(dir capture.Direction, cause capture.Cause) error {
	return a.report(capture.Event{Kind: capture.HalfClosed, Conn: a.id, Dir: dir, Time: a.Now(), Cause: cause})
}

// close reports the end of the connection.
func (a *actor) close(cause capture.Cause) error {
	return a.report(capture.Event{Kind: capture.Closed, Conn: a.id, Time: a.Now(), Cause: cause})
}
