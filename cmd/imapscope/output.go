package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
	"imapscope/decode/lint"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// output holds the flags of the verbs that print the traffic of a source.
type output struct {
	format   string
	verbose  bool
	quiet    bool
	filter   string
	stats    bool
	shown    view.Options
	findings string
	reading
}

func filterFlag(f *pflag.FlagSet, to *string) {
	f.StringVar(to, "filter", "", "show only what matches this `expression`, e.g. 'status == \"NO\" or ms > 100' (imapscope help filter)")
}

func secretsFlag(f *pflag.FlagSet, to *bool) {
	f.BoolVar(to, "show-secrets", false, "show passwords and SASL responses, which are otherwise masked")
}

// shownFlags adds the flags that say how what was sent is shown.
func shownFlags(f *pflag.FlagSet, to *view.Options) {
	secretsFlag(f, &to.ShowSecrets)
	f.Func("zone", "show times, and dates of messages next to how they were sent, in this time `zone`: Local, UTC, Europe/Berlin", to.SetZone)
}

// warnOfSecrets warns that secrets are not masked in the output.
func warnOfSecrets(e *env) { fmt.Fprintln(e.err, "imapscope: secrets are shown, not masked") }

func (o *output) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text, jsonl or tree (imapscope help jsonl), or none: decode and count only")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "add the raw lines and the syntax tree of each message")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "one line per transaction")
	filterFlag(f, &o.filter)
	f.BoolVar(&o.stats, "stats", false, "end with a table of commands, statuses, latency percentiles, bytes and logins (with jsonl and tree, on stderr)")
	shownFlags(f, &o.shown)
	f.StringVar(&o.findings, "findings", "", "show findings in place that have at least this `severity`: error, warning, note or none (default warning for text, otherwise none)")
	o.readingFlags(f)
}

// keysHint follows the reason that there are no keys.
const keysHint = "; --keylog FILE gives them (imapscope help keys)"

// noKeys adds that hint to an error that is about it.
func noKeys(err error) error {
	if err != nil && strings.HasSuffix(err.Error(), string(layer.WantsKeys)) {
		return fmt.Errorf("%w%s", err, keysHint)
	}
	return err
}

// newStream returns a stream that prints what matches a filter, if there is one; the
// caller sets its printer.
func newStream(expression string, shown view.Options) (*print.Stream, error) {
	s, err := print.NewStream(nil, print.StreamOptions{Options: shown, Filter: expression})
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	return s, nil
}

// run decodes the traffic of src, prints it, and hands it to the handlers. Output of a live
// source is flushed as it arrives.
func (o *output) run(ctx context.Context, e *env, src capture.Source, live bool, more ...decode.Handler) error {
	if n := e.parallel(live); n > 1 && !o.stats && len(more) == 0 && (o.format == "text" || o.format == "jsonl") {
		return o.runStreams(ctx, e, src, n)
	}
	s, w, err := o.stream(e, live)
	if err != nil {
		return err
	}
	var unopened print.Unopened
	err = src.Run(ctx, decode.NewDemux(decode.Options{Keep: o.keep(), Dialect: o.dialect}, append(decode.Handlers{s, &unopened}, more...)))
	err = errors.Join(err, unopened.Write(e.err, keysHint))
	if live && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // Ctrl-C is how a live source ends
	}
	return errors.Join(err, o.finish(e, w, s))
}

// runStreams decodes the traffic of src with n Streams, and prints it.
func (o *output) runStreams(ctx context.Context, e *env, src capture.Source, n int) error {
	if _, err := newStream(o.filter, o.shown); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	rules, err := o.rules()
	if err != nil {
		return err
	}
	opts := print.StreamsOptions{
		StreamOptions: print.StreamOptions{Options: o.shown, Filter: o.filter},
		Decode:        decode.Options{Keep: o.keep(), Dialect: o.dialect}, Findings: rules,
	}
	w := bufio.NewWriterSize(e.out, 64<<10)
	var s *print.Streams
	if o.format == "text" {
		s, err = print.NewTextStreams(n, w, opts, o.text(e))
	} else {
		s, err = print.NewJSONStreams(n, w, opts)
	}
	if err != nil {
		return err
	}
	if o.shown.ShowSecrets {
		warnOfSecrets(e)
	}
	err = src.Run(ctx, s.Sink())
	if stopped := s.Stop(); stopped != nil {
		err = stopped
	}
	return errors.Join(err, s.Unopened.Write(e.err, keysHint), w.Flush(), s.FilterError())
}

// check returns an error about flags that exclude each other.
func (o *output) check() error {
	if o.verbose && o.quiet {
		return usage("-v and -q exclude each other")
	}
	return nil
}

// text returns the layout of text.
func (o *output) text(e *env) print.TextOptions {
	return print.TextOptions{Options: o.shown, Width: width(e), Color: colored(e), Verbose: o.verbose, Quiet: o.quiet}
}

// keep returns how many bytes of each message are needed; 0 is the default.
func (o *output) keep() int {
	if o.format == "none" {
		return 4 << 10 // enough of requests for the filter and the table
	}
	return 0
}

// stream returns the stream that prints, and the buffered standard output it prints to.
func (o *output) stream(e *env, live bool) (*print.Stream, *bufio.Writer, error) {
	s, err := newStream(o.filter, o.shown)
	if err != nil {
		return nil, nil, err
	}
	if o.stats {
		s.Stats = &view.Stats{Options: o.shown}
	}
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	w := bufio.NewWriterSize(e.out, 64<<10)
	switch o.format {
	case "text":
		s.Printer = print.NewText(w, o.text(e))
	case "jsonl":
		s.Printer = print.NewJSON(w, o.shown)
	case "tree":
		s.Printer = print.NewTrees(w, o.shown, o.filter != "")
	case "none":
	default:
		return nil, nil, usage("--format %q is not one of text, jsonl, tree, none", o.format)
	}
	if live {
		s.Flush = w
		s.FilterFailed = func(err error) {
			fmt.Fprintf(e.err, "imapscope: --filter failed for the first time, more failures are counted: %v\n", err)
		}
	}
	if o.shown.ShowSecrets {
		warnOfSecrets(e)
	}
	return s, w, o.addFindings(s, o.shown)
}

// addFindings makes s print findings, if --findings asks for them.
func (o *output) addFindings(s *print.Stream, opts view.Options) error {
	rules, err := o.rules()
	if err != nil || rules == nil || s.Printer == nil {
		return err
	}
	s.Findings, err = view.NewFindings(opts, *rules)
	return err
}

// rules returns the options of the findings that --findings asks for, nil if there are none.
func (o *output) rules() (*lint.Options, error) {
	least := o.findings
	if least == "" {
		if least = "none"; o.format == "text" && !o.quiet {
			least = "warning"
		}
	}
	if least == "none" {
		return nil, nil
	}
	severity, ok := lint.ParseSeverity(least)
	if !ok {
		return nil, usage("--findings %q is not one of error, warning, note, none", least)
	}
	return &lint.Options{MinSeverity: severity, Dialect: o.dialect}, nil
}

// finish prints the table of --stats, flushes the output, and reports whether the filter
// failed.
func (o *output) finish(e *env, w *bufio.Writer, s *print.Stream) error {
	return errors.Join(s.Finish(w, e.err), w.Flush(), s.FilterError())
}

func width(e *env) int    { return print.Width(e.out) }
func colored(e *env) bool { return print.Colored(e.out) }
