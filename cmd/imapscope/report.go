package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"imapscope/capture/outfile"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/redact/scrub"
	"imapscope/ui/print"
	"imapscope/ui/report"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// reportFlags holds the flags of report.
type reportFlags struct {
	out, title, filter      string
	redact                  bool
	shown                   view.Options
	hideExplanations, force bool
	reading
}

func newReport(e *env) *cobra.Command {
	var o reportFlags
	c := &cobra.Command{
		Use:  "report FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "the page's `file`; - is standard output")
	f.StringVar(&o.title, "title", "", "the title of the page")
	filterFlag(f, &o.filter)
	f.BoolVar(&o.redact, "redact", false, "replace names, addresses, subjects and texts first, as imapscope redact does")
	f.BoolVar(&o.hideExplanations, "hide-explanations", false, "hide the explanations when the page opens; a check box shows them")
	f.BoolVar(&o.force, "force", false, "replace an existing file")
	shownFlags(f, &o.shown)
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

func (o *reportFlags) run(ctx context.Context, e *env, files []string) (err error) {
	switch {
	case o.out == "":
		return usage("report: no file to write to; use -o page.html, or -o - for standard output")
	case o.redact && o.shown.ShowSecrets:
		return usage("report: --redact and --show-secrets exclude each other")
	case o.redact && len(files) > 1:
		return usage("report: --redact takes one file at a time")
	}
	if o.out != "-" {
		if err := outfile.Check(o.out, o.force, files...); err != nil {
			return forceHint(err)
		}
	}
	p := report.Options{
		Options: o.shown,
		Title:   o.title, Source: view.FileNames(files),
		Hidden: o.hideExplanations, Made: "imapscope " + service.Version(),
	}
	var cut error // why the redacted file is incomplete
	if o.redact {
		service.OutliveReaders() // to remove the temporary file
		dir, failed := os.MkdirTemp("", "imapscope-")
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		clean := filepath.Join(dir, "redacted.pcapng")
		r := redactFlags{reading: o.reading}
		var replaced scrub.Report
		if replaced, cut, failed = r.write(ctx, e, files[0], clean); failed != nil {
			return errors.Join(cut, failed)
		}
		print.Redacted(e.err, files[0], "the source of the page", replaced)
		files, p.Source = []string{clean}, "" // file names are not copied
	}
	if o.shown.ShowSecrets {
		warnOfSecrets(e)
	}
	page := report.New(p)
	read := errors.Join(cut, o.read(ctx, e, files, page))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case page.Empty() && read != nil:
		return read
	case page.Empty():
		return fmt.Errorf("%s: nothing to show (--port N names another server port)", view.FileNames(files))
	case o.out == "-":
		return errors.Join(read, page.Write(e.out))
	}
	return errors.Join(read, forceHint(outfile.Write(o.out, outfile.Options{Replace: o.force}, page.Write)))
}

// read adds the contents of the files to the page.
func (o *reportFlags) read(ctx context.Context, e *env, files []string, page *report.Page) error {
	s, err := newStream(o.filter, o.shown)
	if err != nil {
		return err
	}
	s.Printer = page
	if s.Findings, err = view.NewReasonedFindings(o.shown, lint.Options{Dialect: o.dialect}); err != nil {
		return err
	}
	src, finish := openCaptures(e, files, o.sources), func() {}
	if n := e.parallel(src.live); n > 1 {
		feed := report.NewFeed(page, n)
		s.Printer, finish = feed, feed.Stop
	}
	var unopened print.Unopened
	err = src.Run(ctx, decode.NewDemux(decode.Options{Dialect: o.dialect}, decode.Handlers{s, &unopened}))
	finish()
	s.Findings.Reason()
	page.Why(s.Findings.Causes(), o.filter != "")
	return errors.Join(err, s.FilterError(), unopened.Write(e.err, keysHint))
}
