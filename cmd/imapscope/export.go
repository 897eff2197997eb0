package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/export"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// exportFlags holds the flags of export.
type exportFlags struct {
	out, as, filter     string
	conns               []uint
	mask, redact, force bool
	damage              error // of the files; what comes before it was written
	shown               view.Options
	reading
}

func newExport(e *env) *cobra.Command {
	var o exportFlags
	c := &cobra.Command{
		Use:  "export FILE… -o FILE|FOLDER",
		Long: "The formats:\n\n" + export.FormatList(),
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "the `file` to write, or the folder of several; - is standard output")
	f.StringVar(&o.as, "as", "", "the `format`; by default that of -o's extension")
	filterFlag(f, &o.filter)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "where" {
			name = "filter"
		}
		return pflag.NormalizedName(name)
	})
	f.UintSliceVar(&o.conns, "conn", nil, "export only the connections with these `numbers`: 3,7 (repeatable)")
	f.BoolVar(&o.mask, "mask-secrets", false, "number signs in place of passwords and SASL responses, in pcapng and scripts")
	f.BoolVar(&o.redact, "redact", false, "replace names, addresses, subjects and texts first, as imapscope redact does")
	f.BoolVar(&o.force, "force", false, "replace existing files")
	shownFlags(f, &o.shown)
	o.readingFlags(f)
	o.keylogFlag(f)
	return c
}

// format returns the format that --as or the name of -o asks for.
func (o *exportFlags) format() (*export.Format, error) {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	known := strings.Join(names, ", ")
	if o.out == "" {
		return nil, usage("export: no file to write to; use -o FILE, or -o - for standard output")
	}
	if o.as != "" {
		f, ok := export.FormatNamed(o.as)
		if !ok {
			return nil, usage("export: --as %q is not one of %s", o.as, known)
		}
		return f, nil
	}
	f, ok := export.FormatOf(o.out)
	if !ok {
		return nil, usage("export: the name %s does not say the format; --as is one of %s", view.FileNames([]string{o.out}), known)
	}
	return f, nil
}

// check returns an error about flags that exclude each other, or about the file to write.
func (o *exportFlags) check(f *export.Format, files []string) error {
	switch {
	case o.redact && o.shown.ShowSecrets:
		return usage("export: --redact and --show-secrets exclude each other")
	case o.redact && len(files) > 1:
		return usage("export: --redact takes one file at a time")
	case o.redact && f.Name == export.Keylog:
		return usage("export: --redact leaves no keys that could be exported")
	case o.mask && o.shown.ShowSecrets:
		return usage("export: --mask-secrets and --show-secrets exclude each other")
	case o.mask && f.Secret && !f.Masks:
		return usage("export: --mask-secrets leaves nothing of a %s", f.Name)
	case f.Several && o.out == "-":
		return usage("export: %s is several files; mbox is one that standard output can take", f.Name)
	case f.Several || o.out == "-":
		return nil
	}
	return forceHint(outfile.Check(o.out, o.force, files...))
}

func (o *exportFlags) run(ctx context.Context, e *env, files []string) (err error) {
	f, err := o.format()
	if err != nil {
		return err
	}
	if err := o.check(f, files); err != nil {
		return err
	}
	service.OutliveReaders() // to remove incomplete files
	inputs := files
	var cut error // why the redacted file is incomplete
	if o.redact {
		dir, failed := os.MkdirTemp("", "imapscope-")
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		clean := filepath.Join(dir, "redacted.pcapng")
		r := redactFlags{reading: o.reading}
		if _, cut, failed = r.write(ctx, e, files[0], clean); failed != nil {
			return errors.Join(cut, failed)
		}
		files, o.keylog = []string{clean}, ""
	}
	if o.shown.ShowSecrets {
		warnOfSecrets(e)
	}
	src := openCaptures(e, files, o.sources)
	if total, known := pcap.Size(files); known {
		update, done := print.ReadProgress(e.tty, e.out, total)
		src.OnProgress(update)
		defer done()
	}
	if f.IsRows() {
		return errors.Join(cut, o.rows(ctx, e, f, src))
	}
	return errors.Join(cut, o.whole(ctx, e, f, src, inputs))
}

