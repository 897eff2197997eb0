package minimize

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// ErrNotShown is returned by NewShows if a recording does not have the finding.
var ErrNotShown = errors.New("the recording does not show the finding")

// Shows is whether a part of a recording still shows a finding.
type Shows struct {
	opts lint.Options
	want placed         // if its Rule is nil, nothing is looked for
	base map[place]bool // of what is in the recording
}

// place is a rule and where it found something: the number of the message or transaction in the
// recording, 0 if the finding is about a connection as a whole, or if its rule reports the first
// of many.
type place struct {
	rule string
	conn capture.ConnID
	id   int
}

// placed is a finding and where it is.
type placed struct {
	lint.Finding
	id int
}

// key returns the place of a finding among those that a trial may have.
func (p *placed) key() place {
	k := place{p.Rule.ID, p.Conn, p.id}
	if p.Rule.Once {
		k.id = 0
	}
	return k
}

// matters reports whether a trial must not have a finding that the recording does not have. What
// is a note only because the dialect is not certain does.
func (p *placed) matters() bool { return max(p.Severity, p.Rule.Severity) > lint.Note }

// NewShows returns a Shows for a finding of a Linter in a recording with these options. The
// recording is the one that is minimized.
func NewShows(r *Recording, o lint.Options, f *lint.Finding) (*Shows, error) {
	s := NewLegal(r, o)
	found := false
	for _, x := range r.findings(s.opts) {
		if !found && x.Rule == f.Rule && x.Conn == f.Conn && x.Dir == f.Dir && x.Off == f.Off && Alike(x.Message, f.Message) {
			s.want, found = x, true
			s.want.Event = nil
		}
	}
	if !found {
		return nil, ErrNotShown
	}
	return s, nil
}

// NewLegal returns a Shows that looks for nothing: it reports whether a part of the recording is
// free of findings that the recording does not have.
func NewLegal(r *Recording, o lint.Options) *Shows {
	s := &Shows{opts: o, base: make(map[place]bool)}
	s.opts.Only, s.opts.Disable, s.opts.MinSeverity = nil, nil, lint.Note
	for _, x := range r.findings(s.opts) {
		if x.matters() {
			s.base[x.key()] = true
		}
	}
	return s
}

// Shown reports whether a part of the recording has the finding: of the same rule, about the
// same message, with the same verdict and the same text up to numbers; and no other finding above
// a note that the recording does not have. It may be called concurrently.
func (s *Shows) Shown(r *Recording) bool {
	found := s.want.Rule == nil
	for _, x := range r.findings(s.opts) {
		switch w := &s.want; {
		case x.Rule == w.Rule && x.Conn == w.Conn && x.id == w.id && x.Verdict == w.Verdict && x.Severity == w.Severity && Alike(x.Message, w.Message):
			found = true
		case x.matters() && !s.base[x.key()]:
			return false
		}
	}
	return found
}

// numbers are numbers and durations.
var numbers = regexp.MustCompile(`[0-9]+(\.[0-9]+)?(h|ms|m|s|us|ns)?([0-9.]+(ms|m|s))*`)

// Alike reports whether two texts are the same except for numbers and durations.
func Alike(a, b string) bool {
	return a == b || numbers.ReplaceAllString(a, "0") == numbers.ReplaceAllString(b, "0")
}

// findings returns the findings in a recording.
func (r *Recording) findings(o lint.Options) []placed {
	var out []placed
	l, err := lint.New(o, func(f lint.Finding) {
		f.Event = nil
		out = append(out, placed{Finding: f})
	})
	if err != nil {
		return nil // an unknown rule in the options, which have none
	}
	at := &locator{requests: make(map[capture.ConnID][]request)}
	if err := r.Run(context.Background(), decode.NewDemux(decode.Options{Dialect: o.Dialect, Keyless: true}, decode.Handlers{at, l})); err != nil {
		return nil
	}
	if len(out) > 0 {
		places := r.places()
		for i := range out {
			out[i].id = at.id(places, &out[i].Finding)
		}
	}
	return out
}

// locator finds where transactions begin. It is a decode.Handler.
type locator struct {
	requests map[capture.ConnID][]request
}

type request struct {
	txn int
	off int64
}

// Open implements decode.Handler.
func (l *locator) Open(capture.Conn) error { return nil }

// Events implements decode.Handler.
func (l *locator) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if m, ok := e.(*decode.Message); ok && m.Kind == decode.Request && m.Txn != nil {
			l.requests[id] = append(l.requests[id], request{m.Txn.N, m.Off})
		}
	}
	return nil
}

// id returns the number in the recording of what a finding is about: of the message that its
// bytes are in, or of its transaction's request if something is missing; else 0.
func (l *locator) id(p places, f *lint.Finding) int {
	if f.Len > 0 {
		return p.id(f.Conn, f.Dir, f.Off)
	}
	for _, r := range l.requests[f.Conn] {
		if f.Txn > 0 && r.txn == f.Txn {
			return p.id(f.Conn, capture.ClientToServer, r.off)
		}
	}
	return 0
}

// places are the beginnings of the facts of each direction.
type places map[capture.ConnID]*[2][]beginning

type beginning struct {
	off int64
	id  int
}

// places returns the places of a recording.
func (r *Recording) places() places {
	out := make(places)
	for p := r.play(); p.next(); {
		if p.event.Kind != capture.Data && p.event.Kind != capture.Gap {
			continue
		}
		c := out[p.fact.conn]
		if c == nil {
			c = new([2][]beginning)
			out[p.fact.conn] = c
		}
		c[p.fact.dir] = append(c[p.fact.dir], beginning{p.event.Off, p.fact.id})
	}
	return out
}

// id returns the number of the fact at a position; 0 if there is none.
func (p places) id(conn capture.ConnID, dir capture.Direction, off int64) int {
	c := p[conn]
	if c == nil {
		return 0
	}
	i, found := slices.BinarySearchFunc(c[dir], off, func(b beginning, off int64) int { return int(min(max(b.off-off, -1), 1)) })
	if !found {
		i--
	}
	if i < 0 {
		return 0
	}
	return c[dir][i].id
}
