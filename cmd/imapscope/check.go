package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/capture"
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
	ports                 []uint16
}

func newCheck(e *env) *cobra.Command {
	var o checkFlags
	c := &cobra.Command{
		Use:  "check FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, sarif, or none: only the exit status")
	f.StringVar(&o.failOn, "fail-on", "error", "exit 1 from this `severity` on: error, warning, note, or never")
	f.StringVar(&o.least, "min-severity", "note", "report nothing below this `severity`")
	f.StringSliceVar(&o.disable, "disable", nil, "`rules` that are not looked for: C001,S002")
	f.StringSliceVar(&o.only, "only", nil, "look for these `rules` alone")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every finding of a rule, not the first three")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords and SASL responses, which are masked otherwise")
	f.Var((*portList)(&o.ports), "port", "a server `port` beside 143 and 993 (repeatable)")
	return c
}

func (o *checkFlags) run(ctx context.Context, e *env, files []string) error {
	failOn, fails := lint.ParseSeverity(o.failOn)
	least, known := lint.ParseSeverity(o.least)
	switch {
	case !fails && o.failOn != "never":
		return usage("check: --fail-on is error, warning, note or never, not %s", o.failOn)
	case !known:
		return usage("check: --min-severity is error, warning or note, not %s", o.least)
	}
	w := bufio.NewWriter(e.out)
	k := &checker{view: view.Options{ShowSecrets: o.showSecrets}, conns: make(map[capture.ConnID]capture.Conn), worst: -1}
	switch o.format {
	case "text", "junit", "sarif", "none":
	case "jsonl":
		lines := print.NewJSON(w, k.view)
		k.each = func(x *view.Finding) error { return lines.Finding(x, true) }
	default:
		return usage("check: --format is text, jsonl, junit, sarif or none, not %s", o.format)
	}
	var err error
	k.linter, err = lint.New(lint.Options{Disable: upper(o.disable), Only: upper(o.only), MinSeverity: least}, k.found)
	if err != nil {
		return fmt.Errorf("check: %w (imapscope help rules lists the rules)", err)
	}
	err = openCaptures(files, o.ports).Run(ctx, decode.NewDemux(decode.Options{}, k))
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // Ctrl-C: what was found so far is reported
	}
	switch o.format {
	case "text":
		err = errors.Join(err, o.text(e, w, k))
	case "junit":
		err = errors.Join(err, k.all.WriteJUnit(w, strings.Join(files, " ")))
	case "sarif":
		err = errors.Join(err, k.all.WriteSARIF(w))
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return err
	}
	if fails && k.worst >= int(failOn) {
		return errFindings
	}
	return nil
}

// text writes the findings, and how many there are.
func (o *checkFlags) text(e *env, w *bufio.Writer, k *checker) error {
	if err := k.all.WriteText(w, print.TextOptions{Width: width(e), Color: colored(e), Verbose: o.verbose}); err != nil {
		return err
	}
	if k.txns == 0 {
		_, err := fmt.Fprintf(w, "no IMAP transaction in %d connections: nothing to judge\n", k.seen)
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s in %s of %s\n",
		view.Count(k.all.Count("error"), "error"), view.Count(k.all.Count("warning"), "warning"), view.Count(k.all.Count("note"), "note"),
		view.Count(k.txns, "transaction"), view.Count(k.seen, "connection"))
	return err
}

func upper(ids []string) []string {
	for i, id := range ids {
		ids[i] = strings.ToUpper(strings.TrimSpace(id))
	}
	return ids
}

// checker judges what is decoded. It is a decode.Handler.
type checker struct {
	view   view.Options
	linter *lint.Linter
	each   func(*view.Finding) error // told at once; may be nil

	conns map[capture.ConnID]capture.Conn // that are open
	now   decode.Event
	one   [1]decode.Event
	all   print.Findings
	worst int // severity; below 0 is none
	seen  int // connections
	txns  int
	err   error
}

// Open implements decode.Handler.
func (k *checker) Open(c capture.Conn) error {
	k.conns[c.ID] = c
	k.seen++
	return k.linter.Open(c)
}

// Events implements decode.Handler.
func (k *checker) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		k.now, k.one[0] = e, e
		if err := k.linter.Events(id, k.one[:]); err != nil {
			return err
		}
		switch e.(type) {
		case *decode.Transaction:
			k.txns++
		case *decode.Closed:
			delete(k.conns, id)
		}
	}
	return k.err
}

// found takes a finding.
func (k *checker) found(f lint.Finding) {
	k.worst = max(k.worst, int(f.Severity))
	x := k.view.Finding(&f, k.now)
	if k.each != nil {
		k.err = errors.Join(k.err, k.each(&x))
		return
	}
	k.all.Add(k.conns[f.Conn], x)
}
