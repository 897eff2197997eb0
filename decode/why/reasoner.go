package why

import (
	"hash/maphash"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// MaxConns is how many connections with clues are kept.
const MaxConns = 4096

// Reasoner collects clues. It is a decode.Handler; its methods must not be called
// concurrently. Several may follow one recording at the same time: see Part.
type Reasoner struct {
	Connections  int // that have ended; of a proxy's two legs one
	Transactions int
	Left         int // connections beyond MaxConns on which something went wrong and that have no reason

	// Also, if not nil, receives each finding, too: who shows both findings and reasons needs
	// one Linter.
	Also func(lint.Finding)

	// Facts, if not nil, receives each fact about the accounts, too: who compares several
	// recordings needs them. It is valid until Facts returns.
	Facts func(*capture.Conn, *session.Fact)

	linter *lint.Linter
	book   account.Book
	opened map[capture.ConnID]capture.Conn // without an event yet
	open   map[capture.ConnID]*conn        // with one, until they end
	one    [1]decode.Event
	parser syntax.Parser

	whole *Reasoner // that of the whole recording: itself, unless it is a Part
	place PartOptions

	// What the connections of a recording have in common: only that of the whole one is used, and
	// only by functions that together calls.
	conns     map[capture.ConnID]*conn // open ones, and those with clues
	order     []capture.ConnID
	beyond    tallies
	crowd     crowd
	appends   appends
	mailboxes mailboxes
	naming    map[owner]*naming
	removals  []removal
	kept      map[keptIn][]store
}

// New returns a Reasoner. Of the options, it uses the dialect: it needs the findings of all
// rules.
func New(o lint.Options) (*Reasoner, error) {
	r := newReasoner()
	r.whole, r.conns, r.naming, r.kept = r, make(map[capture.ConnID]*conn), make(map[owner]*naming), make(map[keptIn][]store)
	r.appends = appends{seed: maphash.MakeSeed(), seen: make(map[letter]*added)}
	return r, r.judge(lint.Options{Dialect: o.Dialect, Guessed: o.Guessed})
}

func newReasoner() *Reasoner {
	return &Reasoner{opened: make(map[capture.ConnID]capture.Conn), open: make(map[capture.ConnID]*conn)}
}

// judge makes the Linter.
func (r *Reasoner) judge(o lint.Options) error {
	record := r.book.Recorder("", "")
	o.Report = func(c *capture.Conn, f *session.Fact) {
		record(c, f)
		if r.Facts != nil {
			r.Facts(c, f)
		}
	}
	var err error
	r.linter, err = lint.New(o, r.found)
	return err
}

// Open implements decode.Handler.
func (r *Reasoner) Open(c capture.Conn) error {
	r.opened[c.ID] = c
	if r.whole == r {
		r.Opened(&c)
	}
	return r.linter.Open(c)
}

// conn returns what is known of a connection, from its first event on: of most in a flood of
// SYNs there is none. It is nil for a connection that is not open.
func (r *Reasoner) conn(id capture.ConnID) *conn {
	if info, ok := r.opened[id]; ok {
		delete(r.opened, id)
		c := &conn{Conn: info, by: r, session: r.linter.Session(id)}
		r.open[id] = c
		r.together(func(all *Reasoner) {
			all.conns[id] = c
			all.order = append(all.order, id)
		})
	}
	return r.open[id]
}

// Events implements decode.Handler.
func (r *Reasoner) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if c := r.conn(id); c != nil {
			r.follow(c, e)
		}
		r.one[0] = e
		if err := r.linter.Events(id, r.one[:]); err != nil {
			return err
		}
		if e, ended := e.(*decode.Closed); ended {
			r.ended(id, e.Leg)
		}
	}
	return nil
}

// ended ends a connection.
func (r *Reasoner) ended(id capture.ConnID, leg capture.Leg) {
	delete(r.open, id)
	r.together(func(all *Reasoner) {
		all.forget(id)
		if c := all.conns[id]; c != nil && leg == capture.NoLeg { // findings about a leg may come later
			c.settle()
		}
	})
}

