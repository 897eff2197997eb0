package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"imapscope/capture/outfile"
	"imapscope/samples/lesson"
	"imapscope/ui/inspect"
	"imapscope/ui/learn"
	"imapscope/ui/print"
)

// learnFlags holds the flags of learn.
type learnFlags struct {
	list, template, check, restart bool
	text                           bool
	progress                       string

	screen func(*inspect.Options) // for tests; may be nil
}

func newLearn(e *env) *cobra.Command {
	var o learnFlags
	c := &cobra.Command{
		Use:  "learn [LESSON | FILE]",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			which := ""
			if len(args) > 0 {
				which = args[0]
			}
			return o.run(c.Context(), e, which)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.list, "list", false, "list the lessons and your progress")
	f.BoolVar(&o.template, "new", false, "print a lesson template, or write it to FILE")
	f.BoolVar(&o.check, "check", false, "report what is wrong with the lesson in FILE, line by line")
	f.BoolVar(&o.text, "text", false, "show the lesson as lines of text: for a screen reader or a pipe")
	f.BoolVar(&o.restart, "restart", false, "start the lesson from the beginning")
	f.StringVar(&o.progress, "progress", "", "the `file` that stores your progress (default imapscope/learn.json in your user configuration folder)")
	c.MarkFlagsMutuallyExclusive("list", "new", "check", "restart")
	return c
}

func (o *learnFlags) run(ctx context.Context, e *env, which string) error {
	switch {
	case o.template:
		return writeTemplate(e, which)
	case o.check:
		if which == "" {
			return usage("learn --check: no file given")
		}
		if ok, err := learn.Check(e.out, which); ok || err != nil {
			return err
		}
		return errFindings
	}
	if o.progress == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return fmt.Errorf("no folder to store your progress in (--progress FILE names a file): %w", err)
		}
		o.progress = filepath.Join(dir, "imapscope", "learn.json")
	}
	progress, err := lesson.LoadProgress(o.progress)
	if err != nil {
		return err
	}
	if o.list {
		if which != "" {
			return usage("learn --list: unexpected argument %q", which)
		}
		return lesson.List(e.out, progress)
	}
	for first := true; ; first = false {
		l, read, err := lesson.Open(which, progress)
		switch {
		case errors.Is(err, lesson.ErrNoLesson):
			return fmt.Errorf("%w: imapscope learn --list shows all lessons", err)
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w (imapscope learn --list shows the built-in lessons)", err)
		case err != nil:
			return err
		}
		record := progress.Of(l.ID)
		if first && o.restart || record.Step >= len(l.Steps) {
			record.Again()
		}
		next, err := o.open(ctx, e, l, read, record, func() error { return progress.Save(o.progress) })
		if err != nil || !next {
			return err
		}
		if which = l.Next(); which == "" {
			fmt.Fprintln(e.err, "That was the last lesson. imapscope help imap2 describes the protocol on one page.")
			return nil
		}
	}
}

// open shows a lesson until the user leaves it; next reports whether to continue with the
// next one.
func (o *learnFlags) open(ctx context.Context, e *env, l *lesson.Lesson, read func(string) ([]byte, error), record *lesson.Record, save func() error) (next bool, err error) {
	t, err := learn.New(l, read, record, save)
	if err != nil {
		return false, err
	}
	if o.text {
		return false, errors.Join(learn.Text(ctx, t, textOptions(e)), t.Err())
	}
	if o.screen == nil && !onTerminal(e) {
		return false, usage("learn needs a terminal; use --text without one")
	}
	in := inspected{handler: t, test: o.screen}
	err = in.run(ctx, e, t, inspect.Options{
		Source: l.Title, Live: true, Guide: t,
		Hint: []string{"The lesson's recordings are being read."},
	})
	p := t.Page()
	return p.Left, errors.Join(err, t.Err())
}

// textOptions returns the options for a lesson as text on e.
func textOptions(e *env) learn.TextOptions {
	echoes := print.IsTerminal(e.in)
	return learn.TextOptions{In: e.in, Out: e.out, Echoes: echoes, Width: min(width(e), 100)}
}

// writeTemplate writes the lesson template to file, or to standard output.
func writeTemplate(e *env, file string) error {
	if file == "" || file == "-" {
		return lesson.WriteTemplate(e.out)
	}
	return outfile.Write(file, outfile.Options{}, lesson.WriteTemplate)
}
