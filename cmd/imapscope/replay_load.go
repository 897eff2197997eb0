package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture/outfile"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/print"
)

// load holds the flags of a load test.
type load struct {
	clients   int
	repeat    int
	duration  time.Duration
	rate      float64
	users     string
	maxErrors int
	hdr       string
}

func (o *load) flags(f *pflag.FlagSet) {
	f.IntVar(&o.clients, "clients", 0, "the `number` of concurrent sessions; the recorded ones are used in turn")
	f.IntVar(&o.repeat, "repeat", 0, "the `number` of sessions that each client plays")
	f.DurationVar(&o.duration, "duration", 0, "how long to start new sessions")
	f.Float64Var(&o.rate, "rate", 0, "the number of sessions to start per second, even if the server is slow (open loop)")
	f.StringVar(&o.users, "users", "", "the clients' users and passwords, a CSV `file`: user,password")
	f.IntVar(&o.maxErrors, "max-errors", 0, "stop after more errors than this (0: never)")
	f.StringVar(&o.hdr, "hdr", "", "write the latencies to this `file`, an HDR histogram log with a tag for each command")
}

func (o *load) isLoad() bool {
	return o.clients > 0 || o.repeat > 0 || o.duration > 0 || o.rate > 0 || o.users != ""
}

func (o *load) hasUsers() bool { return o.users != "" }

func (o *load) run(ctx context.Context, e *env, s *script.Script, p *replay.Player, c *comparing) (err error) {
	if o.rate < 0 || o.clients < 0 || o.repeat < 0 || o.duration < 0 {
		return usage("replay: --clients, --repeat, --duration and --rate must not be negative")
	}
	if c.format == "junit" || len(c.strict) > 0 {
		return usage("replay: a load test compares only statuses: use --format text, jsonl or none, without --strict")
	}
	l := &replay.Load{Player: p, Clients: o.clients, Repeat: o.repeat, Duration: o.duration, Rate: o.rate, MaxErrors: o.maxErrors}
	if l.Choose(s); len(l.Sessions) == 0 {
		return usage("replay: no session of the recording can be played")
	}
	if l.Users, err = replay.ReadUsersFile(o.users); err != nil {
		return fmt.Errorf("--users %w", err)
	}
	var hdr *outfile.File
	if o.hdr != "" {
		if hdr, err = outfile.Create(o.hdr, outfile.Options{}); err != nil {
			return fmt.Errorf("--hdr: %w", err)
		}
		defer func() { err = errors.Join(err, hdr.Discard()) }()
	}
	done := func() {}
	if print.IsTerminal(e.tty) {
		done = print.LoadProgress(e.tty, l)
	}
	r := l.Run(ctx)
	done()
	switch c.format {
	case "text":
		err = print.Load(e.out, r)
	case "jsonl":
		err = print.LoadJSON(e.out, r)
	}
	if hdr != nil && err == nil {
		if err = print.LoadHistograms(hdr, r); err == nil {
			err = hdr.Commit()
		}
	}
	if err == nil && r.Errors > 0 {
		return errFindings
	}
	return err
}