// only returns a sink that passes on the connections of --conn, and a function that returns the
// error of one that does not exist.
func (o *exportFlags) only(to capture.Sink) (capture.Sink, func() error) {
	if len(o.conns) == 0 {
		return to, func() error { return nil }
	}
	s := &export.Only{To: to, Conns: make(map[capture.ConnID]bool)}
	for _, n := range o.conns {
		s.Conns[capture.ConnID(n)] = false
	}
	return s, func() error {
		if missing := s.Missing(); len(missing) > 0 {
			return usage("export: --conn %d: there is no such connection", slices.Min(missing))
		}
		return nil
	}
}

// rows writes a format of rows while the source is read.
func (o *exportFlags) rows(ctx context.Context, e *env, f *export.Format, src *captures) error {
	write := func(w io.Writer) error {
		rows, err := export.NewRows(e.parallel(src.live), f, w, print.StreamsOptions{
			StreamOptions: print.StreamOptions{Options: o.shown, Filter: o.filter}, Decode: decode.Options{Dialect: o.dialect},
		})
		if err != nil {
			return fmt.Errorf("--filter: %w", err)
		}
		sink, missing := o.only(rows.Sink())
		err = src.Run(ctx, sink)
		if stopped := rows.Stop(); stopped != nil {
			err = stopped
		}
		if err != nil && (src.Seen().Taken == 0 || ctx.Err() != nil) {
			return err
		}
		if failed := errors.Join(missing(), rows.Finish()); failed != nil {
			return failed
		}
		o.damage = errors.Join(err, rows.Unopened.Write(e.err, keysHint))
		return nil
	}
	if o.out == "-" {
		w := bufio.NewWriterSize(e.out, 64<<10)
		err := errors.Join(write(w), w.Flush())
		return errors.Join(err, o.damage)
	}
	err := forceHint(outfile.Write(o.out, outfile.Options{Replace: o.force}, write))
	return errors.Join(o.damage, err)
}

// whole reads the source into an archive, and writes a format of whole connections or of
// messages from there.
func (o *exportFlags) whole(ctx context.Context, e *env, f *export.Format, src *captures, inputs []string) (err error) {
	var unopened print.Unopened
	var keys export.Keys
	handlers := decode.Handlers{&keys, &unopened}
	var choice *export.Choice
	var matching *print.Stream
	if o.filter != "" {
		choice, matching, err = export.NewChoice(print.StreamOptions{Options: o.shown, Filter: o.filter})
		if err != nil {
			return fmt.Errorf("--filter: %w", err)
		}
		handlers = append(handlers, matching)
	}
	a, err := archive.New(archive.Options{Handler: handlers, Decode: decode.Options{Dialect: o.dialect}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	sink, missing := o.only(capture.Tee{&keys, a.Writer()})
	read := src.Run(ctx, sink)
	if read != nil && (src.Seen().Taken == 0 || ctx.Err() != nil) {
		return read
	}
	if err := errors.Join(missing(), a.Err()); err != nil {
		return err
	}
	x := export.New(a, export.Options{
		Options: o.shown, Mask: o.mask, Replace: o.force, Inputs: inputs, Stdout: e.out, Keys: &keys, Dialect: o.dialect,
	})
	s := export.Selection{Conns: x.AllConns(), Txns: x.AllTxns()}
	if choice != nil {
		if err := matching.FilterError(); err != nil {
			return err
		}
		s = choice.Of(a)
	}
	read = errors.Join(read, unopened.Write(e.err, keysHint))
	summary, err := x.ExportAs(f, o.out, s)
	switch {
	case err != nil:
		return errors.Join(read, fmt.Errorf("export: %w", forceHint(err)))
	case f.Secret && !o.mask && !o.redact && src.sensors:
		summary += "; it has secrets as they were published: masked, unless a sensor had --raw"
	case f.Secret && !o.mask && !o.redact:
		summary += "; it has secrets as they were sent"
	}
	fmt.Fprintf(e.err, "imapscope: %s\n", summary)
	return read // damage: what comes before it was written
}
