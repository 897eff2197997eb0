package replay

import (
	"errors"
	"os"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// stray is a response with an unknown tag.
type stray struct {
	tag string
	at  time.Time
}

// receiving is how a session reads from the server. If it is Light, its own goroutine does so while
// it waits for the server, which saves two switches of goroutines for each command. Once it has to
// wait for something else (a time, another session, room to write to), a goroutine apart reads. If
// messages are compared, it matters whether one arrived before a command was sent: then a
// goroutine apart reads from the beginning.
type receiving struct {
	// Of the session's own goroutine.
	apart    bool      // a goroutine apart reads
	deadline time.Time // of the connection, for reading
	finished bool      // nothing more will be received
	unheard  int       // bytes sent since all commands were answered

	// Of a goroutine apart.
	news chan struct{} // something was received
	over chan struct{} // closed when nothing more will be received
}

// maxUnheard is how many bytes are sent while no goroutine apart reads. A server that waits until
// we read its answers does not read our commands, and so many fit into the system's buffers.
const maxUnheard = 2 << 10

// readApart has a goroutine apart read from now on.
func (g *game) readApart() {
	if g.apart || g.conn == nil {
		return
	}
	g.apart, g.news, g.over = true, make(chan struct{}, 1), make(chan struct{})
	if g.finished {
		close(g.over)
		return
	}
	_ = g.conn.SetReadDeadline(time.Time{}) // if it fails, so does reading
	go g.read()
}

// hear reads what the server sends next. It returns false if nothing more will be received. It
// waits for d at most, or less: the deadline of an earlier wait stays while it is not too late,
// as most waits end long before it.
func (g *game) hear(d time.Duration) bool {
	if g.finished {
		return false
	}
	now := time.Now()
	if until := now.Add(d); !g.deadline.After(now) || until.Before(g.deadline) {
		_ = g.conn.SetReadDeadline(until) // if it fails, so does reading
		g.deadline = until
	}
	n, err := g.conn.Read(g.buf)
	g.receive(g.buf[:n])
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		g.finished, g.readErr = true, err
	}
	return !g.finished
}

// drain receives until nothing more will be received, which it reports, for d at most.
func (g *game) drain(d time.Duration) bool {
	if !g.apart {
		for until := time.Now().Add(d); g.hear(d); {
			if d = time.Until(until); d <= 0 {
				return false
			}
		}
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-g.over:
		return true
	case <-t.C:
		return false
	}
}

// received waits for the goroutine apart, after the connection was closed.
func (g *game) received() {
	if g.apart {
		<-g.over
	}
}

// read receives from the server until the connection ends.
func (g *game) read() {
	defer close(g.over)
	for {
		n, err := g.conn.Read(g.buf)
		g.receive(g.buf[:n])
		if err != nil {
			g.mu.Lock()
			g.readErr = err
			g.mu.Unlock()
			return
		}
	}
}

func (g *game) receive(p []byte) {
	if len(p) == 0 {
		return
	}
	g.mu.Lock()
	g.heard += int64(len(p))
	g.feed(capture.ServerToClient, p)
	flood := g.live && g.heard > g.mostOf() // between commands no one waits, and counts
	g.mu.Unlock()
	if flood {
		g.conn.Close()
	}
	if !g.apart {
		return
	}
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// feed decodes bytes of either side. The lock must be held.
func (g *game) feed(dir capture.Direction, p []byte) {
	now := time.Now()
	g.last = now
	if g.Sink != nil {
		g.report(capture.Event{Kind: capture.Data, Dir: dir, Time: now, Off: g.pos[dir], Data: p})
		g.pos[dir] += int64(len(p))
	}
	if dir == capture.ServerToClient && g.out.greeted.IsZero() {
		g.out.greeted = now
		if g.watch != nil {
			g.watch.greets(g.out)
		}
	}
	for _, ev := range g.dec.Write(dir, now, p) {
		i := g.out.Now.Event(ev)
		switch ev := ev.(type) {
		case *decode.Message:
			if ev.Kind == decode.Request {
				g.byStart[ev.Off] = i
			} else if g.live { // short ones take more memory than their bytes
				g.heard += MessageCost
			}
		case *decode.Transaction:
			if len(g.out.Now.Order) == len(g.out.Now.Exchanges)-1 {
				g.unheard = 0
			}
			if g.watch != nil && ev.Outcome == decode.Completed {
				g.watch.answers(g.out, g.out.Now.Exchanges[i])
			}
			if ev.Outcome == decode.Orphan {
				g.strayed(ev, now)
			} else if k, ok := g.place[g.out.Now.Exchanges[i].Start]; g.world != nil && ok && ev.Outcome == decode.Completed {
				g.world.answered(g.s.World[k])
			}
		}
	}
}

// strayed records a response with an unknown tag, in place of the one that the oldest
// command waits for. The lock must be held.
func (g *game) strayed(t *decode.Transaction, now time.Time) {
	tag := t.Tag
	if t.SecretTag {
		tag = "(secret)"
	}
	all := g.out.Now.Exchanges
	for g.oldest = max(g.oldest, 1); g.oldest < len(all) && all[g.oldest].Done; g.oldest++ {
	}
	for i, x := range all[min(g.oldest, len(all)):] {
		if _, has := g.strays[x.Start]; !x.Done && !has && g.byStart[x.Start] == g.oldest+i {
			g.strays[x.Start] = stray{tag, now}
			return
		}
	}
}

// isDone reports whether a recorded exchange is answered, or no longer waited for.
func (g *game) isDone(e int) bool {
	if g.given[e] {
		return true
	}
	start, sent := g.starts[e]
	if !sent {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	i, ok := g.byStart[start]
	if ok && g.out.Now.Exchanges[i].Done {
		return true
	}
	s, ok := g.strays[start]
	if ok && time.Since(s.at) >= strayGrace {
		g.strange = true
	}
	return ok && g.strange
}
