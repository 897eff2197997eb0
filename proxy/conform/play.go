package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
)

// script plays a script.
func (r *Runner) script(ctx context.Context, out *Report, n int, s *Script) *Result {
	res := &Result{Script: s}
	if res.Skipped = r.skips(out, s); res.Skipped != "" {
		return res
	}
	p := r.playing(s)
	defer func() {
		for _, c := range p.conns {
			c.close()
		}
	}()
	if out.Dialect >= protocol.IMAP4 {
		p.x.set("mailbox", fmt.Sprintf("%s-%d", r.made, n))
	}
	if err := p.open(ctx, out); err != nil {
		if ctx.Err() != nil {
			res.Skipped = interrupted
			return res
		}
		var no cannot
		if errors.As(err, &no) {
			res.Skipped = no.Error()
			return res
		}
		before := &StepResult{Step: &Step{Title: "what comes before the first step"}}
		before.fail("%v", err)
		res.Steps = append(res.Steps, before)
		return res
	}
	p.only = s.OnlyExpected
	for i := range s.Steps {
		res.Steps = append(res.Steps, p.playStep(ctx, &s.Steps[i]))
	}
	return res
}

// interrupted is why the rest of a script was not played.
const interrupted = "interrupted"

// playStep plays a step, or skips it.
func (p *play) playStep(ctx context.Context, s *Step) *StepResult {
	skip := func(why string) *StepResult {
		return &StepResult{Step: s, Outcome: Skipped, Reasons: []string{why}}
	}
	switch {
	case ctx.Err() != nil:
		return skip(interrupted)
	case s.Needs != "" && !p.offers(s.Needs):
		return skip(s.Needs + " is not offered")
	}
	for _, c := range p.used(s) {
		if c.dead != "" {
			return skip("an earlier step ended the connection")
		}
	}
	return p.step(ctx, s)
}

// skips returns why a script is not played; empty if it is.
func (r *Runner) skips(out *Report, s *Script) string {
	for _, c := range s.Capabilities {
		if !r.offers(c) && !strings.EqualFold(c, out.Dialect.String()) {
			return c + " is not offered"
		}
	}
	if out.Dialect < protocol.IMAP4 && s.State >= Created && !slices.Contains(s.Dialects, protocol.IMAP2) {
		return "it needs a mailbox of its own, which IMAP2 cannot make"
	}
	if s.Expunges && !r.Expunge {
		return "it removes messages marked as deleted, which is not allowed"
	}
	return ""
}

// cannot is why a script cannot be played, although nothing is wrong with the server.
type cannot string

func (e cannot) Error() string { return string(e) }

// open connects, and takes all connections to the state in which the script begins.
func (p *play) open(ctx context.Context, out *Report) error {
	s := p.script
	for range s.Conns {
		c, err := p.connect(ctx)
		if err != nil {
			return err
		}
		p.conns = append(p.conns, c)
	}
	all := p.conns
	defer func() { p.conns = all }()
	for i, c := range all {
		p.conns = []*conn{c}
		if err := p.openOne(ctx, out, i == 0, p.userOf(i+1)); err != nil {
			return err
		}
	}
	return nil
}

// userOf returns the user who logs in on a connection.
func (p *play) userOf(n int) string {
	if u, ok := p.script.Users[n]; ok {
		return u
	}
	return p.User
}

// openOne does so for one connection; the first one makes the mailbox.
func (p *play) openOne(ctx context.Context, out *Report, first bool, user string) error {
	s := p.script
	c := p.conns[0]
	if s.State == NonAuth && len(s.Steps[0].Acts) == 0 {
		return nil // the script looks at the greeting
	}
	if err := p.setUp(ctx, "greeting"); err != nil {
		return err
	}
	preauth := preauthenticated(c)
	if s.State == NonAuth {
		if preauth {
			return cannot("the server's greeting has logged the user in already")
		}
		return nil
	}
	if !preauth {
		p.x.set("user", user)
		defer p.x.set("user", p.User)
		if err := p.setUp(ctx, "log in"); err != nil {
			return err
		}
	}
	if out.Dialect >= protocol.IMAP4 && first {
		if err := p.fill(ctx); err != nil {
			return err
		}
	}
	if s.State < Selected {
		return nil
	}
	if out.Dialect >= protocol.IMAP4 {
		return p.setUp(ctx, "select")
	}
	return p.selectGiven(ctx)
}

// preauthenticated reports whether the greeting has logged the user in.
func preauthenticated(c *conn) bool { return c.greeted.Row.Does(protocol.PreAuthenticates) }

// fill makes the mailbox of a script, and appends its messages.
func (p *play) fill(ctx context.Context) error {
	s := p.script
	if s.State >= Created {
		if err := p.setUp(ctx, "make"); err != nil {
			return err
		}
	}
	if s.State < Appended {
		return nil
	}
	n := s.Messages
	if n == allMessages {
		n = len(p.mail)
	}
	for range n {
		if err := p.setUp(ctx, "append"); err != nil {
			return err
		}
	}
	return nil
}

// selectGiven selects a mailbox that has to have messages already.
func (p *play) selectGiven(ctx context.Context) error {
	c := p.conns[0]
	count := 0
	res := p.stepThen(ctx, p.own.step("select"), func() {
		for _, a := range c.received() {
			if a.Row.Does(protocol.CountsMessages) {
				count = int(a.Number)
			}
		}
	})
	switch {
	case res.Outcome == Failed:
		return fmt.Errorf("cannot select the mailbox: %s%s", res.Reasons[0], said(res))
	case count < p.script.Messages:
		return cannot(fmt.Sprintf("it needs %d messages in the mailbox, which has %d", p.script.Messages, count))
	}
	p.x.set("count", fmt.Sprint(count))
	return nil
}

