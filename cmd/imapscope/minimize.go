package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/minimize"
	"imapscope/ui/export"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// minimizeFlags holds the flags of minimize.
type minimizeFlags struct {
	rule, why   string
	conn        uint64
	txn         int
	nth         int
	out         string
	trials      int
	whole       bool
	raw         bool
	showSecrets bool
	force       bool
	damage      error // of the files: what comes before it is minimized
	playing
	reading
}

func newMinimize(e *env) *cobra.Command {
	var o minimizeFlags
	c := &cobra.Command{
		Use:  "minimize FILE… -o NAME",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "write `NAME`.pcapng and NAME.txt")
	f.StringVar(&o.rule, "rule", "", "show a finding of this `rule`: S031 (imapscope help rules)")
	f.StringVar(&o.why, "why", "", "show what 'imapscope why' reports of this `kind`")
	f.Uint64Var(&o.conn, "conn", 0, "of several findings, take one on this `connection`")
	f.IntVar(&o.txn, "txn", 0, "of several findings, take one in the `transaction` with this number")
	f.IntVar(&o.nth, "finding", 1, "of several findings, take the one with this `number`")
	f.IntVar(&o.trials, "trials", 10000, "end the search after this `number` of trials")
	f.BoolVar(&o.whole, "whole", false, "drop whole commands only, no parts of answers or messages")
	f.BoolVar(&o.raw, "raw", false, "do not replace names, texts and addresses; passwords are masked")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "with --raw: do not mask passwords and SASL responses either")
	f.BoolVar(&o.force, "force", false, "replace existing files")
	o.playing.flags(f)
	f.Lookup("to").Usage = "show an answer of the server at `host:port` that differs from the recorded one"
	o.readingFlags(f)
	o.keylogFlag(f)
	return c
}

func (o *minimizeFlags) run(ctx context.Context, e *env, files []string) error {
	if err := o.check(ctx, files); err != nil {
		return err
	}
	rec, goal, err := o.goal(ctx, e, files)
	if err != nil && o.damage == nil {
		return err // as it is: errFindings in a Join would be an error
	}
	if err != nil {
		return errors.Join(err, o.damage)
	}
	show, done := print.SearchProgress(e.tty, o.trials)
	res, err := minimize.Minimize(ctx, rec, minimize.Options{
		Test: goal.test, Width: goal.width, Trials: o.trials, Dialect: o.dialect, Whole: o.whole || o.to != "",
		Progress: func(trials int, best *minimize.Recording) { show(trials, best.Size().Commands) },
	})
	done()
	interrupted := ctx.Err()
	if err != nil && interrupted == nil && res.Trials == 0 {
		return err
	}
	if interrupted != nil {
		ctx, err = context.WithoutCancel(ctx), interrupted // the best so far is written
	}
	if err != nil || res.Spent {
		hint := ""
		if err == nil {
			hint = "; --trials N allows more"
		}
		fmt.Fprintf(e.err, "imapscope: the search ended after %s: what is written may not be the smallest%s\n", view.Count(res.Trials, "trial"), hint)
	}
	return errors.Join(o.write(ctx, e, rec, &res, goal), err, o.damage)
}

// check checks the flags.
func (o *minimizeFlags) check(ctx context.Context, files []string) error {
	goals := 0
	for _, g := range []string{o.rule, o.why, o.to} {
		if g != "" {
			goals++
		}
	}
	switch {
	case goals != 1:
		return usage("minimize: one of --rule, --why and --to says what must still be shown; for example: --rule S031")
	case o.out == "" || o.out == "-":
		return usage("minimize: no name for the two files; for example: -o bug")
	case o.nth < 1 || o.trials < 1:
		return usage("minimize: --finding and --trials begin with 1")
	case o.why != "" && o.txn != 0:
		return usage("minimize: --why excludes --txn")
	case o.showSecrets && !o.raw:
		return usage("minimize: --show-secrets needs --raw")
	}
	o.rule = strings.ToUpper(o.rule)
	if _, ok := lint.Lookup(o.rule); o.rule != "" && !ok {
		return usage("minimize: there is no rule %q (imapscope help rules lists them)", o.rule)
	}
	for _, suffix := range []string{export.CaptureSuffix, export.TranscriptSuffix} {
		if name, ok := strings.CutSuffix(o.out, suffix); ok && filepath.Base(name) != "" {
			o.out = name
		}
	}
	for _, suffix := range []string{export.CaptureSuffix, export.TranscriptSuffix} {
		if err := outfile.Check(o.out+suffix, o.force, files...); err != nil {
			return forceHint(err)
		}
	}
	if o.to != "" {
		return o.allowed(ctx, "minimize")
	}
	return nil
}

// goal is what a recording must still show.
type goal struct {
	test  minimize.Test
	width int
	name  string // "S031"
	// verify looks for it in what was written; it returns it in words. It may be nil.
	verify func(ctx context.Context, written capture.Source) (string, error)
}

// collect reads the recording; of only one connection if only is not 0.
func (o *minimizeFlags) collect(ctx context.Context, e *env, files []string, only capture.ConnID, more ...decode.Handler) (*minimize.Recording, error) {
	c := &minimize.Collector{Dialect: o.dialect}
	if only != 0 {
		c.Wants = func(id capture.ConnID) bool { return id == only }
	}
	var to capture.Sink = decode.NewOpened(decode.Options{Dialect: o.dialect}, c)
	if len(more) > 0 {
		to = capture.Tee{to, decode.NewDemux(decode.Options{Dialect: o.dialect}, decode.Handlers(more))}
	}
	err := openCaptures(e, files, o.sources).Run(ctx, to)
	rec, tooLong := c.Recording()
	switch {
	case err == nil || ctx.Err() != nil || tooLong != nil:
		return rec, errors.Join(err, tooLong)
	case rec.Size().Conns == 0:
		return nil, err
	}
	o.damage = err
	return rec, nil
}

