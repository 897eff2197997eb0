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
	"context"
	"net"
	"time"

	"imapscope/capture"
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

	// Light keeps no messages: only statuses are compared.
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
	Sent    int // commands
	greeted time.Time
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
	// Note is a remark about it: "no answer within 30s".
	Note string
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
