// Package replay drives a server from a recording and reports where it answered differently.
//
//	p := &replay.Player{Dial: dial, Pace: 1}
//	for _, played := range p.PlayAll(ctx, recording) {
//		for _, d := range played.Divergences(diff.Options{}) { … }
//	}
//
// For each session:
//
//	steps ─> wait for what the client had heard ─> wait for its time ─> bindings ─> server
//	                     ▲                                                │
//	             script.Follow <─ decode.Decoder <─ reader  <─────────────┘
//
// # Rules
//
//   - A step is sent when what it needs has been received, and not before its time. The
//     schedule is absolute: a late step does not delay the steps after it.
//   - Latency is measured from when a command should have been sent, so a server that
//     stalls is not hidden by a client that waits for it.
//   - No server can make a session hang: each wait ends after Timeout without a byte, or
//     after ten times that in total; the size of an answer is bounded, too. Two waits that
//     time out, without an answer between them, end the session. What was not played is
//     reported.
//   - A response with a tag other than the command's answers no command. But a client that
//     waits for the right tag only would wait forever: after a second it continues.
//   - Literals are sent as recorded: after "+" where the recorded client waited. If the
//     server refuses the command first, the rest of it is not sent.
//   - The sessions of one recording keep the order in which their commands were
//     answered, unless they are played as a load.
package replay

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/binding"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
)

// Player plays sessions against a server. Its fields must not be changed while it plays.
type Player struct {
	// Dial connects to the server; greeting is what has already been read from it.
	Dial func(ctx context.Context) (c net.Conn, greeting []byte, err error)
	Set  Bindings

	// Login makes sessions whose beginning was not recorded start with a LOGIN and a
	// SELECT of our own, with the names in Set. Without it they are left out.
	Login bool

	Pace    float64       // factor of the recorded time between steps; 0: no waiting
	MaxWait time.Duration // limit of a client's pauses; 0: none
	Timeout time.Duration // without a byte; 0: DefaultTimeout

	// Dialect is what the server speaks, whatever it shows, unless it is
	// protocol.UnknownDialect.
	Dialect protocol.Dialect

	// Keep is how many bytes of a server's message are kept and compared, and MaxAnswer how many
	// bytes a server may send during one wait; 0 means 64 and 256 MiB.
	Keep      int
	MaxAnswer int64

	// Light keeps no messages: only statuses are compared, and values that the server assigns
	// are not replaced. It is for sessions whose commands have none: see script.Session.Binds.
	Light bool

	// Sink, if set, receives the traffic, as connections numbered from 1 in the order of
	// the sessions. Calls for different connections may be concurrent.
	Sink capture.Sink
}

// DefaultTimeout is how long a server may be silent.
const DefaultTimeout = 30 * time.Second

const (
	// strayGrace is how long after a response with an unknown tag the right one may
	// still arrive.
	strayGrace = time.Second
	// endGrace is how long a server may take to close a connection that it closed in
	// the recording.
	endGrace = 2 * time.Second
	// maxTimes bounds the whole of a wait, in Timeouts.
	maxTimes = 10
	// MessageCost is what a message takes in memory beside its bytes, about, which counts
	// towards Player.MaxAnswer of a Live.
	MessageCost = 512
	// maxAnswer is how many bytes a server may send during one wait.
	maxAnswer = 256 << 20
)

// MidStream is the line in Played.LeftOut for a session whose beginning was not recorded,
// unless Player.Login is set.
const MidStream = "all of it: its beginning was not recorded"

// Played is the result of playing a session.
type Played struct {
	Session *script.Session
	Now     script.Follow
	Pairs   []Pair // in the order of the recording
	// LeftOut lists the omissions, one line each.
	LeftOut []string
	// Err is the reason why there was no connection at all.
	Err error
	// Trouble lists what went wrong, one line each: a silent server, a reset, a request
	// for a literal that the recording does not have.
	Trouble []string
	Sent    int       // commands
	Skipped int       // commands that were not sent, because the session was over or hopeless
	begun   time.Time // when it should have begun
	greeted time.Time
	watched bool      // a load has counted the greeting
	over    time.Time // when the session ended
	ended   difference
}

