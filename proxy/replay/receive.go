package replay

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// stray is a response with an unknown tag.
type stray struct {
	tag string
	at  time.Time
}

// read receives from the server until the connection ends.
func (g *game) read() {
	defer close(g.over)
	buf := make([]byte, 32<<10)
	for {
		n, err := g.conn.Read(buf)
		g.receive(buf[:n])
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
			if g.watch != nil && ev.Outcome == decode.Completed {
				g.watch.answers(g.out, g.out.Now.Exchanges[i])
			}
			if ev.Outcome == decode.Orphan {
				g.strayed(ev, now)
			} else if k, ok := g.place[g.out.Now.Exchanges[i].Start]; ok && ev.Outcome == decode.Completed {
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
