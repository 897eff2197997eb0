package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/ui/export"
	"imapscope/ui/inspect"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// inspected holds the flags of the verbs that open the inspector.
type inspected struct {
	themed
	filter string
	shown  view.Options
	reading

	handler decode.Handler         // receives every event too; may be nil
	test    func(*inspect.Options) // for tests: another screen; may be nil
	left    func()                 // called once the terminal is restored; may be nil
}

// themed holds the flag for the inspector's colours.
type themed struct{ theme string }

func (o *themed) themeFlag(f *pflag.FlagSet) {
	f.StringVar(&o.theme, "theme", "", "the inspector's colours: "+inspect.Themes+" (default: IMAPSCOPE_THEME, else auto)")
}

func newInspect(e *env) *cobra.Command {
	var o inspected
	var follow bool
	c := &cobra.Command{
		Use:  "inspect FILE…",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			if err := exist(files); err != nil {
				return err
			}
			comments, err := readComments(export.CommentsFile(files))
			if err != nil {
				return err
			}
			src := openCaptures(e, files, o.sources)
			src.asItComes()
			if follow {
				if err := src.follow(); err != nil {
					return err
				}
			}
			defer e.later(&src.notices)()
			view := inspect.Options{Source: view.FileNames(files), Live: src.live, Comments: comments, Beside: export.CommentsFile(files)}
			if total, known := src.size(); known && !follow {
				view.Progress = src.Share(total)
			}
			view.Hint = []string{"No IMAP connection found yet.", "The server is the side on port 143 or 993; --port names other ports."}
			return o.run(c.Context(), e, src, view)
		},
	}
	f := c.Flags()
	f.BoolVar(&follow, "follow", false, "keep reading the last file as it grows")
	filterFlag(f, &o.filter)
	shownFlags(f, &o.shown)
	o.themeFlag(f)
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

// readComments reads the comments file of a capture.
func readComments(name string) ([]inspect.Comment, error) {
	saved, err := export.ReadComments(name)
	var out []inspect.Comment
	for _, c := range saved {
		out = append(out, inspect.Comment{Conn: c.Conn, N: c.N, Text: c.Text})
	}
	return out, err
}

// run shows the traffic of a source in the inspector, until the user quits.
func (o *inspected) run(ctx context.Context, e *env, src capture.Source, v inspect.Options) (err error) {
	if _, err := filter.Compile(o.filter); err != nil {
		return err
	}
	if v.Theme, v.AskTheme, err = inspect.ChooseTheme(o.theme, os.Getenv); err != nil {
		return usage("%v", err)
	}
	if o.test == nil && !onTerminal(e) {
		return usage("the inspector needs a terminal; use imapscope decode to print text")
	}
	defer saveMemory()()
	found, err := view.NewReasonedFindings(o.shown, lint.Options{Dialect: o.dialect})
	if err != nil {
		return err
	}
	acts := new(view.Acts)
	var keys export.Keys
	handlers := decode.Handlers{found, acts, &keys}
	if o.handler != nil {
		handlers = append(handlers, o.handler)
	}
	a, err := archive.New(archive.Options{Handler: handlers, Decode: decode.Options{Dialect: o.dialect}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		failed = src.Run(ctx, capture.Tee{&keys, a.Writer()})
		if ctx.Err() != nil {
			failed = nil
		}
		ended <- failed
	}()
	v.Archive, v.Ended = a, ended
	v.View, v.Findings, v.Acts = o.shown, found, acts
	v.Filter = o.filter
	v.Export = export.New(a, export.Options{Options: v.View, Keys: &keys, Dialect: o.dialect})
	_, v.NoColor = os.LookupEnv("NO_COLOR")
	if o.test != nil {
		o.test(&v)
	}
	err = service.Within(ctx, 3*time.Second, "drawing on the terminal", func() error { return inspect.Run(ctx, v) })
	if o.left != nil {
		o.left()
	}
	cancel()
	<-done
	if n := a.Stats().NotKept; n > 0 {
		fmt.Fprintf(e.err, "imapscope: %d bytes could not be kept: %v\n", n, a.Err())
	}
	return errors.Join(err, failed)
}

func onTerminal(e *env) bool {
	return print.IsTerminal(e.out) && print.IsTerminal(os.Stdin)
}

// later keeps what is written to a verb's notices until the function that it returns is called:
// the screen is the inspector's until then.
func (e *env) later(notices *io.Writer) func() {
	kept := new(print.Tail)
	*notices = kept
	return func() { _ = kept.Print(e.err) } // nothing depends on it
}
