package lint

import (
	"imapscope/capture"
	"imapscope/decode"
)

// maxActs is how many actions of a proxy are kept of a connection; the oldest are dropped.
const maxActs = 64

// act is what a proxy did: a fault, a hold, or an edit.
type act struct {
	text  string // of the note
	start int64  // of the server's message that it changed, in its stream
	end   int64  // 0 if there is none
}

// acts is what a proxy did on a connection, oldest first.
type acts struct {
	all     []act
	pending int // the last ones, whose message has not come
}

// note keeps what a note reports of a proxy's actions.
func (a *acts) note(text string) {
	did, ok := capture.ParseAct(text)
	if !ok {
		return
	}
	if len(a.all) == maxActs {
		a.all = append(a.all[:0], a.all[1:]...)
		a.pending = min(a.pending, len(a.all))
	}
	a.all = append(a.all, act{text: printable(did.Kind + did.Text)})
	a.pending++
}

// came gives the actions that wait for their message the server's message that followed, unless
// the Decoder found that they are about another one, which was dropped.
func (a *acts) came(m *decode.Message) {
	if m.Dir != capture.ServerToClient {
		return
	}
	for i := len(a.all) - a.pending; i < len(a.all) && m.Acts != nil; i++ {
		a.all[i].start, a.all[i].end = m.Off, m.Off+m.Len
	}
	a.pending = 0
}

// on returns the last action on the server's message that a place is in, or "".
func (a *acts) on(p place) string {
	for i := len(a.all) - 1; i >= 0 && p.dir == capture.ServerToClient; i-- {
		if x := &a.all[i]; x.start <= p.off && p.off < x.end {
			return x.text
		}
	}
	return ""
}

// last returns the last action, or "".
func (a *acts) last() string {
	if len(a.all) == 0 {
		return ""
	}
	return a.all[len(a.all)-1].text
}

// of returns the last fault that acted on a transaction, as its note has it, or "".
func (a *acts) of(t *decode.Acts) string {
	if t == nil {
		return ""
	}
	for i := len(a.all) - 1; i >= 0; i-- {
		for _, f := range t.Faults {
			if a.all[i].text == printable(capture.ByFault+f) {
				return a.all[i].text
			}
		}
	}
	return ""
}

// attribute finds out what a proxy has to do with a finding. It returns the note of the action
// that made it, or of one before it; and it reports whether the finding is one of the other leg's,
// and reported there.
func (c *conn) attribute(f *found) (made, after string, other bool) {
	k := mark{f.index, f.verdict, f.place.dir, f.tag}
	p := c.pair
	switch {
	case p == nil:
		c.reported.add(k)
		return "", c.acts.last(), false
	case f.verdict == Network || f.verdict == Proxy:
		return "", "", false
	case evidenceOf(f.verdict) == c.leg:
		if c.leg == capture.ServerLeg && p.early.remove(k) {
			return "", "", true
		}
		if !p.withdraw(k) {
			p.seen.add(k)
		}
		if c.leg == capture.ClientLeg && p.changed {
			after = p.acts.last()
		}
		return "", after, false
	case p.seen.remove(k), c.leg == capture.ServerLeg && p.early.remove(k):
		return "", "", true
	case c.ends && !f.waited && c.leg == capture.ServerLeg && p.open[capture.ClientLeg]:
		return "", "", true // if it is the client's, its own leg will show it
	case !p.whole:
		return "", p.acts.last(), false
	case !f.waited && !c.ends && c.ahead() && p.await(c, f, k):
		return "", "", true
	case !p.differs(c.ends):
		return "", "", false
	}
	for _, made = range [...]string{p.acts.on(f.place), p.acts.of(f.acts), p.acts.last()} {
		if made != "" {
			break
		}
	}
	return made, "", false
}

// evidenceOf returns the leg that shows what a side did.
func evidenceOf(v Verdict) capture.Leg {
	if v == Client {
		return capture.ClientLeg
	}
	return capture.ServerLeg
}
