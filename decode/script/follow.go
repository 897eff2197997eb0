package script

import (
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
)

// Exchange is one command with everything that answered it; the first one of a session
// is what is outside any command.
type Exchange struct {
	diff.Exchange
	Start int64 // stream position of the request's first byte
	Heard int   // server messages so far
	Ready int   // of them "+"
	Done  bool  // its tagged response arrived
	// LeftOut is why it cannot be played or compared; empty if it can.
	LeftOut string

	heard []int // when each server message arrived, in the collector's count
}

// Follow gathers the exchanges of one connection from its events. It copies what it
// keeps. The zero value is for a connection that has just begun.
type Follow struct {
	Exchanges []*Exchange // in the order of their requests, from 1; see Exchange for 0
	Order     []int       // those that are done, in that order
	Closed    *decode.Closed

	// Whether the greeting arrived; the number of "+", and the text of the last.
	Greeted   bool
	Ready     int
	ReadyText string

	// Light keeps only statuses, for playing thousands of sessions at a time.
	Light bool

	byN   map[int]int
	spare []*Exchange // empty ones, of Light
}

// begun is an Exchange and its Transaction, which are allocated at once.
type begun struct {
	Exchange
	t decode.Transaction
}

// Reset makes f the zero value, but keeps memory, and Light. If that is set, the exchanges that f
// held must not be used any more.
func (f *Follow) Reset() {
	clear(f.byN)
	if !f.Light {
		*f = Follow{byN: f.byN}
		return
	}
	for _, x := range f.Exchanges {
		if t := x.Transaction; t != nil {
			*x = Exchange{Exchange: diff.Exchange{Transaction: t}}
			f.spare = append(f.spare, x)
		}
	}
	clear(f.Exchanges)
	*f = Follow{Light: true, Exchanges: f.Exchanges[:0], Order: f.Order[:0], byN: f.byN, spare: f.spare}
}

// exchange returns the exchange of a transaction that has just begun.
func (f *Follow) exchange(t decode.Transaction) *Exchange {
	if n := len(f.spare); n > 0 {
		x := f.spare[n-1]
		f.spare = f.spare[:n-1]
		*x.Transaction = t
		return x
	}
	x := &begun{t: t}
	x.Transaction = &x.t
	return &x.Exchange
}

// Outside returns what is outside any command: the greeting, and data without a request.
func (f *Follow) Outside() *Exchange {
	if len(f.Exchanges) == 0 {
		f.Exchanges = append(f.Exchanges, &Exchange{})
	}
	return f.Exchanges[0]
}

// Of returns the number of the exchange that a transaction belongs to, or 0 if it is an
// orphan, or nil.
func (f *Follow) Of(t *decode.Transaction) int {
	f.Outside()
	if t == nil || t.Outcome == decode.Orphan {
		return 0
	}
	if i, ok := f.byN[t.N]; ok {
		return i
	}
	if f.byN == nil {
		f.byN = make(map[int]int)
	}
	i := len(f.Exchanges)
	f.byN[t.N] = i
	f.Exchanges = append(f.Exchanges, f.exchange(decode.Transaction{N: t.N, Outcome: decode.Abandoned}))
	return i
}

// Event processes one event. It returns the exchange that it belongs to.
func (f *Follow) Event(e decode.Event) int {
	switch e := e.(type) {
	case *decode.Message:
		i := f.Of(e.Txn)
		x := f.Exchanges[i]
		if e.Dir == capture.ServerToClient {
			x.Heard++
			f.Greeted = true
			if e.Kind == decode.Ready {
				x.Ready++
				f.Ready++
				f.ReadyText = string(e.Text)
			}
		} else if e.Kind == decode.Request {
			x.Start = e.Off
		}
		if !f.Light {
			m := e.Clone()
			m.Txn = x.Transaction
			x.Messages = append(x.Messages, m)
		}
		return i
	case *decode.Transaction:
		i := f.Of(e)
		if i == 0 {
			return 0
		}
		x := f.Exchanges[i]
		if f.Light {
			*x.Transaction = decode.Transaction{N: e.N, Command: e.Command, Row: e.Row, Status: e.Status, Outcome: e.Outcome, Time: e.Time, End: e.End}
		} else {
			*x.Transaction = *e.Clone()
		}
		delete(f.byN, e.N) // no more events belong to it
		if e.Outcome == decode.Completed {
			x.Done = true
			f.Order = append(f.Order, i)
		}
		return i
	case *decode.Closed:
		c := *e
		f.Closed = &c
	}
	return f.Of(nil)
}

// Forget drops the exchanges that are done, and what is outside any: those in progress are
// numbered from 1 again.
func (f *Follow) Forget() {
	open := make([]int, 0, len(f.byN))
	for _, i := range f.byN {
		open = append(open, i)
	}
	slices.Sort(open)
	kept := []*Exchange{{}}
	for _, i := range open {
		x := f.Exchanges[i]
		f.byN[x.N] = len(kept)
		kept = append(kept, x)
	}
	f.Exchanges, f.Order = kept, nil
}

// Name returns the tag and the command of an exchange, for messages; a tag that is a secret
// is not shown.
func (x *Exchange) Name() string {
	if x.SecretTag {
		return "(secret) " + x.Command
	}
	return x.Tag + " " + x.Command
}

// ChangesLayer reports whether what follows the command, if the server accepts it, is TLS
// or compressed.
func (x *Exchange) ChangesLayer() bool {
	return x.Transaction != nil && (x.Row.Does(protocol.StartsTLS) || x.Row.Does(protocol.Compresses))
}

// CommandOf returns the exchange's command; empty outside any.
func (x *Exchange) CommandOf() string {
	if x.Transaction == nil {
		return ""
	}
	return x.Command
}
