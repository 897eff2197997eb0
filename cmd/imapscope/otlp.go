package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/service"
	"imapscope/ui/traces"
	"imapscope/ui/view"
)

// otlpFlags are the flags of the verbs that send spans to an OpenTelemetry collector.
type otlpFlags struct {
	url   string
	users bool
}

func (o *otlpFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&o.url, "otlp", "", "send connections and transactions as spans to the OpenTelemetry collector at this `URL` (imapscope help metrics)")
	f.BoolVar(&o.users, "otlp-user", false, "add the names of users to the spans")
}

// start returns what sends spans, nil if the flags do not ask for it. A source that can wait
// waits for the collector.
func (o *otlpFlags) start(ctx context.Context, e *env, out *output, wait bool) (*traced, error) {
	switch {
	case o.url == "" && o.users:
		return nil, usage("--otlp-user goes with --otlp")
	case o.url == "":
		return nil, nil
	}
	t := &traced{e: e, wait: wait}
	opts := traces.Options{URL: o.url, Version: service.Version(), Users: o.users, Dialect: out.dialect, Wait: wait}
	if least := severityOfSpans(out.findings); least != "none" {
		severity, ok := lint.ParseSeverity(least)
		if !ok {
			return nil, usage("--findings %q is not one of error, warning, note, none", least)
		}
		opts.Findings = &severity
	}
	if !wait {
		opts.Notice = func(err error) {
			fmt.Fprintf(e.err, "imapscope: --otlp: %v; spans are lost until it accepts them\n", err)
		}
	}
	var err error
	if t.Exporter, err = traces.New(ctx, opts); err != nil {
		return nil, fmt.Errorf("--otlp: %w", err)
	}
	return t, nil
}

// severityOfSpans returns the least severity of findings in spans for the value of --findings.
func severityOfSpans(findings string) string {
	if findings == "" {
		return "warning"
	}
	return findings
}

// traced sends spans. A nil one does nothing.
type traced struct {
	*traces.Exporter
	e    *env
	wait bool
}

// handlers returns what receives the decoded events.
func (t *traced) handlers() decode.Handlers {
	if t == nil {
		return nil
	}
	return decode.Handlers{t}
}

// finish sends what is left, and reports what became of the spans. It is an error if some of
// what was read from files is missing; of live traffic it is not.
func (t *traced) finish() error {
	if t == nil {
		return nil
	}
	r := t.Finish()
	total := int(r.Sent + r.Dropped + r.Failed)
	if r.Failed > 0 && r.Err == nil {
		r.Err = context.DeadlineExceeded
	}
	switch missing := r.Dropped + r.Failed; {
	case missing == 0:
		fmt.Fprintf(t.e.err, "imapscope: --otlp: %s sent\n", view.Count(total, "span"))
		return nil
	case t.wait:
		return fmt.Errorf("--otlp: %d of %s not accepted: %w", missing, view.Count(total, "span"), r.Err)
	}
	why := ""
	if r.Err != nil {
		why = fmt.Sprintf(": %v", r.Err)
	}
	fmt.Fprintf(t.e.err, "imapscope: --otlp: %d of %s sent; %d did not fit in the queue, %d were not accepted%s\n", r.Sent, view.Count(total, "span"), r.Dropped, r.Failed, why)
	return nil
}
