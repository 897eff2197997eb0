package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// checkFlags are the flags of check.
type checkFlags struct {
	format, failOn, least string
	disable, only         []string
	verbose, showSecrets  bool
	reading
}

func newCheck(e *env) *cobra.Command {
	var o checkFlags
	c := &cobra.Command{
		Use:  "check FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, sarif, or none: only the exit code")
	f.StringVar(&o.failOn, "fail-on", "error", "exit with 1 if a finding has at least this `severity`: error, warning, note, or never")
	f.StringVar(&o.least, "min-severity", "note", "the lowest `severity` to report: error, warning or note")
	f.StringSliceVar(&o.disable, "disable", nil, "`rules` to disable: C001,S002")
	f.StringSliceVar(&o.only, "only", nil, "check only these `rules`")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every finding of a rule, not the first three")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords and SASL responses, which are otherwise masked")
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

func (o *checkFlags) run(ctx context.Context, e *env, files []string) error {
	failOn, fails := lint.ParseSeverity(o.failOn)
	least, known := lint.ParseSeverity(o.least)
	switch {
	case !fails && o.failOn != "never":
		return usage("check: --fail-on %q is not one of error, warning, note, never", o.failOn)
	case !known:
		return usage("check: --min-severity %q is not one of error, warning, note", o.least)
	}
	w := bufio.NewWriter(e.out)
	shown := view.Options{ShowSecrets: o.showSecrets}
	var each func(*view.Finding) error
	var lines *print.JSON
	switch o.format {
	case "text", "junit", "sarif", "none":
	case "jsonl":
		lines = print.NewJSON(w, shown)
		each = func(f *view.Finding) error { return lines.Finding(f, true) }
	default:
		return usage("check: --format %q is not one of text, jsonl, junit, sarif, none", o.format)
	}
	src := openCaptures(e, files, o.sources)
	checker, err := print.NewCheckers(e.parallel(src.live), decode.Options{Dialect: o.dialect}, shown, lint.Options{Disable: upper(o.disable), Only: upper(o.only), MinSeverity: least, Dialect: o.dialect}, each)
	if err != nil {
		return fmt.Errorf("check: %w (imapscope help rules lists the rules)", err)
	}
	if o.format == "none" || o.format == "text" && !o.verbose {
		checker.KeepFew()
	}
	err = src.Run(ctx, checker.Sink())
	if stopped := checker.Stop(); err == nil || stopped != nil {
		err = stopped
	}
	err = errors.Join(err, checker.Unopened.Write(e.err, keysHint))
	switch o.format {
	case "text":
		err = errors.Join(err, checker.WriteText(w, print.TextOptions{Width: width(e), Color: colored(e), Verbose: o.verbose}))
	case "jsonl":
		err = errors.Join(err, lines.Accounts(checker.Accounts()))
	case "junit":
		err = errors.Join(err, checker.WriteJUnit(w, strings.Join(files, " ")))
	case "sarif":
		err = errors.Join(err, checker.WriteSARIF(w))
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return err
	}
	if fails && checker.Found(failOn) {
		return errFindings
	}
	return nil
}

// parallel returns how many goroutines decode a source. What is read as it arrives is decoded at
// once, by one.
func (e *env) parallel(live bool) int {
	switch {
	case live:
		return 1
	case e.workers > 0:
		return e.workers
	}
	return runtime.GOMAXPROCS(0)
}

// upper returns rule IDs in upper case, without blanks around them.
func upper(ids []string) []string {
	for i, id := range ids {
		ids[i] = strings.ToUpper(strings.TrimSpace(id))
	}
	return ids
}
