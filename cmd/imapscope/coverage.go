package main

import (
	"bufio"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"imapscope/decode"
	"imapscope/decode/coverage"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// coverageFlags are the flags of coverage.
type coverageFlags struct {
	format  string
	missing bool
	reading
}

func newCoverage(e *env) *cobra.Command {
	var o coverageFlags
	c := &cobra.Command{
		Use:  "coverage FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text or jsonl")
	f.BoolVar(&o.missing, "missing", false, "list only what the recordings do not exercise")
	o.readingFlags(f)
	o.keylogFlag(f)
	return c
}

func (o *coverageFlags) run(ctx context.Context, e *env, files []string) error {
	if o.format != "text" && o.format != "jsonl" {
		return usage("coverage: --format %q is not one of text, jsonl", o.format)
	}
	c := coverage.New(o.dialect)
	var unopened print.Unopened
	err := openCaptures(e, files, o.sources).Run(ctx, decode.NewDemux(decode.Options{Dialect: o.dialect}, decode.Handlers{c, &unopened}))
	err = errors.Join(err, unopened.Write(e.err, keysHint))
	list := c.Reports()
	if len(list) == 0 {
		return errors.Join(err, usage("coverage: there is no IMAP in %s", view.FileNames(files)))
	}
	w := bufio.NewWriter(e.out)
	if o.format == "jsonl" {
		err = errors.Join(err, print.NewJSON(w, view.Options{}).Coverage(list, o.missing))
	} else {
		text := print.TextOptions{Width: width(e), Color: colored(e)}
		err = errors.Join(err, print.Coverage(w, list, print.CoverageOptions{TextOptions: text, Missing: o.missing}))
	}
	return errors.Join(err, w.Flush())
}
