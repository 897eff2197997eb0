package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/proxy/tls"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// replayFlags holds the flags of replay.
type replayFlags struct {
	comparing
	load
	recording
	to       string
	set      []string
	login    bool
	pace     string
	maxWait  time.Duration
	timeout  time.Duration
	dryRun   bool
	inspect  bool
	mine     bool
	tls      string
	insecure bool
	trust    string
}

func newReplay(e *env) *cobra.Command {
	var o replayFlags
	c := &cobra.Command{
		Use:  "replay FILE… --to ADDR",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "the server, `host:port`")
	f.StringArrayVar(&o.set, "set", nil, "replace what must differ: `user=…,password=…,mailbox=…`, or mailbox:OLD=NEW (repeatable)")
	f.BoolVar(&o.login, "login", false, "begin sessions that were recorded from the middle with a LOGIN and a SELECT, with the values of --set")
	f.StringVar(&o.pace, "pace", "none", "recorded, none (as fast as answers arrive), or a multiple of the recorded times: 0.5x, 2x")
	f.DurationVar(&o.maxWait, "max-wait", 0, "shorten the client's pauses to this (0: as recorded)")
	f.DurationVar(&o.timeout, "timeout", replay.DefaultTimeout, "the longest time to wait for the server")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be sent, and when, and send nothing")
	f.BoolVar(&o.inspect, "inspect", false, "show recording and replay in the inspector: ≠ marks what differs, d shows how, r replays")
	f.BoolVar(&o.mine, "yes-this-is-my-server", false, "allow a server that is not on loopback")
	f.StringVar(&o.tls, "tls", "plain", "TLS with the server: plain, starttls or implicit")
	f.BoolVar(&o.insecure, "insecure", false, "accept any certificate from the server")
	f.StringVar(&o.trust, "ca", "", "also trust the certificates in this PEM `file`, in addition to the system's")
	o.comparing.flags(f)
	o.load.flags(f)
	o.recording.flags(f)
	return c
}

// comparing holds the flags of the verbs that compare.
type comparing struct {
	format  string
	strict  []string
	verbose bool
	shown   view.Options
	reading
}

func (o *comparing) flags(f *pflag.FlagSet) {
	var names []string
	for _, v := range diff.Variations() {
		names = append(names, v.String())
	}
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, or none: only the exit code")
	f.StringSliceVar(&o.strict, "strict", nil, "also count normal variation of these `kinds`: "+strings.Join(names, ", ")+", all")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every difference of an exchange, not the first twelve")
	secretsFlag(f, &o.shown.ShowSecrets)
	o.readingFlags(f)
	o.keylogFlag(f)
}

// options returns the options for comparing that the flags describe.
func (o *comparing) options() (diff.Options, error) {
	d, err := diff.ParseStrict(o.strict)
	if err != nil {
		return d, fmt.Errorf("--strict %w", err)
	}
	switch o.format {
	case "text", "jsonl", "junit", "none":
		return d, nil
	}
	return d, usage("--format %q is not one of text, jsonl, junit, none", o.format)
}

// write writes a comparison, and returns errFindings if something differs.
func (o *comparing) write(e *env, c *print.Comparison, name string) error {
	if err := c.Write(e.out, o.format, name, print.TextOptions{Width: width(e), Color: colored(e), Verbose: o.verbose}); err != nil {
		return err
	}
	if _, _, diverged, trouble := c.Totals(); diverged+trouble > 0 {
		return errFindings
	}
	return nil
}

// recorded reads the sessions of files.
func recorded(ctx context.Context, e *env, files []string, o *reading) (*script.Script, error) {
	collector := script.NewCollector(script.Options{Dialect: o.dialect})
	if err := openCaptures(e, files, o.sources).Run(ctx, collector); err != nil {
		return nil, err
	}
	s := collector.Script()
	if len(s.Sessions) == 0 {
		return nil, usage("no session found in %s", strings.Join(files, " "))
	}
	return s, nil
}

// warnLeftOut reports on stderr how many connections are not among the sessions, or not
// completely, and why.
func warnLeftOut(e *env, s *script.Script) {
	if s.Cut+s.Beyond > 0 {
		fmt.Fprintf(e.err, "imapscope: %d connections are cut and %d omitted: recordings are held in memory, and only the first %d MiB are kept\n", s.Cut, s.Beyond, script.DefaultMaxOctets>>20)
	}
	if s.Silent > 0 {
		fmt.Fprintf(e.err, "imapscope: %d more connections are omitted: neither side sent anything\n", s.Silent)
	}
}

