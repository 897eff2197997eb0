package account

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/session"
)

// MaxFacts is how many facts of each of the two sorts are kept: those about connections, and
// those about messages and mailboxes. Of more, the last are kept.
const MaxFacts = 1 << 12

// Conn is a connection that reports facts.
type Conn struct {
	Source string // where it was captured; empty if there is only one source
	Run    string // of the source: it numbers connections from 1 in each
	ID     capture.ConnID
	Client netip.AddrPort
	Server netip.AddrPort

	Service string `json:",omitempty"` // see capture.Conn
}

// ConnOf returns a connection of a capture as one of the only source.
func ConnOf(c *capture.Conn) Conn {
	return Conn{ID: c.ID, Client: c.Client, Server: c.Server, Service: c.Service}
}

// Batch is facts of one connection, in a form that can be encoded (JSON, gob) to be merged
// elsewhere.
type Batch struct {
	Conn  Conn
	Facts []session.Fact
}

// Book collects facts. The zero value is ready to use. It is not safe for concurrent use:
// each worker has its own, and they are merged.
type Book struct {
	Max int // how many facts of each of the two sorts are kept; 0 means MaxFacts

	conns   map[Conn]*Conn
	links   []Event // facts about connections
	changes []Event // facts about messages and mailboxes
	cut     [2]bool // whether some were left out
}

// Event is a fact with the connection that reported it.
type Event struct {
	Conn *Conn
	Fact session.Fact

	// Cause is what another connection did that this one was informed of; nil if that is not
	// known. Only Accounts sets it.
	Cause *Event
}

// Add adds facts of a connection.
func (b *Book) Add(c Conn, facts ...session.Fact) {
	if len(facts) == 0 {
		return
	}
	if b.conns == nil {
		b.conns = make(map[Conn]*Conn)
	}
	who := b.conns[c]
	if who == nil {
		who = &c
		b.conns[c] = who
	}
	for _, f := range facts {
		if f.Kind.OfMailbox() {
			b.changes = append(b.changes, Event{Conn: who, Fact: f})
			continue
		}
		b.links = append(b.links, Event{Conn: who, Fact: f})
	}
	if most := 2 * b.max(); len(b.links) >= most || len(b.changes) >= most {
		b.tidy()
	}
}

// max returns how many facts of each sort are kept.
func (b *Book) max() int {
	if b.Max > 0 {
		return b.Max
	}
	return MaxFacts
}

// Recorder returns a function that adds the facts of a session.World. Source and run name
// where the connections were captured; see Conn.
func (b *Book) Recorder(source, run string) func(*capture.Conn, *session.Fact) {
	return func(c *capture.Conn, f *session.Fact) {
		who := ConnOf(c)
		who.Source, who.Run = source, run
		b.Add(who, *f)
	}
}

// Merge adds the facts of another Book, which it does not change otherwise.
func (b *Book) Merge(other *Book) {
	for i, list := range [...][]Event{other.links, other.changes} {
		for _, e := range list {
			b.Add(*e.Conn, e.Fact)
		}
		b.cut[i] = b.cut[i] || other.cut[i]
	}
}

// Batches returns the facts by connection, in an order that does not depend on how they came, and
// whether the first ones of those about connections, and of those about mailboxes, were left out.
func (b *Book) Batches() (batches []Batch, cut [2]bool) {
	b.tidy()
	at := make(map[Conn]int)
	for _, list := range [...][]Event{b.links, b.changes} {
		for _, e := range list {
			i, ok := at[*e.Conn]
			if !ok {
				i = len(batches)
				at[*e.Conn] = i
				batches = append(batches, Batch{Conn: *e.Conn})
			}
			batches[i].Facts = append(batches[i].Facts, e.Fact)
		}
	}
	slices.SortFunc(batches, func(x, y Batch) int { return compareConn(&x.Conn, &y.Conn) })
	return batches, b.cut
}

// Cut records that the first facts of a sort were left out before they came here; see Batches.
func (b *Book) Cut(cut [2]bool) {
	for i := range cut {
		b.cut[i] = b.cut[i] || cut[i]
	}
}

// tidy puts the facts in order, and leaves out those that are kept twice or exceed the limit.
func (b *Book) tidy() {
	for i, list := range [...]*[]Event{&b.links, &b.changes} {
		slices.SortFunc(*list, compare)
		*list = slices.CompactFunc(*list, func(x, y Event) bool { return compare(x, y) == 0 })
		if n := len(*list) - b.max(); n > 0 {
			*list = slices.Delete(*list, 0, n)
			b.cut[i] = true
		}
	}
	kept := make(map[Conn]*Conn)
	for _, list := range [...][]Event{b.links, b.changes} {
		for _, e := range list {
			kept[*e.Conn] = e.Conn
		}
	}
	b.conns = kept
}

// compare is the order of facts: by time, source, run, connection and sequence.
func compare(a, b Event) int {
	return cmp.Or(
		a.Fact.Time.Compare(b.Fact.Time),
		cmp.Compare(a.Conn.Source, b.Conn.Source),
		cmp.Compare(a.Conn.Run, b.Conn.Run),
		cmp.Compare(a.Conn.ID, b.Conn.ID),
		cmp.Compare(a.Fact.Seq, b.Fact.Seq),
	)
}

// start returns the time from which on all facts are kept; zero if none was left out.
func (b *Book) start() time.Time {
	var t time.Time
	for i, list := range [...][]Event{b.links, b.changes} {
		if b.cut[i] && len(list) > 0 && list[0].Fact.Time.After(t) {
			t = list[0].Fact.Time
		}
	}
	return t
}
