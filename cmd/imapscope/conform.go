package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/decode/protocol"
	"imapscope/proxy/conform"
	"imapscope/proxy/replay"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// conformFlags holds the flags of conform.
type conformFlags struct {
	target
	recording
	set, scripts, only       []string
	format                   string
	strict, expunge, verbose bool
	dialect                  protocol.Dialect
	shown                    view.Options
}

func newConform(e *env) *cobra.Command {
	var o conformFlags
	c := &cobra.Command{
		Use:  "conform --to ADDR",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), e) },
	}
	f := c.Flags()
	o.target.flags(f)
	f.StringArrayVar(&o.set, "set", nil, "who logs in, and where scripts of IMAP2 work: `user=…,password=…,mailbox=…` (repeatable)")
	f.StringArrayVar(&o.scripts, "script", nil, "play this `file` or folder instead: imaptest's scripted tests, or your own (repeatable)")
	f.StringArrayVar(&o.only, "only", nil, "play only the scripts whose `name` begins like this: rfc3501 (repeatable)")
	f.Var(&o.dialect, "dialect", "what the server speaks, if not what it offers: imap2, imap4rev1, imap4rev2")
	f.BoolVar(&o.strict, "strict", false, "count what the RFCs say a server SHOULD do as what it MUST do")
	f.BoolVar(&o.expunge, "expunge", false, "allow scripts of IMAP2 to remove messages that are marked as deleted; so does --set mailbox=")
	f.StringVar(&o.format, "format", "text", "text, jsonl, junit, or none: only the exit code")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every step, and everything that a step that failed sent and received")
	secretsFlag(f, &o.shown.ShowSecrets)
	o.recording.flags(f)
	return c
}

func (o *conformFlags) run(ctx context.Context, e *env) (err error) {
	if !slices.Contains([]string{"text", "jsonl", "junit", "none"}, o.format) {
		return usage("--format %q is not one of text, jsonl, junit, none", o.format)
	}
	if err := o.allowed(ctx, "conform"); err != nil {
		return err
	}
	scripts, err := o.load()
	if err != nil {
		return err
	}
	r, err := o.runner()
	if err != nil {
		return err
	}
	defer e.outlive(ctx, false).Close(&err)
	service.OutliveReaders() // the recording must end in order, and mailboxes be deleted
	tap, err := o.recording.start(e)
	if err != nil {
		return err
	}
	if tap != nil {
		r.Sink = tap
	}
	if print.IsTerminal(e.tty) {
		r.Progress = func(n, of int, s *conform.Script) {
			fmt.Fprintf(e.tty, "\r\x1b[K%d of %d: %s", n+1, of, view.Inert(s.Name))
		}
	}
	report, err := r.Run(ctx, scripts)
	if r.Progress != nil {
		fmt.Fprint(e.tty, "\r\x1b[K")
	}
	if finished := tap.Finish(); finished != nil {
		return errors.Join(finished, err)
	}
	if report == nil {
		return o.hinted(err)
	}
	return errors.Join(o.write(e, report), err)
}

// write writes the results, and returns errFindings if the server failed.
func (o *conformFlags) write(e *env, report *conform.Report) error {
	c := print.Conformance{Report: report, Strict: o.strict}
	opts := print.TextOptions{Options: o.shown, Width: width(e), Color: colored(e), Verbose: o.verbose}
	if err := c.Write(e.out, o.format, "imapscope conform", opts); err != nil {
		return err
	}
	if report.Totals(o.strict).Failed() {
		return errFindings
	}
	if len(report.Trouble) > 0 {
		return errors.New(report.Trouble[0])
	}
	return nil
}

// load returns the scripts to play.
func (o *conformFlags) load() (list []*conform.Script, err error) {
	if len(o.scripts) == 0 {
		list, err = conform.Embedded()
	}
	for _, name := range o.scripts {
		more, err := conform.Load(name)
		if err != nil {
			return nil, fmt.Errorf("--script: %w", err)
		}
		list = append(list, more...)
	}
	if len(o.only) > 0 {
		list = slices.DeleteFunc(list, func(s *conform.Script) bool {
			return !slices.ContainsFunc(o.only, func(p string) bool { return strings.HasPrefix(s.Name, p) })
		})
		if len(list) == 0 && err == nil {
			return nil, usage("--only %s: there is no such script (imapscope help conformance lists them)", strings.Join(o.only, " "))
		}
	}
	return list, err
}

// runner returns what plays them.
func (o *conformFlags) runner() (*conform.Runner, error) {
	set, err := replay.ParseBindings(o.set)
	if err != nil {
		return nil, fmt.Errorf("--set %w", err)
	}
	if set.Token != "" || len(set.Mailboxes) > 0 {
		return nil, usage("--set: conform knows user, password and mailbox")
	}
	if (set.User == "") != (set.Password == "") {
		return nil, usage("--set: a user needs a password, and a password a user")
	}
	r := &conform.Runner{
		User: set.User, Password: set.Password, Mailbox: set.Mailbox, Expunge: o.expunge || set.Mailbox != "",
		Timeout: o.timeout, Dialect: o.dialect,
	}
	r.Dial, err = o.dialer()
	return r, err
}

// hinted adds to an error the flag that helps.
func (o *conformFlags) hinted(err error) error {
	switch {
	case errors.Is(err, conform.ErrNoUser):
		return fmt.Errorf("%w: --set user=…,password=…", err)
	case errors.Is(err, conform.ErrLoginDisabled):
		return fmt.Errorf("%w: --tls starttls, or --tls implicit at the port for it", err)
	case errors.Is(err, conform.ErrNothing):
		return fmt.Errorf("%w; --dialect names another", err)
	}
	return err
}