func (r *Reasoner) follow(c *conn, e decode.Event) {
	switch e := e.(type) {
	case *decode.Message:
		c.message(e)
		c.watch(r, e)
	case *decode.Transaction:
		if c.session == nil {
			c.session = r.linter.Session(c.ID)
		}
		c.transaction(e)
		c.answered(r, e)
		c.followAppend(e)
		c.followMailbox(e)
		if e.Leg != capture.ServerLeg {
			r.Transactions++
		}
	case *decode.Note:
		c.note(e)
	case *decode.HalfClosed:
		c.leaving = c.leaving || e.Dir == capture.ClientToServer
		if e.Dir == capture.ClientToServer && len(c.out) > 0 { // an answer that comes now is too late
			c.gaveUp = c.stops(&decode.Closed{Time: e.Time, Cause: e.Cause, First: decode.First{Side: decode.ClientSide, Cause: e.Cause}})
		}
	case *decode.Secured:
		c.secure(e)
	case *decode.Record:
		c.tls.record(c.ID, e)
	case *decode.Again:
		if e.Dir == capture.ClientToServer {
			c.again++
		}
	case *decode.Closed:
		c.close(e)
		id, at, leg := c.ID, e.Time, c.serverLeg
		r.together(func(all *Reasoner) { all.crowd.close(id, at, leg) })
		if !c.serverLeg {
			r.Connections++
		}
	}
}

// found keeps a finding. Those about the legs of a proxy may come after the end of their
// connection.
func (r *Reasoner) found(f lint.Finding) {
	if r.Also != nil {
		r.Also(f)
	}
	c := r.open[f.Conn]
	if c == nil {
		r.together(func(all *Reasoner) { c = all.conns[f.Conn] })
		r.settle()
	}
	if c != nil {
		c.found(r, &f)
	}
}

// forget drops an ended connection without clues, and one beyond MaxConns.
func (r *Reasoner) forget(id capture.ConnID) {
	c := r.conns[id]
	if c == nil {
		return
	}
	clues := c.hasClues()
	if clues && len(r.conns) <= MaxConns {
		return
	}
	if clues {
		r.tally(c)
	}
	delete(r.conns, id)
	if len(r.order) > 2*len(r.conns)+MaxConns { // most have gone
		kept := r.order[:0]
		for _, id := range r.order {
			if r.conns[id] != nil {
				kept = append(kept, id)
			}
		}
		r.order = kept
	}
}

// Reasons returns what went wrong so far, the most severe first. Of connections that are
// still open, what comes may show that it is something else.
func (r *Reasoner) Reasons() []Reason {
	all := r.book.Accounts()
	var out []Reason
	for _, id := range r.order {
		c := r.conns[id]
		if c == nil {
			continue
		}
		c.all = all
		for _, k := range kinds {
			if x := k.reason(c); x != nil {
				out = append(out, *x)
			}
		}
	}
	for _, k := range kinds {
		if k.accounts != nil {
			for _, x := range k.accounts(r, all) {
				out = append(out, k.complete(x))
			}
		}
	}
	out = append(out, r.beyond.reasons()...)
	rank(out)
	return out
}

// reason returns the reason of a kind on a connection, nil if there is none.
func (k *Kind) reason(c *conn) *Reason {
	var out *Reason
	add := func(x Reason) {
		if out == nil {
			x.Conn, x.Evidence = c.ID, slices.Clip(x.Evidence)
			x = k.complete(x)
			out = &x
			return
		}
		out.Severity = max(out.Severity, x.Severity)
		for _, e := range x.Evidence {
			out.add(e)
		}
	}
	see := func(find func(*conn) []Reason) {
		if find == nil || c.serverLeg {
			return
		}
		for _, x := range find(c) {
			add(x)
		}
	}
	see(k.sooner)
	for i := range k.Causes {
		for _, f := range c.finding(&k.Causes[i]) {
			add(k.of(c, &k.Causes[i], f))
		}
	}
	see(k.detect)
	return out
}

// complete fills in what a detector leaves to the kind.
func (k *Kind) complete(x Reason) Reason {
	x.Kind = k
	if x.Proof == "" {
		x.Proof = k.Proof
	}
	return x
}

// of returns the reason that a finding is.
func (k *Kind) of(c *conn, cause *Cause, f *lint.Finding) Reason {
	x := Reason{
		Verdict: Verdict(f.Verdict.String()), Severity: f.Severity, Remedy: f.Rule.Advice,
		Sentence: cause.Says + ": " + f.Message, Evidence: []Evidence{evidenceOf(f)},
	}
	if cause.more != nil {
		x.Sentence += cause.more(c, f)
	}
	if answer := c.refused[f.Txn]; answer != nil {
		x.Sentence += "; the server answered " + answer.command + " with " + answer.status + " " + quote(answer.text)
	}
	if f.MadeBy != "" {
		x.Verdict = Proxy
		x.Sentence += "; the proxy made it: " + safe(f.MadeBy)
		x.Remedy = "Nothing, if the fault was intended; otherwise remove it from the proxy's flags."
	}
	x.Sentence += "."
	return x
}

// evidenceOf returns a finding as evidence.
func evidenceOf(f *lint.Finding) Evidence {
	return Evidence{Conn: f.Conn, Txn: f.Txn, Dir: f.Dir, Off: f.Off, Len: f.Len, Time: f.Time, Rule: f.Rule.ID, Text: f.Message}
}
