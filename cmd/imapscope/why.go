package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
	"imapscope/ui/view"
)

// whyFlags are the flags of why.
type whyFlags struct {
	format string
	reading
}

func newWhy(e *env) *cobra.Command {
	var o whyFlags
	c := &cobra.Command{
		Use: "why FILE…",

		Annotations: map[string]string{tableTopic: "reasons"},

		Long: "The kinds that it knows:\n\n" + print.Kinds(),
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text or jsonl")
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

func (o *whyFlags) run(ctx context.Context, e *env, files []string) error {
	if o.format != "text" && o.format != "jsonl" {
		return usage("why: --format %q is not one of text, jsonl", o.format)
	}
	src := openCaptures(e, files, o.sources)
	r, err := print.NewReasoners(e.parallel(src.live), o.dialect)
	if err != nil {
		return fmt.Errorf("why: %w", err)
	}
	err = src.Run(ctx, r.Sink())
	if stopped := r.Stop(); err == nil || stopped != nil {
		err = stopped
	}
	err = errors.Join(err, r.Unopened.Write(e.err, keysHint))
	list := r.Reasons()
	w := bufio.NewWriter(e.out)
	switch {
	case err != nil && r.Connections == 0: // nothing was read, so nothing is known to be right
	case o.format == "jsonl":
		err = errors.Join(err, print.NewJSON(w, view.Options{}).Reasons(list))
	default:
		err = errors.Join(err, print.WriteCauses(w, view.NewCauses(r.Reasoner), print.TextOptions{Width: width(e), Color: colored(e)}))
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return err
	}
	if len(list) > 0 {
		return errFindings
	}
	return nil
}
