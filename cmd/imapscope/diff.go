package main

import (
	"context"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
)

func newDiff(e *env) *cobra.Command {
	var o comparing
	c := &cobra.Command{
		Use:  "diff A B",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, files []string) error { return runDiff(c.Context(), e, &o, files) },
	}
	o.flags(c.Flags())
	return c
}

func runDiff(ctx context.Context, e *env, o *comparing, files []string) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	a, err := recorded(ctx, e, files[:1], &o.reading)
	if err != nil {
		return err
	}
	b, err := recorded(ctx, e, files[1:], &o.reading)
	if err != nil {
		return err
	}
	warnLeftOut(e, a)
	warnLeftOut(e, b)
	c := print.CompareScripts(a, b, opts, o.shown)
	return o.write(e, c, "imapscope diff "+files[0]+" "+files[1])
}
