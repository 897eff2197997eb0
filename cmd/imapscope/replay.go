package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture/outfile"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// replayFlags holds the flags of replay.
type replayFlags struct {
	comparing
	loadFlags
	gated
	recording
	playing
	themed
	pace    string
	maxWait time.Duration
	dryRun  bool
	inspect bool
}

// playing holds the flags that say which server recordings are played to, and how.
type playing struct {
	target
	set   []string
	login bool
}

func (o *playing) flags(f *pflag.FlagSet) {
	o.target.flags(f)
	f.StringArrayVar(&o.set, "set", nil, "replace what must differ: `user=…,password=…,mailbox=…`, token=…, or mailbox:OLD=NEW (repeatable)")
	f.BoolVar(&o.login, "login", false, "begin sessions that were recorded from the middle with a LOGIN and a SELECT, with the values of --set")
}

func newReplay(e *env) *cobra.Command {
	var o replayFlags
	c := &cobra.Command{
		Use:  "replay FILE… --to ADDR",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			if name := o.loadOnly(c.Flags().Changed); name != "" {
				return usage("--%s is for a load test: add --clients, --repeat, --duration, --rate or --command-rate", name)
			}
			return o.run(c.Context(), e, files)
		},
	}
	f := c.Flags()
	f.StringVar(&o.pace, "pace", "none", "recorded, none (as fast as answers arrive), or a multiple of the recorded times: 0.5x, 2x")
	f.DurationVar(&o.maxWait, "max-wait", 0, "shorten the client's pauses to this (0: as recorded)")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be sent, and when, and send nothing")
	f.BoolVar(&o.inspect, "inspect", false, "show recording and replay in the inspector: ≠ marks what differs, d shows how, r replays")
	o.themeFlag(f)
	o.playing.flags(f)
	o.comparing.flags(f)
	o.loadFlags.flags(f)
	o.gated.flags(f)
	o.recording.flags(f)
	return c
}

// comparing holds the flags of the verbs that compare.
type comparing struct {
	format  string
	accept  string
	verbose bool
	shown   view.Options
	counted
	reading
}

// counted holds the flags that say which differences count.
type counted struct{ strict, ignore []string }

func (o *counted) flags(f *pflag.FlagSet) {
	var names []string
	for _, v := range diff.Variations() {
		names = append(names, v.String())
	}
	f.StringSliceVar(&o.strict, "strict", nil, "also count normal variation of these `kinds`: "+strings.Join(names, ", ")+", all")
	f.StringArrayVar(&o.ignore, "ignore", nil, "do not count differences whose path begins like this `path`: STATUS, \"message * FLAGS\" (repeatable)")
}

// options returns the options for comparing that the flags describe.
func (o *counted) options() (diff.Options, error) {
	d, err := diff.ParseStrict(o.strict)
	if err != nil {
		return d, fmt.Errorf("--strict %w", err)
	}
	for _, s := range o.ignore {
		p, err := diff.ParsePattern(s)
		if err != nil {
			return d, usage("--ignore %v", err)
		}
		d.Ignore = append(d.Ignore, p)
	}
	return d, nil
}

func (o *comparing) flags(f *pflag.FlagSet) {
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, or none: only the exit code")
	o.counted.flags(f)
	f.StringVar(&o.accept, "accept", "", "do not count the differences in this `file`; if there is none, write it for review")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every difference of an exchange, not the first twelve")
	secretsFlag(f, &o.shown.ShowSecrets)
	o.readingFlags(f)
	o.keylogFlag(f)
}

// options returns the options for comparing that the flags describe.
func (o *comparing) options() (diff.Options, error) {
	d, err := o.counted.options()
	if err != nil {
		return d, err
	}
	switch o.format {
	case "text", "jsonl", "junit", "none":
		return d, nil
	}
	return d, usage("--format %q is not one of text, jsonl, junit, none", o.format)
}

// write writes a comparison, and returns errFindings if something differs.
func (o *comparing) write(e *env, c *print.Comparison, name string) error {
	if err := o.baseline(e, c); err != nil {
		return err
	}
	if err := c.Write(e.out, o.format, name, print.TextOptions{Width: width(e), Color: colored(e), Verbose: o.verbose}); err != nil {
		return err
	}
	if _, _, diverged, trouble := c.Totals(); diverged+trouble > 0 {
		return errFindings
	}
	return nil
}