// stepThen plays a step, and calls look before what it received is forgotten.
func (p *play) stepThen(ctx context.Context, s *Step, look func()) *StepResult {
	p.look = look
	defer func() { p.look = nil }()
	return p.step(ctx, s)
}

// remember returns a function that undoes what scripts do: deletes the mailboxes that they
// made, or restores flags.
func (r *Runner) remember(ctx context.Context, out *Report, logsIn bool) (func(context.Context) error, error) {
	if out.Dialect >= protocol.IMAP4 {
		return r.deleteMade, nil
	}
	if !logsIn {
		return func(context.Context) error { return nil }, nil
	}
	flags := make(map[uint32]string)
	err := r.aside(ctx, func(p *play) error {
		if err := p.selectGiven(ctx); err != nil {
			return err
		}
		p.eachFlags(ctx, func(n uint32, now string) { flags[n] = now })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return r.restore(ctx, flags) }, nil
}

// aside calls do with a connection of its own, logged in.
func (r *Runner) aside(ctx context.Context, do func(*play) error) error {
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	p := r.playing(&Script{Name: "setup"}, c)
	if err := p.setUp(ctx, "greeting"); err != nil {
		return err
	}
	if !preauthenticated(c) {
		if err := p.setUp(ctx, "log in"); err != nil {
			return err
		}
	}
	if err := do(p); err != nil {
		return err
	}
	p.step(ctx, r.own.step("leave"))
	return nil
}

// deleteMade deletes the mailboxes whose names begin as those that scripts made.
func (r *Runner) deleteMade(ctx context.Context) error {
	if r.User == "" {
		return nil
	}
	return r.aside(ctx, func(p *play) error {
		for _, what := range []struct{ list, each string }{{"subscribed", "unsubscribe"}, {"names", "delete"}} {
			for _, n := range p.listed(ctx, what.list) {
				p.x.set("name", n.name)
				res := p.step(ctx, r.own.step(what.each))
				if res.Outcome != Passed && n.selectable {
					return fmt.Errorf("the mailbox %s is still there: %s%s", n.name, res.Reasons[0], said(res))
				}
			}
		}
		return nil
	})
}

// named is the name of a mailbox, or of a level of names that is none, which some servers
// delete on request, too.
type named struct {
	name       string
	selectable bool
}

// listed returns the names that a step lists, the longest first: those below others.
func (p *play) listed(ctx context.Context, step string) (names []named) {
	c := p.conns[0]
	p.stepThen(ctx, p.own.step(step), func() {
		for _, a := range c.received() {
			v := a.datum().values
			if !a.Row.Does(protocol.Names) || len(v) < 4 {
				continue
			}
			if name := v[3].text; strings.HasPrefix(name, p.made) {
				names = append(names, named{name, !cannotSelect(v[1])})
			}
		}
	})
	slices.SortStableFunc(names, func(a, b named) int { return len(b.name) - len(a.name) })
	return slices.Compact(names)
}

// cannotSelect reports whether the attributes of a mailbox say that it is none.
func cannotSelect(attributes value) bool {
	return slices.ContainsFunc(attributes.kids, func(v value) bool {
		return protocol.Lookup(protocol.Flag, v.text).Does(protocol.CannotSelect)
	})
}

// maxRestored is how many messages, from the first on, scripts of IMAP2 may change.
const maxRestored = 10

// eachFlags calls f with the flags of each message that scripts may change, except those
// that only the server sets.
func (p *play) eachFlags(ctx context.Context, f func(n uint32, flags string)) {
	count := p.x.values["count"]
	if count == "0" || count == "" {
		return
	}
	if len(count) > 1 {
		p.x.set("last", fmt.Sprint(maxRestored))
	} else {
		p.x.set("last", count)
	}
	c := p.conns[0]
	p.stepThen(ctx, p.own.step("flags"), func() {
		for _, a := range c.received() {
			if a.Row.Does(protocol.Describes) {
				if flags, ok := flagsOf(a.Message); ok {
					f(a.Number, flags)
				}
			}
		}
	})
}

// flagsOf returns the flags that data about a message shows, as a list to store.
func flagsOf(m *decode.Message) (string, bool) {
	for _, v := range datumOf(m).values {
		for i := 0; i+1 < len(v.kids); i += 2 {
			if !protocol.Lookup(protocol.Property, strings.ToUpper(v.kids[i].text)).Displays(protocol.ShowsFlags) {
				continue
			}
			kept := slices.DeleteFunc(slices.Clone(v.kids[i+1].kids), func(f value) bool {
				return protocol.Lookup(protocol.Flag, f.text).Does(protocol.MarksRecent)
			})
			return "(" + join(kept) + ")", true
		}
	}
	return "", false
}

// restore stores the flags that messages had.
func (r *Runner) restore(ctx context.Context, flags map[uint32]string) error {
	return r.aside(ctx, func(p *play) error {
		if err := p.selectGiven(ctx); err != nil {
			return err
		}
		now := make(map[uint32]string)
		p.eachFlags(ctx, func(n uint32, f string) { now[n] = f })
		for n, was := range flags {
			if now[n] == was {
				continue
			}
			p.x.set("number", fmt.Sprint(n))
			p.x.set("flags", was)
			if err := p.setUp(ctx, "restore"); err != nil {
				return fmt.Errorf("the flags of message %d are changed: %w", n, err)
			}
		}
		return nil
	})
}