// goal reads the recording, and finds in it what it must still show.
func (o *minimizeFlags) goal(ctx context.Context, e *env, files []string) (*minimize.Recording, *goal, error) {
	switch {
	case o.to != "":
		return o.differs(ctx, e, files)
	case o.why != "":
		return o.reason(ctx, e, files)
	}
	return o.finding(ctx, e, files)
}

// finding finds a finding of --rule.
func (o *minimizeFlags) finding(ctx context.Context, e *env, files []string) (*minimize.Recording, *goal, error) {
	opts := lint.Options{Dialect: o.dialect}
	var list []lint.Finding
	l, err := lint.New(opts, func(f lint.Finding) {
		if f.Rule.ID == o.rule && (o.conn == 0 || f.Conn == capture.ConnID(o.conn)) && (o.txn == 0 || f.Txn == o.txn) {
			f.Event = nil
			list = append(list, f)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	rec, err := o.collect(ctx, e, files, 0, l)
	if err != nil && !errors.Is(err, minimize.ErrTooLong) {
		return nil, nil, err
	}
	if len(list) < o.nth {
		fmt.Fprintf(e.err, "imapscope: %s has %s of %s%s\n", view.FileNames(files), view.Count(len(list), "finding"), o.rule, o.chosen())
		return nil, nil, errFindings
	}
	f := &list[o.nth-1]
	if err != nil { // it may be short enough without the others
		if slices.Contains(files, "-") {
			return nil, nil, fmt.Errorf("minimize: standard input is %w; save it to a file first", err)
		}
		if rec, err = o.collect(ctx, e, files, f.Conn); err != nil {
			return nil, nil, fmt.Errorf("minimize: connection %d is %w", f.Conn, err)
		}
	}
	shows, err := minimize.NewShows(rec, opts, f)
	if err != nil || !shows.Shown(rec) {
		return nil, nil, fmt.Errorf("minimize: %s on connection %d is about TLS records, compressed bytes or connections that are not held: it is not in the text that commands could be dropped from", o.rule, f.Conn)
	}
	g := &goal{test: export.Concurrently(shows.Shown), width: export.Width(), name: fmt.Sprintf("%s, %s", f.Rule.ID, f.Rule.Title)}
	g.verify = func(ctx context.Context, written capture.Source) (string, error) { return o.verify(ctx, written, f) }
	return rec, g, nil
}

// chosen returns in words where a finding has to be.
func (o *minimizeFlags) chosen() (where string) {
	if o.conn != 0 {
		where = fmt.Sprintf(" on connection %d", o.conn)
	}
	if o.txn != 0 {
		where += fmt.Sprintf(" in transaction %d", o.txn)
	}
	return where
}

// verify returns in words the finding in what was written that is like f.
func (o *minimizeFlags) verify(ctx context.Context, written capture.Source, f *lint.Finding) (string, error) {
	var text string
	l, err := lint.New(lint.Options{Dialect: o.dialect, Only: []string{f.Rule.ID}}, func(x lint.Finding) {
		if x.Verdict == f.Verdict && x.Severity == f.Severity && (text == "" || minimize.Alike(x.Message, f.Message)) {
			text = fmt.Sprintf("%s %s (%s): %s; %s", x.Severity, x.Rule.ID, x.Verdict, x.Message, x.Rule.Ref)
		}
	})
	if err != nil {
		return "", err
	}
	if err := written.Run(ctx, decode.NewDemux(decode.Options{Dialect: o.dialect}, l)); err != nil {
		return "", err
	}
	if text == "" {
		return "", o.gone(f.Rule.ID)
	}
	return text, nil
}

// gone is the error that something is no longer in what was written.
func (o *minimizeFlags) gone(name string) error {
	if o.raw && o.showSecrets {
		return fmt.Errorf("minimize: a capture file of it does not show %s any longer, so nothing is written", name)
	}
	hint := "--raw keeps names and texts"
	if o.raw {
		hint = "--show-secrets keeps secrets"
	}
	return fmt.Errorf("minimize: what was found does not show %s any longer once it is redacted, so nothing is written; %s", name, hint)
}

// write writes the result, and what it is.
func (o *minimizeFlags) write(ctx context.Context, e *env, rec *minimize.Recording, res *minimize.Result, g *goal) error {
	opts := export.MinimizedOptions{Force: o.force, Dialect: o.dialect}
	switch {
	case o.showSecrets:
		opts.Keep = export.Secrets
		warnOfSecrets(e)
	case o.raw:
		opts.Keep = export.Persons
	}
	was, is := rec.Size(), res.Size()
	size := fmt.Sprintf("%d of %s, %d of %s, %d of %s", is.Commands, view.Count(was.Commands, "command"), is.Conns, view.Count(was.Conns, "connection"), is.Octets, view.Count(int(was.Octets), "byte"))
	what := g.name
	opts.Verify = func(ctx context.Context, written capture.Source) ([]string, error) {
		if g.verify != nil {
			var err error
			if what, err = g.verify(ctx, written); err != nil {
				return nil, err
			}
		}
		return []string{what, "minimized: " + size}, nil
	}
	if err := export.Minimized(ctx, res, o.out, opts); err != nil {
		return forceHint(err)
	}
	_, err := fmt.Fprintf(e.out, "%s\n%s, after %s\nwritten to %s and %s\n", view.Inert(what), size, view.Count(res.Trials, "trial"),
		view.Inert(o.out+export.CaptureSuffix), view.Inert(o.out+export.TranscriptSuffix))
	return err
}
