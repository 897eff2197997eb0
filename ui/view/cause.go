package view

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/decode/lint"
	"imapscope/decode/why"
)

// Cause is the readable form of why something went wrong: a reason, with those that are
// alike. Its texts are inert and without secrets.
type Cause struct {
	Kind, Title string // "login", "a login or an OAuth token is refused"
	Severity    string
	Verdict     string
	Where       string // "connection 3", "500 connections: 1, 3-500 and more", "account fred at 192.0.2.1"
	Sentence    string // the cause first
	Evidence    []Evidence
	More        int              // evidence that is left out
	Proof       string           // what would prove it
	Remedy      string           // what to do
	Alike       []string         // where it differs in a value: "connection 2: …"
	MoreAlike   int              // further ones
	Conns       []capture.ConnID // that it is about, in the order of its reasons
	Further     int              // connections that are not in Conns; there were too many
	Account     bool             // it is about accounts
}

// Evidence is a place that shows a Cause.
type Evidence struct {
	Conn     capture.ConnID
	Txn      int // 0 outside any
	Dir      capture.Direction
	Off, Len int64
	Place    string // "transaction 1/4, 2026-11-28 11:18:32.755, the client's bytes 183 to 266, S014"
	Text     string // empty if the Sentence says it already
}

// String returns the place and the text.
func (e *Evidence) String() string {
	if e.Text == "" {
		return e.Place
	}
	return e.Place + ": " + e.Text
}

// About returns who is to blame, where it happened, and what it is: "client; connection 3;
// login: a login or an OAuth token is refused".
func (c *Cause) About() string {
	return fmt.Sprintf("%s; %s; %s: %s", c.Verdict, c.Where, c.Kind, c.Title)
}

// maxAlike is how many sentences that differ in a value are kept beside the first.
const maxAlike = 3

// Causes is all that went wrong, ranked.
type Causes struct {
	List                      []Cause
	Connections, Transactions int // that were looked at
	Left                      int // connections without a reason, though something went wrong
}

// NewCauses returns what a Reasoner found, so far or at the end.
func NewCauses(r *why.Reasoner) *Causes {
	c := &Causes{Connections: r.Connections, Transactions: r.Transactions, Left: r.Left}
	groups := why.Groups(r.Reasons())
	for i := range groups {
		c.List = append(c.List, causeOf(&groups[i]))
	}
	return c
}

// NothingWrong says that nothing went wrong.
const NothingWrong = "Nothing is wrong here that the bytes show"

// Nothing returns the sentence for where nothing went wrong, with how much was looked at.
func (c *Causes) Nothing() string {
	return fmt.Sprintf("%s: %s in %s.", NothingWrong, Count(c.Transactions, "transaction"), Count(c.Connections, "connection"))
}

// Unsaid returns the sentence about connections without a reason; "" if there are
// none.
func (c *Causes) Unsaid() string {
	if c.Left == 0 {
		return ""
	}
	return fmt.Sprintf("Something else is wrong on %s after the first %d: too many to say what.", Count(c.Left, "connection"), why.MaxConns)
}

func causeOf(g *why.Group) Cause {
	x := Cause{
		Kind: g.Kind.Name, Title: g.Kind.Title, Severity: g.Severity.String(), Verdict: string(g.Verdict),
		Sentence: Inert(g.Sentence), Proof: Inert(g.Proof), Remedy: Inert(g.Remedy), More: g.More, Further: g.Further,
		Conns: g.Conns(), Account: g.Account != "",
	}
	x.Where = x.where(g)
	for i := range g.Evidence {
		e := evidenceOf(&g.Evidence[i])
		if strings.Contains(x.Sentence, e.Text) {
			e.Text = ""
		}
		x.Evidence = append(x.Evidence, e)
	}
	said := map[string]bool{g.Sentence: true}
	for i := range g.Others {
		o := &g.Others[i]
		switch {
		case said[o.Sentence]:
		case len(x.Alike) == maxAlike:
			x.MoreAlike++
		default:
			said[o.Sentence] = true
			x.Alike = append(x.Alike, about(o)+": "+Inert(o.Sentence))
		}
	}
	return x
}

