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

	pos     [2]int64 // behind what came
	decided [2]int64 // before it, it is known what octets are
	base    [2]int64 // what a chunk's Off has more than pos
	dropped [2]int64 // not handed on, being compressed
	queue   queue
	edits   []edit

	client client
	server server

	all      bool // any text of the server's may hold a secret: some of one was not captured
	loggedIn bool
	up       decode.UpgradeTo
	upAt     int64 // where, in the direction of who began
}

// chunk takes what Sink.Chunk takes.
func (k *conn) chunk(c capture.Chunk) error {
	if k.up == decode.Compression {
		k.dropped[c.Dir] += c.Lost + int64(len(c.Data))
		return nil
	}
	if c.Lost > 0 {
		k.lost(c.Dir, c.Time, c.Lost)
	}
	at := k.pos[c.Dir]
	k.base[c.Dir] = c.Off - at
	if c.Dir == fromClient {
		k.fromClient(c.Time, c.Data)
	} else {
		k.fromServer(c.Time, c.Data)
	}
	k.dec.Release()
	if k.up == decode.Compression {
		k.dropped[c.Dir] = k.pos[c.Dir] - k.upAt
		k.pos[c.Dir] = k.upAt
		c.Data = c.Data[:k.upAt-at]
		k.queue.push(piece{Chunk: c, at: at})
		k.queue.push(piece{Chunk: capture.Chunk{Conn: k.id, Dir: c.Dir, Time: c.Time}, note: compressedNote})
		return k.relieve()
	}
	// What can go at once goes uncopied.
	if len(k.queue.pieces) == 0 && len(k.edits) == 0 {
		n := int(min(k.decided[c.Dir]-at, int64(len(c.Data))))
		if n == len(c.Data) {
			return k.next.Chunk(c)
		}
		if n > 0 {
			now := c
			now.Data = c.Data[:n]
			if err := k.next.Chunk(now); err != nil {
				return err
			}
			c.Data, c.Lost = c.Data[n:], 0
			c.Off += int64(n)
			at += int64(n)
		}
	}
	k.queue.push(piece{Chunk: c, at: at})
	return k.relieve()
}

// relieve hands on what can be, and keeps what is held within its bound.
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

// decide says that it is known what the octets before at are.
func (k *conn) decide(dir capture.Direction, at int64) { k.decided[dir] = max(k.decided[dir], at) }

func (k *conn) edit(dir capture.Direction, from, to int64, how change) {
	if from < to {
		k.edits = append(k.edits, edit{dir: dir, from: from, to: to, how: how})
	}
}

// lost sees a loss: a line ends there, and is not whole.
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

// learn follows what the Decoder says.
func (k *conn) learn(events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			if e.Dir != fromClient {
				k.response(e)
			}
		case *decode.Transaction:
			k.transaction(e)
		case *decode.Upgrade:
			k.upgrade(e)
		}
	}
}

// transaction sees one that ended.
func (k *conn) transaction(t *decode.Transaction) {
	if t.Outcome == decode.Completed && t.Row.Secret() && protocol.Lookup(protocol.Completion, t.Status).Does(protocol.Succeeds) {
		k.loggedIn = true
	}
}

// known returns what of the secrets is searched for in texts.
func (k *conn) known() *session.Words {
	w := k.dec.Session().Words()
	if k.all {
		w = w.WithAll()
	}
	return w
}

// upgrade sees the end of what can be read. What is held of the other side is
// part of no message any more.
func (k *conn) upgrade(u *decode.Upgrade) {
	k.up, k.upAt = u.To, u.Off
	other := u.Dir.Reverse()
	k.edit(other, k.decided[other], k.pos[other], hideText)
	k.decided[other] = k.pos[other]
}

const compressedNote = "what follows is compressed and not recorded: secrets in it could not be masked"

// close ends the connection: what is held is handed on.
func (k *conn) close(t time.Time, cause error) error {
	if k.up == 0 {
		k.settle()
		k.serverLost(0, k.dec.Close(t, cause))
	}
	k.decided = k.pos
	if err := k.release(false); err != nil {
		return err
	}
	for dir, n := range k.dropped {
		if n == 0 {
			continue
		}
		d := capture.Direction(dir)
		c := capture.Chunk{Conn: k.id, Dir: d, Time: t, Off: k.base[d] + k.pos[d] + n, Lost: n}
		if err := k.next.Chunk(c); err != nil {
			return err
		}
	}
	return nil
}
