package view

import (
	"slices"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/excerpt"
	"imapscope/decode/session"
)

// Deed is a kind of thing that a proxy does to messages.
type Deed string

// The deeds: how their notes begin.
const (
	Faulted Deed = capture.ByFault
	Edited  Deed = capture.ByEdit
	Held    Deed = capture.ByHolding
)

// deeds lists the deeds; the first matters most.
var deeds = [...]Deed{Faulted, Edited, Held}

// Act is something that a proxy did to a message. Its text is inert.
type Act struct {
	Deed Deed
	Text string // the whole note
	Time time.Time
}

// Limits on what Acts keeps.
const (
	maxActs    = 50_000 // of all connections
	maxActText = 1000   // bytes of a note
)

// Acts keeps what a proxy did, by transaction as the Decoder found, while the transaction runs and
// after it, and which connections are two legs of one. It is a decode.Handler. Of, Deed and ClientLeg may be called concurrently with its Handler methods.
type Acts struct {
	mu    sync.RWMutex
	conns map[capture.ConnID]*connActs      // that are open, or have acts
	names map[capture.Peers]capture.ConnID  // of those that are open, as notes name them
	legs  map[capture.ConnID]capture.ConnID // of a server's leg: the client's
	kept  int
}

// connActs is what was done on one connection.
type connActs struct {
	name  capture.Peers
	txns  map[int][]Act  // nil: nothing was done
	known *session.Words // the secrets so far
}

// Open implements decode.Handler.
func (a *Acts) Open(c capture.Conn) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conns == nil {
		a.conns, a.names, a.legs = make(map[capture.ConnID]*connActs), make(map[capture.Peers]capture.ConnID), make(map[capture.ConnID]capture.ConnID)
	}
	name := c.Peers()
	a.conns[c.ID] = &connActs{name: name}
	a.names[name] = c.ID
	return nil
}

// Events implements decode.Handler.
func (a *Acts) Events(id capture.ConnID, events []decode.Event) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.conns[id]
	if c == nil {
		return nil
	}
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Note:
			a.note(id, c, e)
		case *decode.Message:
			a.message(c, e)
		case *decode.Transaction:
			a.transaction(c, e)
		case *decode.Closed:
			a.closed(id, c)
		}
	}
	return nil
}

func (a *Acts) note(id capture.ConnID, c *connActs, n *decode.Note) {
	if leg, of := capture.LegOf(n.Text); leg == capture.ServerLeg {
		if of := a.names[of]; of != 0 && len(a.legs) < maxActs {
			a.legs[id] = of
		}
		return
	}
	if n.Txn != nil {
		a.transaction(c, n.Txn)
	}
}

// message follows a message.
func (a *Acts) message(c *connActs, m *decode.Message) {
	if m.Known != nil {
		c.known = m.Known
	}
	switch {
	case m.Txn != nil:
		a.transaction(c, m.Txn)
	case m.Acts != nil:
		a.add(c, 0, m.Acts.Notes)
	}
}

// transaction adds what was done to a transaction since it was last seen.
func (a *Acts) transaction(c *connActs, t *decode.Transaction) {
	if t.Acts == nil {
		return
	}
	if t.Known != nil {
		c.known = t.Known
	}
	if old := len(c.txns[t.N]); old < len(t.Acts.Notes) {
		a.add(c, t.N, t.Acts.Notes[old:])
	}
}

// add adds what was done to a transaction, or if n is 0 outside any.
func (a *Acts) add(c *connActs, n int, notes []decode.Note) {
	for i := range notes {
		if a.kept >= maxActs {
			return
		}
		a.kept++
		if c.txns == nil {
			c.txns = make(map[int][]Act)
		}
		did, _ := capture.ParseAct(notes[i].Text)
		text := Inert(excerpt.Head(c.known.Hide(notes[i].Text, Mask), maxActText))
		c.txns[n] = append(c.txns[n], Act{Deed(did.Kind), text, notes[i].Time})
	}
}

func (a *Acts) closed(id capture.ConnID, c *connActs) {
	if a.names[c.name] == id {
		delete(a.names, c.name)
	}
	c.known = nil
	if c.txns == nil {
		delete(a.conns, id)
	}
}

// Of returns what was done to the messages of a connection's nth transaction, or if n is 0
// outside any, in order.
func (a *Acts) Of(id capture.ConnID, n int) []Act {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if c := a.conns[id]; c != nil {
		return slices.Clone(c.txns[n])
	}
	return nil
}

// Deed returns what was done to a transaction: of several deeds the one that matters most, and ""
// if nothing was.
func (a *Acts) Deed(id capture.ConnID, n int) Deed {
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.conns[id]
	if c == nil {
		return ""
	}
	for _, d := range deeds {
		if slices.ContainsFunc(c.txns[n], func(x Act) bool { return x.Deed == d }) {
			return d
		}
	}
	return ""
}

// ClientLeg returns the client's leg of a connection that is the server's leg of a proxy; 0 if it
// is none.
func (a *Acts) ClientLeg(id capture.ConnID) capture.ConnID {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.legs[id]
}
