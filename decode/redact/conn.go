package redact

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

const (
	fromClient = capture.ClientToServer
	fromServer = capture.ServerToClient
)

// conn is one connection of a Mask. Positions are counted as the Decoder does.
type conn struct {
	id   capture.ConnID
	next capture.Sink
	pool *wire.Pool
	dec  *decode.Decoder

	noTLS   bool     // TLS is left out
	pos     [2]int64 // after the last byte received
	decided [2]int64 // it is known what the bytes before it are
	dropped [2]dropped
	queue   queue
	event   capture.Event // for data that is passed on at once
	edits   []edit

	client client
	server server

	all      bool // any text of the server may contain a secret: part of one was not captured
	loggedIn bool
	users    bool // users are named in Notes
	up       decode.UpgradeTo
	upAt     int64 // where, in the direction of the side that began
}

// data masks bytes and passes on those that are decided.
func (k *conn) data(e *capture.Event) error {
	if k.unreadable() {
		k.drop(e.Dir, e.Off, int64(len(e.Data)))
		return nil
	}
	k.event = *e
	c := &k.event
	at := k.pos[c.Dir]
	if c.Dir == fromClient {
		k.fromClient(c.Time, c.Data)
	} else {
		k.fromServer(c.Time, c.Data)
	}
	k.dec.Release()
	if k.unreadable() {
		n := k.upAt - at
		k.drop(c.Dir, c.Off+n, k.pos[c.Dir]-k.upAt)
		k.pos[c.Dir] = k.upAt
		c.Data = c.Data[:n]
		if n > 0 {
			k.queue.push(c, at)
		}
		k.queue.push(&capture.Event{Kind: capture.Note, Conn: k.id, Dir: c.Dir, Time: c.Time, Text: k.note()}, 0)
		return k.relieve()
	}
	// What can be passed on at once is not copied.
	if len(k.queue.pieces) == 0 && len(k.edits) == 0 {
		n := int(min(k.decided[c.Dir]-at, int64(len(c.Data))))
		if n == len(c.Data) {
			return k.next.Event(c)
		}
		if n > 0 {
			rest := c.Data[n:]
			c.Data = c.Data[:n]
			if err := k.next.Event(c); err != nil {
				return err
			}
			c.Data = rest
			c.Off += int64(n)
			at += int64(n)
		}
	}
	k.queue.push(c, at)
	return k.relieve()
}

// pass passes on an event in its place: after what is held.
func (k *conn) pass(e *capture.Event) error {
	if len(k.queue.pieces) == 0 {
		return k.next.Event(e)
	}
	at := k.pos[e.Dir]
	if e.Kind == capture.Note {
		at = 0 // of no direction
	}
	k.queue.push(e, at)
	return k.relieve()
}

// drop leaves out n bytes, the first of them at off.
func (k *conn) drop(dir capture.Direction, off, n int64) {
	d := &k.dropped[dir]
	if d.n == 0 {
		d.off = off
	}
	d.n += n
}

// dropped is bytes of one direction that are not passed on, being compressed.
type dropped struct{ off, n int64 }

// reportDropped reports them as a gap, in its place.
func (k *conn) reportDropped(dir capture.Direction, t time.Time) error {
	d := k.dropped[dir]
	k.dropped[dir] = dropped{}
	if d.n == 0 {
		return nil
	}
	return k.pass(&capture.Event{Kind: capture.Gap, Conn: k.id, Dir: dir, Time: t, Off: d.off, N: d.n})
}

// relieve passes on what is decided, and keeps what is held within its bound.
func (k *conn) relieve() error {
	if err := k.release(false); err != nil {
		return err
	}
	if k.queue.cost > MaxHeld {
		if err := k.release(true); err != nil {
			return err
		}
	}
	if k.queue.cost > MaxHeld {
		k.force()
		k.forceText()
		return k.release(true)
	}
	return nil
}

func (k *conn) release(overtake bool) error {
	k.queue.apply(k.edits, k.known())
	k.edits = k.edits[:0]
	return k.queue.release(k.next, k.decided, overtake)
}

// decide records that it is known what the bytes before at are.
func (k *conn) decide(dir capture.Direction, at int64) { k.decided[dir] = max(k.decided[dir], at) }

func (k *conn) edit(dir capture.Direction, from, to int64, how change) {
	if from < to {
		k.edits = append(k.edits, edit{dir: dir, from: from, to: to, how: how})
	}
}

// lost handles a loss: a line ends there, incomplete.
func (k *conn) lost(dir capture.Direction, t time.Time, n int64) {
	if k.up == 0 {
		if dir == fromClient {
			k.settle()
			k.learn(k.dec.Lost(dir, t, n))
			k.clientLost(n)
		} else {
			k.serverLost(n, k.dec.Lost(dir, t, n))
		}
		k.dec.Release()
		k.queue.apply(k.edits, k.known())
		k.edits = k.edits[:0]
	}
	k.pos[dir] += n
	k.decide(dir, k.pos[dir])
}

// learn handles the Decoder's events.
func (k *conn) learn(events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			if e.Dir != fromClient {
				k.response(e)
			} else {
				k.repeated(e)
			}
		case *decode.Transaction:
			k.transaction(e)
		case *decode.Upgrade:
			k.upgrade(e)
		}
	}
}

// transaction handles a transaction that ended.
func (k *conn) transaction(t *decode.Transaction) {
	if t.Outcome == decode.Completed && t.Row.Secret() && protocol.Lookup(protocol.Completion, t.Status).Does(protocol.Succeeds) {
		k.loggedIn = true
		if name := k.dec.Session().User; k.users && t.Row.Lines == protocol.SASLLines && name != "" {
			k.queue.push(&capture.Event{Kind: capture.Note, Conn: k.id, Time: t.End, Text: capture.UserIs + name}, 0)
		}
	}
}

// known returns the secrets that are searched for in texts.
func (k *conn) known() *session.Words {
	w := k.dec.Session().Words()
	if k.all {
		w = w.WithAll()
	}
	return w
}

// upgrade handles the end of what can be read. What is held of the other side is
// no longer part of a message.
func (k *conn) upgrade(u *decode.Upgrade) {
	k.up, k.upAt = u.To, u.Off
	other := u.Dir.Reverse()
	k.edit(other, k.decided[other], k.pos[other], hideText)
	k.decided[other] = k.pos[other]
}

// unreadable reports whether a layer began that is left out.
func (k *conn) unreadable() bool {
	return k.up == decode.Compression || k.up != 0 && k.noTLS
}

// note says what is left out.
func (k *conn) note() string {
	if k.up == decode.Compression {
		return "what follows is compressed and not recorded: secrets in it could not be masked"
	}
	return capture.LeftOut + "TLS that was not opened"
}

// close ends the connection: what is held is passed on.
func (k *conn) close(t time.Time, cause capture.Cause) error {
	if k.up == 0 {
		k.settle()
		k.serverLost(0, k.dec.Close(t, cause))
	}
	k.decided = k.pos
	if err := k.release(false); err != nil {
		return err
	}
	for dir := range k.dropped {
		if err := k.reportDropped(capture.Direction(dir), t); err != nil {
			return err
		}
	}
	return nil
}
