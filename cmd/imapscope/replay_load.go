package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"imapscope/decode/script"
	"imapscope/proxy/replay"
)

// loadFlags holds the flags of a load test.
type loadFlags struct {
	clients     int
	repeat      int
	duration    time.Duration
	rampUp      time.Duration
	rate        float64
	commandRate float64
	users       string
	maxErrors   int
	interval    time.Duration
	hdr         string
	html        string
}

func (o *loadFlags) flags(f *pflag.FlagSet) {
	f.IntVar(&o.clients, "clients", 0, "the `number` of concurrent sessions; the recorded ones are used in turn")
	f.IntVar(&o.repeat, "repeat", 0, "the `number` of sessions that each client plays")
	f.DurationVar(&o.duration, "duration", 0, "how long to start new sessions")
	f.Float64Var(&o.rate, "rate", 0, "the number of sessions to start per second, even if the server is slow (open loop)")
	f.Float64Var(&o.commandRate, "command-rate", 0, "the number of commands to send per second, over all clients and even if the server is slow (open loop)")
	f.DurationVar(&o.rampUp, "ramp-up", 0, "how long it takes until all clients have started, or until the rate has risen to its full height")
	f.StringVar(&o.users, "users", "", "the clients' users and passwords, a CSV `file`: user,password")
	f.IntVar(&o.maxErrors, "max-errors", 0, "stop after more errors than this (0: never)")
	f.StringVar(&o.hdr, "hdr", "", "write the latencies to this `file`, an HDR histogram log: a line for each interval, with a tag for each command")
	f.StringVar(&o.html, "html", "", "write the result to this `file`, a page with plots")
	f.DurationVar(&o.interval, "interval", time.Second, "the time that each line of --hdr, each point of --html and each interval of --format jsonl is about")
}

// gated holds the flags that make a replay fail when it was too slow, or too little was played.
type gated struct {
	limits  []string
	slower  string
	answers int64
}

func (o *gated) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.limits, "max", nil, "fail if a latency is above a `limit`: \"FETCH p99 200ms\"; * is each command (repeatable)")
	f.StringVar(&o.slower, "max-slower", "", "fail if the median of a command is more `times` the recorded one: 2x")
	f.Int64Var(&o.answers, "min-exchanges", 0, "fail if fewer commands than this `number` were answered")
}

// gates returns the limits that the flags describe.
func (o *gated) gates() (g replay.Gates, err error) {
	for _, s := range o.limits {
		l, err := replay.ParseLimit(s)
		if err != nil {
			return g, usage("--max %v", err)
		}
		g.Limits = append(g.Limits, l)
	}
	if o.slower != "" {
		if g.Slower, err = replay.Factor(o.slower); err != nil {
			return g, usage("--max-slower %v", err)
		}
	}
	if g.Answers = o.answers; o.answers < 0 {
		return g, usage("--min-exchanges must not be negative")
	}
	return g, nil
}

// loadOnly returns the flag of a load test that was given without one.
func (o *loadFlags) loadOnly(changed func(string) bool) string {
	for _, name := range []string{"max-errors", "hdr", "html", "interval", "ramp-up"} {
		if !o.isLoad() && changed(name) {
			return name
		}
	}
	return ""
}

func (o *loadFlags) isLoad() bool {
	return o.clients > 0 || o.repeat > 0 || o.duration > 0 || o.rate > 0 || o.commandRate > 0 || o.users != ""
}

// writesFiles reports whether the load writes files besides a recording.
func (o *loadFlags) writesFiles() bool { return o.hdr != "" || o.html != "" }

func (o *loadFlags) hasUsers() bool { return o.users != "" }

// check returns an error if the flags exclude each other, or those that c and a player have.
func (o *loadFlags) check(c *comparing, p *replay.Player) error {
	switch {
	case o.rate < 0 || o.clients < 0 || o.repeat < 0 || o.duration < 0 || o.commandRate < 0 || o.rampUp < 0:
		return usage("replay: --clients, --repeat, --duration, --ramp-up, --rate and --command-rate must not be negative")
	case o.commandRate > 0 && o.rate > 0:
		return usage("replay: --command-rate and --rate exclude each other: one says when commands are due, the other when sessions are")
	case o.commandRate > 0 && p.Pace > 0:
		return usage("replay: --command-rate and --pace exclude each other: both say when commands are due")
	case o.commandRate > 0 && o.clients == 0:
		return usage("replay: --command-rate needs --clients, the number of sessions that share the commands")
	case o.interval < minInterval:
		return usage("replay: --interval %s is shorter than %s", o.interval, minInterval)
	case c.format == "junit" || len(c.strict)+len(c.ignore) > 0 || c.accept != "":
		return usage("replay: a load test compares only statuses: use --format text, jsonl or none, without --strict, --ignore and --accept")
	}
	return nil
}

// minInterval is the shortest interval: of a shorter one, nothing is left but noise.
const minInterval = 100 * time.Millisecond

// errEarly is why a load that Ctrl-C ended is no result to release on, although it printed one.
var errEarly = errors.New("the load ended early")

func (o *loadFlags) run(ctx context.Context, s *script.Script, p *replay.Player, c *comparing, gates replay.Gates, out *loadOutput) (err error) {
	if err := o.check(c, p); err != nil {
		return err
	}
	l := &replay.Load{
		Player: p, Clients: o.clients, Repeat: o.repeat, Duration: o.duration, Rate: o.rate, CommandRate: o.commandRate, RampUp: o.rampUp,
		MaxErrors: o.maxErrors, Gates: gates, Interval: o.interval, Stop: ctx.Done(), Grace: p.Timeout,
	}
	if l.Choose(s); len(l.Sessions) == 0 {
		return usage("replay: no session of the recording can be played")
	}
	if l.Users, err = replay.ReadUsersFile(o.users); err != nil {
		return fmt.Errorf("--users %w", err)
	}
	if err := out.open(o.hdr); err != nil {
		return err
	}
	defer func() {
		if discarded := out.discard(); discarded != nil { // else err is what it is: it decides the exit code
			err = errors.Join(err, discarded)
		}
	}()
	report := out.play(ctx, l)
	err = out.write(report)
	switch {
	case ctx.Err() != nil:
		return errors.Join(err, errEarly)
	case err == nil && (report.Errors > 0 || len(report.Broken) > 0):
		return errFindings
	}
	return err
}
