// Package replay drives a server from a recording and reports where it answered differently.
//
//	p := &replay.Player{Dial: dial, Pace: 1}
//	for _, played := range p.PlayAll(ctx, recording) {
//		for _, d := range played.Divergences(diff.Options{}) { … }
//	}
//
// Of one session:
//
//	steps ─> await what the client had heard ─> its time ─> bindings ─> server
//	                     ▲                                                │
//	             script.Follow <─ decode.Decoder <─ reader  <─────────────┘
//
// # Rules
//
//   - A step goes out when what it needs has come, and not before its time. The
//     schedule is absolute: what was late does not make what follows later.
//   - Latency counts from when a command should have gone out, so that a server that
//     stalls is not hidden by a client that waits for it.
//   - No server can make a session hang: each wait ends by Timeout without an octet, or
//     by ten times that in all; an answer is bounded too. Two waits in vain, without an
//     answer between, end the session. What was not played is told.
//   - A response with another tag than the command's is nobody's answer. But a client
//     that waits for one alone would wait for ever: after a second it goes on.
//   - Literals are sent as they were: after "+" where the recording waited. If the
//     server refuses the command before, the rest of it is not sent.
//   - The sessions of one recording keep the order in which their commands were
//     answered, unless they are played as a load.
package replay

import (
	"context"
	"net"
	"time"

	"imapscope/capture"
	"imapscope/decode/diff"
	"imapscope/decode/script"
)

// Player plays sessions against a server. Its fields are not changed while it plays.
type Player struct {
	// Dial connects to the server; greeting is what was read of it already.
	Dial func(ctx context.Context) (c net.Conn, greeting []byte, err error)
	Set  Bindings

	// Login says that sessions which begin in the middle begin with a LOGIN and a
	// SELECT of our own, as Set has them. They are left out without.
	Login bool

	Pace    float64       // times the recorded time between steps; 0: no waiting
	MaxWait time.Duration // a client's pauses are no longer than this; 0: as they were
	Timeout time.Duration // without an octet; 0: DefaultTimeout

	// Light keeps no messages: statuses are compared only.
	Light bool

	// Sink, if set, is told what passes, as connections from 1 on in the order in
	// which the sessions come. Calls for different connections may be concurrent.
	Sink capture.Sink
}

// DefaultTimeout is how long a server may be silent.
const DefaultTimeout = 30 * time.Second

const (
	// strayGrace is how long after a response with a strange tag the right one may
	// still come.
	strayGrace = time.Second
	// endGrace is how long a server may take to close a connection that it closed in
	// the recording.
	endGrace = 2 * time.Second
	// maxTimes bounds all of a wait, in Timeouts.
	maxTimes = 10
	// maxAnswer is how many octets a server may say while one thing is waited for.
	maxAnswer = 256 << 20
)

// MidStream is the line in Played.LeftOut of a session whose beginning was not recorded,
// unless Player.Login is set.
const MidStream = "all of it: it begins in the middle"

// Played is what came of a session.
type Played struct {
	Session *script.Session
	Now     script.Follow
	Pairs   []Pair // in the order of the recording
	// LeftOut is what was not played, a line each.
	LeftOut []string
	// Err is why there was no connection at all.
	Err error
	// Trouble is what went wrong on the way, a line each: the server's silence, a
	// reset, a literal that nobody has.
	Trouble []string
	Sent    int // commands
	greeted time.Time
	ended   difference
}

// Pair is a recorded exchange and the one that was played in its place.
type Pair struct {
	Recorded int // of Session.Exchanges
	Now      int // of Now.Exchanges; 0: none came of it
	Command  string
	Due      time.Time // when it should have gone out
	Sent     time.Time
	// Stray is the tag of a response that came in place of the one that was awaited.
	Stray string
	// Note is what happened to it: "no answer within 30s".
	Note string
}

// difference is one that is of no exchange.
type difference struct {
	is         bool
	path, a, b string
}

// Divergence is an exchange that was answered differently.
type Divergence struct {
	Pair
	Differences []diff.Difference
}

// Divergences are where the server answered differently. The first may be of what
// stands outside any command: its Recorded is 0.
func (p *Played) Divergences(o diff.Options) []Divergence {
	var out []Divergence
	add := func(pair Pair, list []diff.Difference) {
		list = withoutRequest(list)
		if len(list) > 0 {
			out = append(out, Divergence{pair, list})
		}
	}
	if p.Err != nil {
		return nil
	}
	if !p.Session.Conn.MidStream {
		list := diff.Exchanges(&p.Session.Outside().Exchange, &p.Now.Outside().Exchange, o)
		if p.ended.is {
			list = append(list, diff.Difference{Path: p.ended.path, A: p.ended.a, B: p.ended.b, InA: true, InB: true})
		}
		add(Pair{}, list)
	}
	for _, pair := range p.Pairs {
		x := p.Session.Exchanges[pair.Recorded]
		if x.LeftOut != "" {
			continue
		}
		if pair.Now == 0 {
			add(pair, []diff.Difference{{Path: "status", A: status(x), B: "no response", InA: true, InB: true}})
			continue
		}
		now := p.Now.Exchanges[pair.Now]
		if p.Now.Light {
			if status(x) != status(now) {
				add(pair, []diff.Difference{{Path: "status", A: status(x), B: status(now), InA: true, InB: true}})
			}
			continue
		}
		add(pair, diff.Exchanges(&x.Exchange, &now.Exchange, o))
	}
	return out
}

func status(x *script.Exchange) string {
	switch {
	case !x.Done:
		return "no response"
	case x.Status == "":
		return "none"
	}
	return x.Status
}

// withoutRequest leaves out what we said ourselves.
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
