package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

// reportFlags are the flags of report.
type reportFlags struct {
	out, title, filter      string
	redact, showSecrets     bool
	hideExplanations, force bool
	ports                   []uint16
}

func newReport(e *env) *cobra.Command {
	var o reportFlags
	c := &cobra.Command{
		Use:   "report FILE…",
		Short: "Make a web page that shows the conversations in capture files and explains every byte",
		Long: `report writes one HTML file that needs nothing else: no network, no server, no other
file. It has the ladder of each connection, its exchanges, and in each every word
with what it means and where the RFC says so, the octets beside the syntax tree, the
times and what check finds; at the end the vocabulary that was used.

A box at the top hides the explanations, for a class to guess first;
--hide-explanations has them hidden when the page opens.

Passwords and SASL responses are masked. --redact takes out the persons, too, as
'imapscope redact' does.`,
		Example: `  imapscope report session.pcap -o session.html
  imapscope report --filter 'command == "FETCH"' --title 'Fetching' big.pcapng -o fetch.html
  imapscope report --redact session.pcapng -o public.html`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "the page's `file`; - is standard output")
	f.StringVar(&o.title, "title", "", "what stands at the top of the page")
	f.StringVar(&o.filter, "filter", "", "show only what matches this `expression`, e.g. 'status == \"NO\" or ms > 100' (imapscope help filter)")
	f.BoolVar(&o.redact, "redact", false, "replace names, addresses, subjects and texts first, as imapscope redact does")
	f.BoolVar(&o.hideExplanations, "hide-explanations", false, "the page opens without explanations; a box in it shows them")
	f.BoolVar(&o.force, "force", false, "replace the file if there is one")
	f.BoolVar(&o.showSecrets, "show-secrets", false, "show passwords and SASL responses, which are masked otherwise")
	f.Var((*portList)(&o.ports), "port", "a server `port` beside 143 and 993 (repeatable)")
	return c
}

func (o *reportFlags) run(ctx context.Context, e *env, files []string) (err error) {
	switch {
	case o.out == "":
		return usage("report: where to? -o page.html, or -o - for standard output")
	case o.redact && o.showSecrets:
		return usage("report: --redact and --show-secrets exclude each other")
	case o.redact && len(files) > 1:
		return usage("report: --redact takes one file at a time")
	}
	if _, err := os.Lstat(o.out); err == nil && o.out != "-" && !o.force {
		return fmt.Errorf("%s: %w (--force replaces it)", o.out, fs.ErrExist)
	}
	p := report.Options{
		Options: view.Options{ShowSecrets: o.showSecrets},
		Title:   o.title, Source: strings.Join(baseNames(files), " "),
		Hidden: o.hideExplanations, Made: "imapscope " + version(),
	}
	if o.redact {
		dir, err := os.MkdirTemp("", "imapscope-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		clean := filepath.Join(dir, "redacted.pcapng")
		r := redactFlags{ports: o.ports}
		if err := r.run(ctx, e, files[0], clean); err != nil {
			return err
		}
		files, p.Source = []string{clean}, "" // names of files are not carried over
	}
	if p.Title == "" {
		if p.Title = "An IMAP conversation"; p.Source != "" {
			p.Title = p.Source
		}
	}
	page := report.New(p)
	read := o.read(ctx, files, page)
	if ctx.Err() != nil {
		return errors.Join(read, ctx.Err())
	}
	if page.Empty() {
		return errors.Join(read, fmt.Errorf("%s: nothing to show (--port N names another port of a server)", strings.Join(baseNames(files), " ")))
	}
	if o.out == "-" {
		return errors.Join(read, page.Write(e.out))
	}
	return errors.Join(read, o.write(page))
}

// read tells the page what is in the files.
func (o *reportFlags) read(ctx context.Context, files []string, page *report.Page) error {
	found, err := view.NewFindings(view.Options{ShowSecrets: o.showSecrets}, lint.Options{})
	if err != nil {
		return err
	}
	s := &show{
		printer: page, found: found,
		opts:  view.Options{ShowSecrets: o.showSecrets},
		conns: make(map[capture.ConnID]*shown),
	}
	if o.filter != "" {
		if s.filter, err = filter.Compile(o.filter); err != nil {
			return fmt.Errorf("--filter: %w", err)
		}
	}
	return feed(ctx, pcap.Files(files, pcap.Options{Ports: o.ports}), decode.NewDemux(decode.Options{}, s), files[0] == "-")
}

// write makes the file, or replaces it as a whole.
func (o *reportFlags) write(page *report.Page) error {
	if !o.force {
		return writeNew(o.out, page.Write)
	}
	f, err := os.CreateTemp(filepath.Dir(o.out), ".imapscope-*")
	if err != nil {
		return err
	}
	err = page.Write(io.Writer(f))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), o.out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