// baseline accepts what the file of --accept has, or writes it if it is not there.
func (o *comparing) baseline(e *env, c *print.Comparison) error {
	if o.accept == "" {
		return nil
	}
	b, err := os.ReadFile(o.accept)
	if errors.Is(err, fs.ErrNotExist) {
		if err := outfile.Write(o.accept, outfile.Options{}, c.WriteBaseline); err != nil {
			return fmt.Errorf("--accept: %w", err)
		}
		fmt.Fprintf(e.err, "imapscope: what differs is written to %s; what stays in it is accepted the next time\n", view.Inert(o.accept))
		return nil
	}
	if err != nil {
		return fmt.Errorf("--accept: %w", err)
	}
	known, err := print.ReadBaseline(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("--accept %s: %w", o.accept, err)
	}
	known.Accept(c)
	if stale := known.Stale(); len(stale) > 0 {
		fmt.Fprintf(e.err, "imapscope: %s of %s did not occur; the first: %s\n", view.Count(len(stale), "line"), view.Inert(o.accept), view.Inert(stale[0]))
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
	if s.ServerLegs > 0 {
		fmt.Fprintf(e.err, "imapscope: %s of a proxy omitted: a session is what the client sent and saw\n", view.Count(s.ServerLegs, "server leg"))
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
	opts.TLS = o.tls != "plain"
	p := &replay.Player{Login: o.login, MaxWait: o.maxWait, Timeout: o.timeout, Dialect: o.dialect}
	if p.Set, err = replay.ParseBindings(o.set); err != nil {
		return fmt.Errorf("--set %w", err)
	}
	gates, err := o.gates()
	if err != nil {
		return err
	}
	if p.Pace, err = script.ParsePace(o.pace); err != nil {
		return fmt.Errorf("--pace: %w", err)
	}
	if o.inspect {
		return o.rehearse(ctx, e, files, p, opts, gates)
	}
	s, err := recorded(ctx, e, files, &o.reading)
	if err != nil {
		return err
	}
	warnLeftOut(e, s)
	if o.dryRun {
		hints := print.PlanHints{MidStream: loginHint, Masked: "--set password=… is needed", MaskedToo: "--set user=…,password=… is needed", MaskedToken: "--set token=… is needed"}
		return print.Plan(e.out, s, p, o.hasUsers(), o.shown, hints)
	}
	if err := o.allowed(ctx, "replay"); err != nil {
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
	force := o.record.Force
	if o.record.File == "" && o.writesFiles() {
		o.record.Force = false // it is about those files
	}
	tap, err := o.recording.start(e)
	if err != nil {
		return err
	}
	if tap != nil {
		p.Sink = tap
	}
	err = o.drive(ctx, e, s, p, opts, gates, files, force)
	if finished := tap.Finish(); finished != nil {
		return finished
	}
	return err
}

// rehearse plays each session when the user of the inspector asks for it.
func (o *replayFlags) rehearse(ctx context.Context, e *env, files []string, p *replay.Player, opts diff.Options, gates replay.Gates) (err error) {
	if o.isLoad() || gates.Any() || o.accept != "" || o.dryRun || o.format != "text" || o.record.File != "" {
		return usage("--inspect excludes --dry-run, --format, -w, --accept, limits and the flags of a load test")
	}
	if err := o.allowed(ctx, "replay"); err != nil {
		return err
	}
	if p.Dial, err = o.dialer(); err != nil {
		return err
	}
	src := openCaptures(e, files, o.sources)
	defer e.later(&src.notices)()
	r := replay.NewRehearsal(src, p, opts, func(s *script.Script) error { return hinted(p.Check(s, o.hasUsers())) })
	in := inspected{themed: o.themed, shown: o.shown}
	return in.run(ctx, e, r, inspect.Options{Source: view.FileNames(files) + " → " + o.to, Live: true, Replay: r})
}

// drive plays the sessions, as a load test or once.
func (o *replayFlags) drive(ctx context.Context, e *env, s *script.Script, p *replay.Player, opts diff.Options, gates replay.Gates, files []string, force bool) error {
	if o.isLoad() {
		out := loadOutput{e: e, format: o.format, html: o.html, force: force, inputs: files, source: view.FileNames(files) + " → " + o.to, width: width(e)}
		return o.loadFlags.run(ctx, s, p, &o.comparing, gates, &out)
	}
	played := p.PlayAll(ctx, s)
	c, reached, failed := print.ComparePlayed(played, opts, o.shown, loginHint)
	if gates.Any() {
		c.Broken = gates.Broken(replay.Measure(played))
	}
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
		{replay.ErrMaskedToken, "; give one: --set token=…"},
		{replay.ErrNoToken, ": --set token=… replaces that of XOAUTH2 and OAUTHBEARER"},
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
