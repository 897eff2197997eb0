package conform

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// DefaultTimeout is how long a server may be silent.
const DefaultTimeout = 30 * time.Second

// maxLeaving is how long a run may clean up after it was interrupted.
const maxLeaving = 10 * time.Second

// Runner plays scripts. Its fields must not be changed while it runs.
type Runner struct {
	// Dial connects to the server; greeting is what has already been read from it.
	Dial           func(ctx context.Context) (c net.Conn, greeting []byte, err error)
	User, Password string
	// Mailbox is the one in which scripts of IMAP2 work; INBOX if it is empty.
	Mailbox string
	// Expunge allows them to remove messages of it: those that are marked as deleted, and
	// copies that they made.
	Expunge bool
	Timeout time.Duration // without a byte; 0: DefaultTimeout
	// Dialect is what the server speaks, even if it offers another; protocol.UnknownDialect means
	// the latest that it offers.
	Dialect protocol.Dialect
	// Sink, if set, receives the traffic.
	Sink capture.Sink
	// Progress, if set, is called before each script.
	Progress func(n, of int, s *Script)

	sink    capture.Sink
	sinkMu  sync.Mutex
	conns   capture.ConnID
	found   []Finding
	foundBy map[string]int
	own     *ownScripts
	made    string // what the names of our mailboxes begin with
	joint   string // delimiter between levels of mailbox names
	caps    []string
	stopped func() bool // the run was interrupted
	kept    int64       // bytes of messages of steps that failed
}

// Report is the result of a run.
type Report struct {
	Dialect      protocol.Dialect
	Capabilities []string // that the server offered, before or after the login
	Results      []*Result
	Findings     []Finding // errors of the server that decode/lint found
	Trouble      []string  // what could not be undone, a line each
}

// Result is the result of a script.
type Result struct {
	*Script

	Skipped string // why it was not played; empty if it was
	Steps   []*StepResult
}

// Finding is what decode/lint found, with how often.
type Finding struct {
	lint.Finding

	Count int
}

// Errors of Run.
var (
	// ErrNoUser means that a script logs in, and Runner has no user.
	ErrNoUser = errors.New("a user and a password are needed")
	// ErrLoginDisabled means that the server forbids LOGIN without TLS.
	ErrLoginDisabled = errors.New("the server allows no LOGIN without TLS")
	// ErrNothing means that no script is for the dialect of the server.
	ErrNothing = errors.New("no script is for what the server speaks")
)

func (r *Runner) timeout() time.Duration { return cmp.Or(r.Timeout, DefaultTimeout) }