func (o *replayFlags) run(ctx context.Context, e *env, files []string) (err error) {
	opts, err := o.options()
	if err != nil {
		return err
	}
	o.record.Inputs = files
	p := &replay.Player{Login: o.login, MaxWait: o.maxWait, Timeout: o.timeout, Dialect: o.dialect}
	if p.Set, err = replay.ParseBindings(o.set); err != nil {
		return fmt.Errorf("--set %w", err)
	}
	if p.Pace, err = script.ParsePace(o.pace); err != nil {
		return fmt.Errorf("--pace: %w", err)
	}
	if o.inspect {
		if o.isLoad() || o.dryRun || o.format != "text" || o.record.File != "" {
			return usage("--inspect excludes --dry-run, --format, -w and the flags of a load test")
		}
		if err := o.allowed(ctx); err != nil {
			return err
		}
		if p.Dial, err = o.dialer(); err != nil {
			return err
		}
		src := openCaptures(e, files, o.sources)
		defer e.later(&src.notices)()
		r := replay.NewRehearsal(src, p, opts, func(s *script.Script) error { return hinted(p.Check(s, o.hasUsers())) })
		in := inspected{shown: o.shown}
		return in.run(ctx, e, r, inspect.Options{Source: view.FileNames(files) + " → " + o.to, Live: true, Replay: r})
	}
	s, err := recorded(ctx, e, files, &o.reading)
	if err != nil {
		return err
	}
	warnLeftOut(e, s)
	if o.dryRun {
		hints := print.PlanHints{MidStream: loginHint, Masked: "--set password=… is needed", MaskedToo: "--set user=…,password=… is needed"}
		return print.Plan(e.out, s, p, o.hasUsers(), o.shown, hints)
	}
	if err := o.allowed(ctx); err != nil {
		return err
	}
	if err := p.Check(s, o.hasUsers()); err != nil {
		return hinted(err)
	}
	if p.Dial, err = o.dialer(); err != nil {
		return err
	}
	defer e.outlive(ctx, false).Close(&err)
	service.OutliveReaders() // the recording must end in order
	tap, err := o.recording.start(e)
	if err != nil {
		return err
	}
	if tap != nil {
		p.Sink = tap
	}
	err = o.drive(ctx, e, s, p, opts, files)
	if finished := tap.Finish(); finished != nil {
		return finished
	}
	return err
}

// drive plays the sessions, as a load test or once.
func (o *replayFlags) drive(ctx context.Context, e *env, s *script.Script, p *replay.Player, opts diff.Options, files []string) error {
	if o.isLoad() {
		return o.load.run(ctx, e, s, p, &o.comparing)
	}
	played := p.PlayAll(ctx, s)
	c, reached, failed := print.ComparePlayed(played, opts, o.shown, loginHint)
	err := o.write(e, c, "imapscope replay "+strings.Join(files, " "))
	switch {
	case ctx.Err() != nil:
		return errors.Join(err, ctx.Err()) // not everything was played
	case failed != nil && reached == 0:
		return failed
	case reached == 0 && err == nil:
		return usage("nothing could be played")
	}
	return err
}

// hinted adds to an error of the player the flag that helps.
func hinted(err error) error {
	for _, h := range []struct {
		err  error
		hint string
	}{
		{replay.ErrMasked, "; give one: --set password=…"},
		{replay.ErrMaskedUser, "; give them: --set user=…,password=…"},
		{replay.ErrChallenge, "; give the password: --set password=…"},
		{replay.ErrMidStream, "; --login --set user=…,password=… begins them with a LOGIN"},
		{replay.ErrNoPassword, ": --set user=…,password=…"},
	} {
		if errors.Is(err, h.err) {
			return fmt.Errorf("%w%s", err, h.hint)
		}
	}
	return noKeys(err)
}

// loginHint is the hint for a session that is omitted because it begins in the middle.
const loginHint = "--login would begin it with a LOGIN of its own"

// allowed returns an error for a server that may belong to someone else.
func (o *replayFlags) allowed(ctx context.Context) error {
	if o.to == "" {
		return usage("replay: no server; for example: --to 127.0.0.1:143")
	}
	if _, _, err := net.SplitHostPort(o.to); err != nil {
		return usage("--to %s: not of the form host:port", o.to)
	}
	if o.mine {
		return nil
	}
	switch local, err := replay.Local(ctx, o.to); {
	case err != nil:
		return fmt.Errorf("--to: %w", err)
	case !local:
		return usage("--to %s is not this machine: a replay logs in, changes and deletes mail; if the server is yours, use --yes-this-is-my-server", o.to)
	}
	return nil
}

// dialer returns a function that connects to the server, with TLS according to the flags.
func (o *replayFlags) dialer() (func(context.Context) (net.Conn, []byte, error), error) {
	mode, err := tls.ParseMode(o.tls)
	if err != nil {
		return nil, fmt.Errorf("--tls: %w", err)
	}
	host, _, _ := net.SplitHostPort(o.to)
	c := &tls.Config{Upstream: mode, Host: host, Insecure: o.insecure, Timeout: o.timeout, Hint: tls.FlagHint("--ca", "--insecure")}
	if c.RootCAs, err = tls.Roots(o.trust); err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	return func(ctx context.Context) (net.Conn, []byte, error) { return c.Dial(ctx, o.to) }, nil
}