// about returns what a reason is about.
func about(r *why.Reason) string {
	if r.Account != "" {
		return "account " + Inert(r.Account)
	}
	return fmt.Sprintf("connection %d", r.Conn)
}

// where returns what a group is about.
func (c *Cause) where(g *why.Group) string {
	if !c.Account {
		if n := len(c.Conns) + c.Further; n > 1 {
			return fmt.Sprintf("%d connections: %s", n, Numbers(c.Conns, c.Further))
		}
		return about(&g.Reason)
	}
	names := map[string]bool{g.Account: true}
	for i := range g.Others {
		names[g.Others[i].Account] = true
	}
	if len(names) > 1 {
		return about(&g.Reason) + ", and " + Count(len(names)-1, "other account")
	}
	return about(&g.Reason)
}

// maxRanges is how many numbers, or ranges of them, Numbers lists.
const maxRanges = 6

// Numbers returns connections, and how many further ones there are, as a list with ranges:
// "1, 3-500 and 12 more".
func Numbers(list []capture.ConnID, further int) string {
	list = slices.Sorted(slices.Values(list))
	var parts []string
	for i := 0; i < len(list); {
		k := i
		for k+1 < len(list) && list[k+1] == list[k]+1 {
			k++
		}
		if len(parts) == maxRanges {
			return fmt.Sprintf("%s and %d more", strings.Join(parts, ", "), len(list)-i+further)
		}
		switch k - i {
		case 0:
			parts = append(parts, fmt.Sprint(list[i]))
		case 1:
			parts = append(parts, fmt.Sprint(list[i]))
			k = i
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[k]))
		}
		i = k + 1
	}
	if further > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(parts, ", "), further)
	}
	return strings.Join(parts, ", ")
}

func evidenceOf(e *why.Evidence) Evidence {
	x := Evidence{Conn: e.Conn, Txn: e.Txn, Dir: e.Dir, Off: e.Off, Len: e.Len, Text: Inert(e.Text)}
	x.Place = fmt.Sprintf("connection %d", e.Conn)
	if e.Txn > 0 {
		x.Place = "transaction " + Number(e.Conn, e.Txn, true)
	}
	if !e.Time.IsZero() {
		x.Place += ", " + Stamp(e.Time)
	}
	switch {
	case e.Len == 1:
		x.Place += fmt.Sprintf(", the %s's byte %d", e.Dir, e.Off)
	case e.Len > 1:
		x.Place += fmt.Sprintf(", the %s's bytes %d to %d", e.Dir, e.Off, e.Off+e.Len-1)
	}
	if e.Rule != "" {
		x.Place += ", " + e.Rule
	}
	return x
}

// reasoning is the part of Findings that finds out why something went wrong.
type reasoning struct {
	mu       sync.Mutex    // of the linter and the reasoner
	reasoner *why.Reasoner // nil: it is not asked
	fresh    bool          // something came since the last Reason
	causes   atomic.Pointer[Causes]
	version  atomic.Uint64
}

// NewReasonedFindings returns a Findings with all rules that also finds out why something
// went wrong, with the same Linter. Of o, it uses the dialect.
func NewReasonedFindings(shown Options, o lint.Options) (*Findings, error) {
	f := newFindings(shown)
	r, err := why.New(o)
	if err != nil {
		return nil, err
	}
	r.Also = f.found
	f.linter, f.why.reasoner = r, r
	return f, nil
}

// Reasoned reports whether f finds out why something went wrong.
func (f *Findings) Reasoned() bool { return f.why.reasoner != nil }

// Reason finds out why something went wrong so far, unless nothing came since the last time.
// Events wait meanwhile.
func (f *Findings) Reason() {
	f.why.mu.Lock()
	defer f.why.mu.Unlock()
	if f.why.reasoner == nil || !f.why.fresh && f.why.causes.Load() != nil {
		return
	}
	f.why.fresh = false
	f.why.causes.Store(NewCauses(f.why.reasoner))
	f.why.version.Add(1)
}

// Causes returns what the last Reason found; nil before the first. The result is not
// changed later.
func (f *Findings) Causes() *Causes { return f.why.causes.Load() }

// Reasons returns a number that changes with Causes.
func (f *Findings) Reasons() uint64 { return f.why.version.Load() }