// Run plays scripts, and cleans up, even if ctx ends. The report is not nil unless nothing
// could be played.
func (r *Runner) Run(ctx context.Context, scripts []*Script) (*Report, error) {
	if err := r.prepare(); err != nil {
		return nil, err
	}
	r.stopped = func() bool { return ctx.Err() != nil }
	out := &Report{}
	if err := r.probe(ctx, out); err != nil {
		return nil, err
	}
	scripts = slices.DeleteFunc(slices.Clone(scripts), func(s *Script) bool {
		return len(s.Dialects) > 0 && !slices.ContainsFunc(s.Dialects, func(d protocol.Dialect) bool { return r.speaks(out, d) })
	})
	if len(scripts) == 0 {
		return nil, ErrNothing
	}
	logsIn := slices.ContainsFunc(scripts, func(s *Script) bool { return s.State > NonAuth })
	if r.User == "" && logsIn {
		return nil, ErrNoUser
	}
	undo, err := r.remember(ctx, out, logsIn)
	if err != nil {
		return nil, err
	}
	for i, s := range scripts {
		if ctx.Err() != nil {
			break
		}
		if r.Progress != nil {
			r.Progress(i, len(scripts), s)
		}
		renumbers := s.Expunges && r.Expunge && out.Dialect < protocol.IMAP4
		if renumbers { // flags are remembered by message number
			out.undo(ctx, undo)
		}
		out.Results = append(out.Results, r.script(ctx, out, i+1, s))
		if renumbers && ctx.Err() == nil {
			if undo, err = r.remember(ctx, out, logsIn); err != nil {
				out.Findings = r.found
				return out, err
			}
		}
	}
	within := maxTimes * r.timeout()
	if ctx.Err() != nil {
		within = min(within, maxLeaving)
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	out.undo(clean, undo)
	out.Findings = r.found
	return out, ctx.Err()
}

// undo undoes what scripts did, and reports what could not be undone.
func (r *Report) undo(ctx context.Context, undo func(context.Context) error) {
	if err := undo(ctx); err != nil {
		r.Trouble = append(r.Trouble, err.Error())
	}
}

// speaks reports whether scripts of a dialect are for the server: that of IMAP2 is for no
// later one, which removed half of it.
func (r *Runner) speaks(out *Report, d protocol.Dialect) bool {
	if out.Dialect < protocol.IMAP4 {
		return d == protocol.IMAP2
	}
	if d == protocol.IMAP4rev1 || d == protocol.IMAP4rev2 {
		return r.Dialect == d || r.Dialect == protocol.UnknownDialect && (out.Dialect == d || r.offers(d.String()))
	}
	return d == out.Dialect
}

func (r *Runner) offers(capability string) bool {
	return slices.ContainsFunc(r.caps, func(c string) bool { return strings.EqualFold(c, capability) })
}

// prepare sets up what passes all traffic on.
func (r *Runner) prepare() error {
	var err error
	if r.own, err = loadOwn(); err != nil {
		return err
	}
	r.made = "imapscope-conform-" + strings.ToLower(rand.Text()[:8])
	r.foundBy = make(map[string]int)
	r.stopped = func() bool { return false }
	l, err := lint.New(lint.Options{MinSeverity: lint.Error, Dialect: r.Dialect}, r.finding)
	if err != nil {
		return err
	}
	tee := capture.Tee{decode.NewDemux(decode.Options{Keep: keepBytes, Dialect: r.Dialect}, l)}
	if r.Sink != nil {
		tee = append(tee, r.Sink)
	}
	r.sink = tee
	return nil
}

// finding keeps an error of the server, once for each rule. Once the run is interrupted, what is
// missing is our fault.
func (r *Runner) finding(f lint.Finding) {
	if f.Verdict != lint.Server || f.Severity < lint.Error || r.stopped() {
		return
	}
	if i, ok := r.foundBy[f.Rule.ID]; ok {
		r.found[i].Count++
		return
	}
	r.foundBy[f.Rule.ID] = len(r.found)
	f.Event = nil
	r.found = append(r.found, Finding{f, 1})
}

// probe finds out what the server speaks and offers, before and after the login.
func (r *Runner) probe(ctx context.Context, out *Report) error {
	c, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	p := r.playing(&Script{Name: "probe"}, c)
	if res := p.step(ctx, r.own.step("greeting")); res.Outcome == Failed {
		return fmt.Errorf("the server does not greet: %s", res.Reasons[0])
	}
	preauth := preauthenticated(c)
	if !preauth && protocol.StatusEffect(c.greeted.Word) != protocol.Succeeds {
		return fmt.Errorf("the greeting is neither OK nor PREAUTH: %q", c.greeted.Raw[:min(len(c.greeted.Raw), 200)])
	}
	if err := p.capabilities(ctx); err != nil {
		return err
	}
	if r.User != "" && !preauth {
		if r.offers(protocol.That(protocol.Capability, protocol.ForbidsLogin).Name) {
			return ErrLoginDisabled
		}
		if err := p.setUp(ctx, "log in"); err != nil {
			return err
		}
		if len(r.caps) > 0 {
			if err := p.capabilities(ctx); err != nil {
				return err
			}
		}
	}
	out.Capabilities = r.caps
	out.Dialect = r.dialect()
	if out.Dialect >= protocol.IMAP4 && (r.User != "" || preauth) {
		p.names(ctx)
	}
	p.step(ctx, r.own.step("leave"))
	return nil
}

// dialect returns what the server speaks: the latest dialect that it offers, or IMAP2 if it
// offers none.
func (r *Runner) dialect() protocol.Dialect {
	if r.Dialect != protocol.UnknownDialect {
		return r.Dialect
	}
	best := protocol.IMAP2
	for _, d := range protocol.Dialects() {
		if d >= protocol.IMAP4 && r.offers(d.String()) {
			best = d
		}
	}
	return best
}

// playing returns what plays a script on connections.
func (r *Runner) playing(s *Script, conns ...*conn) *play {
	p := &play{Runner: r, script: s, x: newVariables(), conns: conns, mail: s.Mail}
	if p.mail == nil {
		p.mail = r.own.mail
	}
	name, domain, _ := strings.Cut(r.User, "@")
	for k, v := range map[string]string{
		"user": r.User, "username": name, "domain": domain, "password": r.Password,
		"made": r.made, "sep": r.joint, "mailbox": cmp.Or(r.Mailbox, protocol.Inbox),
	} {
		if v != "" {
			p.x.set(k, v)
		}
	}
	return p
}

// capabilities asks for the capabilities. A server that refuses has none.
func (p *play) capabilities(ctx context.Context) error {
	s := p.own.step("capabilities")
	c := p.conns[0]
	res := p.stepThen(ctx, s, func() {
		for _, a := range c.received() {
			if a.Row.Does(protocol.Offers) {
				for _, v := range a.datum().values[1:] {
					if !p.offers(v.text) {
						p.caps = append(p.caps, v.text)
					}
				}
			}
		}
	})
	if res.Outcome == Failed && c.dead != "" {
		return errors.New(res.Reasons[0])
	}
	return nil
}

// names finds out the delimiter, and where the user may make mailboxes.
func (p *play) names(ctx context.Context) {
	p.step(ctx, p.own.step("delimiter"))
	p.joint = p.x.values["delimiter"]
	has := protocol.That(protocol.Response, protocol.GivesNamespaces).Capability
	if p.offers(has) && p.step(ctx, p.own.step("namespace")).Outcome == Passed {
		p.made = p.x.values["prefix"] + p.made
	}
}

// setUp plays steps of our own before those of a script.
func (p *play) setUp(ctx context.Context, titles ...string) error {
	for _, t := range titles {
		if res := p.step(ctx, p.own.step(t)); res.Outcome != Passed {
			return fmt.Errorf("cannot %s: %s%s", t, res.Reasons[0], said(res))
		}
	}
	return nil
}

// said returns the text of the response that ended a failed step.
func said(r *StepResult) string {
	for _, m := range slices.Backward(r.Messages) {
		if m.Kind == decode.Tagged && len(m.Text) > 0 && len(m.Secrets) == 0 {
			return fmt.Sprintf(": %q", m.Text[:min(len(m.Text), 200)])
		}
	}
	return ""
}
