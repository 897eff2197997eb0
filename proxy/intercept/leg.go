package intercept

import (
	"bytes"
	"time"

	"imapscope/capture"
	"imapscope/proxy"
)

// maxHistory is how many bytes of the server's leg are kept until it is reported.
const maxHistory = 1 << 20

// leg is the server's leg. It is reported once anything was changed, from its beginning as far
// as that was kept.
type leg struct {
	link    *proxy.Link
	past    []capture.Event // until it is reported
	size    int             // bytes of past
	partial bool            // the beginning of past is missing
	to      *proxy.Leg      // nil: it is not reported
}

func (g *leg) init(l *proxy.Link) { g.link = l }

// report reports a fact of the leg, or keeps it.
func (g *leg) report(e capture.Event) {
	if g.to != nil {
		g.to.Report(e)
		return
	}
	if g.partial || !g.link.Reports() {
		return
	}
	if g.size += len(e.Data) + 64; g.size > maxHistory {
		g.partial, g.past = true, nil
		return
	}
	e.Data = bytes.Clone(e.Data)
	g.past = append(g.past, e)
}

// open reports the leg from now on, and what was kept of it.
func (g *leg) open() {
	if g.to != nil {
		return
	}
	now := time.Now()
	start := g.link.Info.Start
	if g.partial {
		start = now
	}
	g.to = g.link.ServerLeg(start, g.partial)
	l := g.to.Info
	g.link.Report(capture.Event{Kind: capture.Note, Time: now, Text: capture.ServerLegIs + l.Client.String() + " > " + l.Server.String()})
	g.to.Report(capture.Event{Kind: capture.Note, Time: start, Text: capture.ClientLegIs + g.link.Info.Client.String() + " > " + g.link.Info.Server.String()})
	for _, e := range g.past {
		g.to.Report(e)
	}
	g.past = nil
}

// note reports what was done to the message that follows on the leg, if it is reported.
func (g *leg) note(n note) {
	if g.to != nil {
		g.to.Report(capture.Event{Kind: capture.Note, Time: time.Now(), Text: n.String()})
	}
}

func (g *leg) close() {
	if g.to != nil {
		g.to.Report(capture.Event{Kind: capture.Closed, Time: time.Now(), Cause: capture.FIN})
	}
}

// change records that something was changed: from now on there are two legs.
func (c *Conn) change() { c.leg.open() }

// arrived reports what was read from a side.
func (c *Conn) arrived(e capture.Event) {
	if e.Dir == capture.ClientToServer {
		c.link.Report(e)
	} else {
		c.leg.report(e)
	}
}

// left reports what is about to be written to a side.
func (c *Conn) left(dir capture.Direction, p []byte) {
	c.departs(capture.Event{Kind: capture.Data, Dir: dir, Time: time.Now(), Data: p})
}

// leftEnd reports that a side is about to see the end of a direction. That comes after the bytes
// of the direction, which may have waited.
func (c *Conn) leftEnd(dir capture.Direction, cause capture.Cause) {
	c.departs(capture.Event{Kind: capture.HalfClosed, Dir: dir, Time: time.Now(), Cause: cause})
}

func (c *Conn) departs(e capture.Event) {
	if e.Dir == capture.ServerToClient {
		c.link.Report(e)
	} else {
		c.leg.report(e)
	}
}
