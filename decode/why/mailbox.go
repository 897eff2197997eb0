package why

import (
	"fmt"
	"net/netip"
	"time"

	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// The bounds of what is kept of all mailboxes.
const (
	maxArrivals = 1 << 12
	maxWaits    = 1 << 12
	maxGone     = 1 << 12
)

// mailboxes are what happened to the mailboxes of all accounts: messages that came and went,
// and who waited for them.
type mailboxes struct {
	arrivals []arrival
	gone     []arrival // messages were removed
	waits    []idle
}

// place is a mailbox of an account.
type place struct {
	server        netip.Addr
	user, mailbox string
}

// placeOf returns the place of a mailbox. INBOX is written in any case.
func placeOf(c *conn, user, mailbox string) place {
	if row := protocol.Lookup(protocol.Term, mailbox); row != nil {
		mailbox = row.Name
	}
	return place{c.Server.Addr(), user, mailbox}
}

// arrival is a command that added messages to a mailbox, or the removal of one.
type arrival struct {
	Evidence
	place
}

// followMailbox follows a command that adds messages to a mailbox, or removes some.
func (c *conn) followMailbox(t *decode.Transaction) {
	if c.serverLeg || t.Outcome != decode.Completed || !protocol.Lookup(protocol.Completion, t.Status).Does(protocol.Succeeds) {
		return
	}
	at := Evidence{Conn: c.ID, Txn: t.N, Time: t.End, Text: safe(t.Command)}
	r := t.Row
	if r.Does(protocol.Appends) || r.Does(protocol.Copies) || r.Does(protocol.Moves) {
		x := arrival{at, placeOf(c, t.User, session.Argument(&t.Request, r, protocol.RoleMailbox))}
		c.by.together(func(all *Reasoner) {
			if b := &all.mailboxes; len(b.arrivals) < maxArrivals {
				b.arrivals = append(b.arrivals, x)
			}
		})
	}
	if r.Does(protocol.Expunges) || r.Does(protocol.Moves) || r.Does(protocol.Deselects) && r.Removing {
		x := arrival{at, placeOf(c, t.User, t.Mailbox)}
		c.by.together(func(all *Reasoner) {
			if b := &all.mailboxes; len(b.gone) < maxGone {
				b.gone = append(b.gone, x)
			}
		})
	}
}

// waited keeps an IDLE that has ended.
func (c *conn) waited(i *idle, at time.Time) {
	if c.serverLeg {
		return
	}
	x := *i
	x.end = at
	c.by.together(func(all *Reasoner) {
		if b := &all.mailboxes; len(b.waits) < maxWaits {
			b.waits = append(b.waits, x)
		}
	})
}

// idleLag is how late a server may report news in IDLE: some look for them twice a minute.
const idleLag = 90 * time.Second

// withheld finds messages that a connection added to a mailbox while another one waited in IDLE
// on it, and was not informed.
func withheld(r *Reasoner, _ *account.Accounts) []Reason {
	var out []Reason
	for i := range r.mailboxes.waits {
		w := &r.mailboxes.waits[i]
		if c := r.conns[w.Conn]; c != nil && c.has("N013") {
			continue // that is why
		}
		for j := range r.mailboxes.arrivals {
			if a := &r.mailboxes.arrivals[j]; w.missed(a) {
				out = append(out, w.withheld(a))
				break
			}
		}
	}
	return out
}

// missed reports whether a message came while an IDLE waited for it, and the server did not
// report it.
func (i *idle) missed(a *arrival) bool {
	if a.place != i.on || a.Conn == i.Conn || i.on.mailbox == "" || a.Time.Before(i.Time) || i.end.Sub(a.Time) < idleLag {
		return false
	}
	for _, t := range i.grown {
		if !t.Before(a.Time.Add(-longWait)) {
			return false
		}
	}
	return true
}

func (i *idle) withheld(a *arrival) Reason {
	return Reason{
		Severity: lint.Error, Verdict: Server, Conn: i.Conn,
		Sentence: fmt.Sprintf("The server did not report a new message in IDLE: connection %d added one to %s (%s) at %s, and connection %d, in IDLE on it since %s, heard nothing of it for %s.",
			a.Conn, quote(safe(i.on.mailbox)), a.Text, clock(a.Time), i.Conn, clock(i.Time), span(i.end.Sub(a.Time))),
		Remedy:   "See whether the server watches this mailbox for changes (inotify, shared storage, another backend); poll with NOOP until it does.",
		Evidence: []Evidence{a.Evidence, i.Evidence},
	}
}

// removedBetween reports whether messages were removed from a mailbox, or the mailbox was made
// again, between two times.
func (r *Reasoner) removedBetween(all *account.Accounts, where place, from, to time.Time) bool {
	within := func(t time.Time) bool { return !t.Before(from) && !t.After(to) }
	for i := range r.mailboxes.gone {
		if g := &r.mailboxes.gone[i]; g.place == where && within(g.Time) {
			return true
		}
	}
	for _, u := range all.Users {
		for _, b := range u.Mailboxes {
			for _, e := range b.Events {
				if made(e) && b.Is(where.mailbox) && e.Conn.Server.Addr() == where.server && within(e.Fact.Time) {
					return true
				}
			}
		}
	}
	return false
}

// made reports whether an event gave the name of a mailbox to another one.
func made(e *account.Event) bool {
	switch e.Fact.Kind {
	case session.Created, session.Deleted, session.Renamed:
		return true
	}
	return false
}