// Pair is a recorded exchange and the one that was played in its place.
type Pair struct {
	Recorded int // index in Session.Exchanges
	Now      int // index in Now.Exchanges; 0: it was not sent
	Command  string
	Due      time.Time // when it should have been sent
	Sent     time.Time
	// Stray is the tag of a response that was received in place of the expected one. It is
	// "(secret)" if it repeats a secret.
	Stray string
	// Conflicts are identifiers in its answer that contradict what the server has said before.
	Conflicts []binding.Conflict
	// Note is a remark about it: "no answer within 30s".
	Note string

	watched bool // a load has counted it
}

// difference is a difference outside any exchange.
type difference struct {
	is         bool
	path, a, b string
}

// Divergence is an exchange that was answered differently.
type Divergence struct {
	Pair
	Differences []diff.Difference
}

// Divergences returns where the server answered differently. The first may be about what
// is outside any command: its Recorded is 0.
func (p *Played) Divergences(o diff.Options) []Divergence {
	if p.Err != nil {
		return nil
	}
	c := &comparison{Comparison: diff.Comparison{Dialect: p.Session.Dialect()}, o: o}
	if !p.Session.Conn.MidStream {
		list := c.exchanges(Pair{}, p.Session.Outside(), p.Now.Outside())
		if p.ended.is {
			list = append(list, diff.Difference{Path: p.ended.path, A: p.ended.a, B: p.ended.b, InA: true, InB: true})
		}
		c.add(Pair{}, list)
	}
	for _, pair := range p.Pairs {
		if p.Session.Exchanges[pair.Recorded].LeftOut == "" {
			c.add(pair, p.differences(pair, c))
		}
	}
	for _, d := range c.Late() {
		c.late(d)
	}
	return c.out
}

// differences returns where the answer to a command differs.
func (p *Played) differences(pair Pair, c *comparison) []diff.Difference {
	x := p.Session.Exchanges[pair.Recorded]
	if pair.Now == 0 {
		c.exchanges(pair, x, nil)
		return []diff.Difference{{Path: statusPath, A: status(x), B: noResponse, InA: true, InB: true}}
	}
	now := p.Now.Exchanges[pair.Now]
	if p.Now.Light {
		if status(x) != status(now) {
			return []diff.Difference{{Path: statusPath, A: status(x), B: status(now), InA: true, InB: true}}
		}
		return nil
	}
	list := c.exchanges(pair, x, now)
	for _, conflict := range pair.Conflicts {
		b := fmt.Sprintf("%d, which contradicts what the server reported before", conflict.Now)
		if c.o.Ignores(conflict.Role.String()) {
			continue
		}
		list = append(list, diff.Difference{Path: conflict.Role.String(), A: fmt.Sprint(conflict.Then), B: b, InA: true, InB: true})
	}
	return list
}

// comparison compares the exchanges of a session in order.
type comparison struct {
	diff.Comparison
	o        diff.Options
	out      []Divergence
	compared []Pair // by the number of the exchange that was compared
}

// exchanges compares a recorded exchange and the one that was played in its place, if any was.
func (c *comparison) exchanges(pair Pair, then, now *script.Exchange) []diff.Difference {
	c.compared = append(c.compared, pair)
	if now == nil {
		return c.Exchanges(&then.Exchange, nil, c.o)
	}
	return c.Exchanges(&then.Exchange, &now.Exchange, c.o)
}

// add adds the differences of a pair, if there are any.
func (c *comparison) add(pair Pair, list []diff.Difference) {
	if list = withoutRequest(list); len(list) > 0 {
		c.out = append(c.out, Divergence{pair, list})
	}
}

// late adds a difference of a pair that was compared before others.
func (c *comparison) late(d diff.Late) {
	pair := c.compared[d.Nth]
	at, found := slices.BinarySearchFunc(c.out, pair, func(x Divergence, of Pair) int { return cmp.Compare(x.Recorded, of.Recorded) })
	if !found {
		c.out = slices.Insert(c.out, at, Divergence{Pair: pair})
	}
	c.out[at].Differences = append(c.out[at].Differences, d.Difference)
}

// noResponse is the status of what was not answered.
const noResponse = "no response"

func status(x *script.Exchange) string {
	switch {
	case !x.Done:
		return noResponse
	case x.Status == "":
		return "none"
	}
	return x.Status
}

// withoutRequest removes differences of the request, which we sent ourselves.
func withoutRequest(list []diff.Difference) []diff.Difference {
	k := 0
	for _, d := range list {
		if d.Path != "request" {
			list[k] = d
			k++
		}
	}
	return list[:k]
}
