package why

import (
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
// concurrently.
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

	linter    *lint.Linter
	book      account.Book
	opened    map[capture.ConnID]capture.Conn // without an event yet
	conns     map[capture.ConnID]*conn
	order     []capture.ConnID
	beyond    tallies
	crowd     crowd
	appends   appends
	mailboxes mailboxes
	one       [1]decode.Event

	naming   map[owner]*naming
	removals []removal
	kept     map[keptIn][]store
	parser   syntax.Parser
}

// New returns a Reasoner. Of the options, it uses the dialect: it needs the findings of all
// rules.
func New(o lint.Options) (*Reasoner, error) {
	r := &Reasoner{opened: make(map[capture.ConnID]capture.Conn), conns: make(map[capture.ConnID]*conn), naming: make(map[owner]*naming), kept: make(map[keptIn][]store)}
	var err error
	record := r.book.Recorder("", "")
	report := func(c *capture.Conn, f *session.Fact) {
		record(c, f)
		if r.Facts != nil {
			r.Facts(c, f)
		}
	}
	r.linter, err = lint.New(lint.Options{Dialect: o.Dialect, Guessed: o.Guessed, Report: report}, r.found)
	return r, err
}

// Open implements decode.Handler.
func (r *Reasoner) Open(c capture.Conn) error {
	r.opened[c.ID] = c
	r.crowd.open(&c)
	return r.linter.Open(c)
}

// conn returns what is known of a connection, from its first event on: of most in a flood of
// SYNs there is none. It is nil for a connection that was forgotten.
func (r *Reasoner) conn(id capture.ConnID) *conn {
	if info, ok := r.opened[id]; ok {
		delete(r.opened, id)
		r.conns[id] = &conn{Conn: info, crowd: &r.crowd, mailboxes: &r.mailboxes, session: r.linter.Session(id)}
		r.order = append(r.order, id)
	}
	return r.conns[id]
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
			r.forget(id)
			if c := r.conns[id]; c != nil && e.Leg == capture.NoLeg { // findings about a leg may come later
				c.settle()
			}
		}
	}
	return nil
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
		r.appends.follow(c, e)
		r.mailboxes.follow(c, e)
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
		r.crowd.close(c.ID, e.Time, c.serverLeg)
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
	if c := r.conns[f.Conn]; c != nil {
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
