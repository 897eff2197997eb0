package mirror

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/session"
	"imapscope/proxy/replay"
)

// player plays the exchanges of one connection.
type player struct {
	*conn
	live     *replay.Live
	writable bool // mailboxes cannot be opened read-only
	unopened bool // the mailbox that the client has open is not
}

// maxRefused is how often the second server may refuse a user.
const maxRefused = 3

// play plays exchanges until the connection ends.
func (c *conn) play() {
	defer c.m.open.Add(-1)
	p := &player{conn: c}
	defer p.close()
	for {
		j, ok := c.next()
		if !ok {
			return
		}
		why := p.exchange(&j)
		c.played(j)
		if why != "" {
			if c.m.ctx.Err() != nil {
				why = "the proxy ended"
			}
			c.end(why)
			return
		}
	}
}

func (p *player) close() {
	p.stop()
	if p.live != nil {
		p.live.Close()
	}
}

// exchange plays one exchange. It returns why no more can be played, if so.
func (p *player) exchange(j *job) (why string) {
	if p.live == nil {
		if err := p.connect(j); err != nil {
			return err.Error()
		}
	}
	x := j.x
	if isLogin(x.Row) {
		if err := p.live.Check(x); err != nil {
			return unplayable(x, err)
		}
		if p.m.tally.refusedOf(p.userOf(x)) >= maxRefused {
			return locked
		}
	}
	if skip := p.skips(x); skip != "" {
		p.m.tally.skip(skip)
		return ""
	}
	// The second server may have more to say, but not without end.
	p.live.SetMost(min(maxAnswer, leastAnswer+4*j.cost))
	t, err := p.live.Play(p.m.ctx, x, j.how.opts)
	if err == nil && p.wantsSelect(x, t) {
		p.writable = true
		p.live.SetReadOnly(false)
		t, err = p.live.Play(p.m.ctx, x, j.how.opts)
	}
	if err != nil {
		return err.Error()
	}
	p.compare(j, t)
	return p.after(x, t)
}

// unplayable returns in words why a login cannot be played.
func unplayable(x *script.Exchange, err error) string {
	if errors.Is(err, replay.ErrChallenge) {
		return fmt.Sprintf("clients log in with %s, whose answers differ each time, and no password is set for the second server", x.Mechanism())
	}
	if m := replay.MechanismError(""); errors.As(err, &m) {
		return fmt.Sprintf("clients log in with %s, which cannot be played", string(m))
	}
	return err.Error()
}

// connect connects to the second server, and compares its greeting.
func (p *player) connect(j *job) error {
	live, err := p.m.opts.Player.Live(p.m.ctx, p.info, replay.LiveOptions{Values: p.m.values, ReadOnly: !p.m.opts.Writes})
	if err != nil {
		return err
	}
	p.live = live
	p.m.tally.add(func(r *Report) { r.Mirrored++ })
	if p.greeting != nil {
		second := live.Outside()
		p.report(p.greeting, second, nil, diff.Exchanges(p.greeting, second, p.m.opts.Compare))
	}
	return nil
}

// skips returns why an exchange is not played, now that it is known how the second server is.
func (p *player) skips(x *script.Exchange) Reason {
	opened := x.Row.Does(protocol.Selects)
	switch {
	case p.unopened && x.Row != nil && x.Row.States == protocol.In(protocol.Selected):
		return Unopened
	case !opened && len(p.live.Unbound(x)) > 0:
		return Unbound
	case p.m.opts.Writes || !p.writable:
		return ""
	case x.Row.Does(protocol.Fetches) && session.MarksSeen(x.Request.Raw):
		return Marks
	}
	return ""
}

// wantsSelect reports whether a server does not know how to open a mailbox read-only: EXAMINE is
// newer than RFC 1176.
func (p *player) wantsSelect(x *script.Exchange, t *replay.Turn) bool {
	return !p.m.opts.Writes && !p.writable && x.Row.Does(protocol.Selects) && !x.Row.ReadOnly && !x.Row.Shared &&
		protocol.StatusEffect(t.Answer.Status) == protocol.Rejects && protocol.StatusEffect(x.Status) != protocol.Rejects
}

// compare reports how an answer differs.
func (p *player) compare(j *job, t *replay.Turn) {
	list := t.Differences
	if j.how.status || t.Bare {
		list = slices.DeleteFunc(list, func(d diff.Difference) bool { return d.Path != "status" })
	}
	if t.Bare && len(list) == 0 {
		p.m.tally.skip(Parameter)
		return
	}
	took, _ := j.x.Elapsed()
	p.m.tally.compared(j.x.Row, len(list) > 0, t.Took, took)
	p.report(&j.x.Exchange, &t.Answer.Exchange, j.x, list)
}

// report reports the differences that are new, of an exchange or, if x is nil, outside any.
func (p *player) report(first, second *diff.Exchange, x *script.Exchange, list []diff.Difference) {
	if len(list) == 0 {
		return
	}
	fresh, again := p.m.tally.fresh(whereOf(x), list)
	if len(fresh) == 0 || p.m.opts.Differs == nil {
		return
	}
	p.m.tally.serial(func() {
		p.m.opts.Differs(&Difference{Conn: p.info.ID, First: first, Second: second, List: fresh, Again: again})
	})
}

// whereOf returns what a difference is about, but for its path: the command, and of one that
// depends on it also the user and the mailbox.
func whereOf(x *script.Exchange) string {
	switch {
	case x == nil:
		return ""
	case x.Row != nil && x.Row.States.Has(protocol.NotAuthenticated) && !isLogin(x.Row):
		return x.Command
	}
	return x.Command + "\x00" + x.User + "\x00" + x.Mailbox
}

// userOf returns the user that a login names to the second server.
func (p *player) userOf(x *script.Exchange) string { return cmp.Or(p.m.opts.Player.Set.User, x.User) }

// after follows what the second server has done. It returns why no more can be played, if so.
func (p *player) after(x *script.Exchange, t *replay.Turn) (why string) {
	then, now := protocol.StatusEffect(x.Status), protocol.StatusEffect(t.Answer.Status)
	switch {
	case isLogin(x.Row) && now != protocol.Succeeds:
		p.m.tally.refuse(p.userOf(x))
		return "the second server refused the login"
	case x.Row.Does(protocol.Selects):
		p.unopened = then == protocol.Succeeds && now != protocol.Succeeds
	}
	return ""
}
