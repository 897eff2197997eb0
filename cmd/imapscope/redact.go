package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/decode/redact/scrub"
	"imapscope/ui/export"
	"imapscope/ui/print"
)

// redactFlags holds the flags of redact.
type redactFlags struct {
	force bool
	reading
}

func newRedact(e *env) *cobra.Command {
	var o redactFlags
	c := &cobra.Command{
		Use:  "redact IN OUT",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return o.run(c.Context(), e, args[0], args[1]) },
	}
	f := c.Flags()
	f.BoolVar(&o.force, "force", false, "replace an existing OUT")
	o.readingFlags(f)
	o.keylogFlag(f)
	return c
}

func (o *redactFlags) run(ctx context.Context, e *env, in, out string) error {
	if out == "-" {
		return usage("redact: OUT must be a file: it is read again to check that nothing is left")
	}
	if a, err := os.Stat(in); err == nil {
		if b, err := os.Stat(out); err == nil && os.SameFile(a, b) {
			return usage("redact: IN and OUT are the same file, %s", in)
		}
	}
	r, read, err := o.write(ctx, e, in, out)
	if err != nil {
		return errors.Join(read, err)
	}
	print.Redacted(e.err, in, out, r)
	return read // damage in IN: OUT has what comes before it
}

// write writes a redacted copy of in to the file out. If in is damaged, read is the error,
// and out has everything before the damage.
func (o *redactFlags) write(ctx context.Context, e *env, in, out string) (r scrub.Report, read, err error) {
	opts := export.RedactOptions(pcap.Options{Ports: o.ports})
	src := openCaptures(e, []string{in}, o.sources)
	src.read(opts)
	r, read, err = export.Redact(ctx, src, out, o.force, opts, o.dialect)
	return r, read, forceHint(err)
}
