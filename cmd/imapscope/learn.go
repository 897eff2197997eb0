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
	"imapscope/ui/class"
	"imapscope/ui/inspect"
	"imapscope/ui/learn"
	"imapscope/ui/print"
)

// learnFlags holds the flags of learn.
type learnFlags struct {
	themed
	list, template, check, restart bool
	text, present, notes, summary  bool
	progress, results              string
	page                           pageFlags // of --web

	screen func(*inspect.Options) // for tests; may be nil
}

func newLearn(e *env) *cobra.Command {
	var o learnFlags
	c := &cobra.Command{
		Use: "learn [LESSON | FILE]",
		RunE: func(c *cobra.Command, args []string) error {
			if o.summary {
				return summarize(e, args)
			}
			if err := cobra.MaximumNArgs(1)(c, args); err != nil {
				return err
			}
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
	o.themeFlag(f)
	f.BoolVar(&o.restart, "restart", false, "start the lesson from the beginning")
	f.StringVar(&o.progress, "progress", "", "the `file` that stores your progress (default imapscope/learn.json in your user configuration folder)")
	f.StringVar(&o.results, "results", "", "append to `FILE` how each question was answered: attempts, hints, seconds; in a folder, to a file of your own")
	f.BoolVar(&o.summary, "summary", false, "sum up the results in files and folders, step by step")
	f.BoolVar(&o.present, "present", false, "show the lesson to a class: in large type, one step at a time, Space reveals the answer")
	f.BoolVar(&o.notes, "notes", false, "with --present: show the teacher's notes from the beginning")
	o.page.flagsToLearn(f)
	c.MarkFlagsMutuallyExclusive("list", "new", "check", "restart", "present", "summary")
	c.MarkFlagsMutuallyExclusive("list", "new", "check", "text", "summary", "web")
	c.MarkFlagsMutuallyExclusive("list", "new", "check", "present", "summary", "results")
	return c
}

func (o *learnFlags) run(ctx context.Context, e *env, which string) error {
	switch {
	case o.template:
		return writeTemplate(e, which)
	case o.notes && !o.present:
		return usage("learn: --notes is for --present")
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
	progress, err := o.load()
	if err != nil {
		return err
	}
	if o.list {
		if which != "" {
			return usage("learn --list: unexpected argument %q", which)
		}
		return lesson.List(e.out, progress)
	}
	if _, _, err := openLesson(which, progress); err != nil {
		return err
	}
	open, end, err := o.opening(ctx, e)
	if err != nil {
		return err
	}
	return errors.Join(o.course(ctx, e, which, progress, open), end())
}

// openLesson opens a lesson by its number or file; empty: the one to continue.
func openLesson(which string, progress *lesson.Progress) (*lesson.Lesson, func(string) ([]byte, error), error) {
	l, read, err := lesson.Open(which, progress)
	switch {
	case errors.Is(err, lesson.ErrNoLesson):
		err = fmt.Errorf("%w: imapscope learn --list shows all lessons", err)
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w (imapscope learn --list shows the built-in lessons)", err)
	}
	return l, read, err
}

// A showing shows a lesson until the user leaves it; next reports whether to continue with the
// next one.
type showing func(ctx context.Context, e *env, l *lesson.Lesson, t *learn.Tutor) (next bool, err error)

// opening returns what shows lessons, and what to call after the last.
func (o *learnFlags) opening(ctx context.Context, e *env) (open showing, end func() error, err error) {
	switch {
	case o.page.listen != "":
		return o.inBrowser(ctx, e)
	case o.page.noBrowser:
		return nil, nil, usage("--web-no-browser goes with --web")
	case o.text:
		return o.asText, func() error { return nil }, nil
	case o.screen == nil && !onTerminal(e):
		return nil, nil, usage("learn needs a terminal; use --text without one, or --web")
	}
	return o.inTerminal, func() error { return nil }, nil
}

// course shows a lesson, and those after it as long as the user goes on.
func (o *learnFlags) course(ctx context.Context, e *env, which string, progress *lesson.Progress, show showing) error {
	for first := true; ; first = false {
		l, read, err := openLesson(which, progress)
		if err != nil {
			return err
		}
		record := progress.Of(l.ID)
		if first && o.restart || record.Step >= len(l.Steps) {
			record.Again()
		}
		next, err := o.open(ctx, e, l, read, record, o.saving(progress), show)
		if err != nil || !next {
			return err
		}
		if which = l.Next(); which == "" {
			fmt.Fprintln(e.err, "That was the last lesson. imapscope help imap2 describes the protocol on one page.")
			return nil
		}
	}
}

// load returns the student's progress. A lesson that is presented begins at its first step.
func (o *learnFlags) load() (*lesson.Progress, error) {
	if o.present {
		return &lesson.Progress{}, nil
	}
	return lesson.LoadProgress(o.progress)
}

// saving returns what saves the progress; nil if it is not to be saved.
func (o *learnFlags) saving(p *lesson.Progress) func() error {
	if o.present {
		return nil
	}
	return func() error { return p.Save(o.progress) }
}

// report has the Tutor append to the results.
func (o *learnFlags) report(t *learn.Tutor) error {
	if o.results == "" {
		return nil
	}
	r, err := lesson.OpenResults(o.results)
	if err != nil {
		return fmt.Errorf("--results: %w", err)
	}
	o.results = r.Name() // of the next lesson, too
	t.Report(r.Append)
	return nil
}

// summarize sums up the results in files and folders.
func summarize(e *env, names []string) error {
	if len(names) == 0 {
		return usage("learn --summary: name the results files, or their folder")
	}
	return class.Summarize(e.out, names)
}

// open shows a lesson until the user leaves it; next reports whether to continue with the
// next one.
func (o *learnFlags) open(ctx context.Context, e *env, l *lesson.Lesson, read func(string) ([]byte, error), record *lesson.Record, save func() error, show showing) (next bool, err error) {
	t, err := learn.New(l, read, record, save)
	if err != nil {
		return false, err
	}
	if o.present {
		t.Present(o.notes)
	}
	if err := o.report(t); err != nil {
		return false, err
	}
	next, err = show(ctx, e, l, t)
	return next, errors.Join(err, t.Err())
}

func (o *learnFlags) asText(ctx context.Context, e *env, _ *lesson.Lesson, t *learn.Tutor) (next bool, err error) {
	return false, learn.Text(ctx, t, textOptions(e))
}

func (o *learnFlags) inTerminal(ctx context.Context, e *env, l *lesson.Lesson, t *learn.Tutor) (next bool, err error) {
	in := inspected{themed: o.themed, handler: t, test: o.screen}
	err = in.run(ctx, e, t, inspect.Options{
		Source: l.Title, Live: true, Guide: t, Holds: t.Holds(), Editor: inspect.Editor(),
		Hint: []string{"The lesson's recordings are being read."},
	})
	return t.Page().Left, err
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
