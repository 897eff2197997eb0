package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/capture/outfile"
	"imapscope/samples/exercise"
	"imapscope/ui/class"
	"imapscope/ui/view"
)

// exerciseFlags holds the flags of exercise.
type exerciseFlags struct {
	seed   uint64
	seeded bool
	fault  string
	level  int
	count  int
	dir    string
	force  bool

	handout bool
	grade   string
	format  string
}

// maxExercises is the largest accepted --count; more is probably a typing error.
const maxExercises = 999

func newExercise(e *env) *cobra.Command {
	var o exerciseFlags
	c := &cobra.Command{
		Use: "exercise {-o DIR | --grade DIR SUBMISSIONS…}",
		RunE: func(c *cobra.Command, args []string) error {
			f := c.Flags()
			o.seeded = f.Changed("seed")
			switch {
			case f.Changed("grade"):
				return o.grades(e, args)
			case len(args) > 0:
				return usage("exercise: unexpected argument %q; --grade takes what students hand in", args[0])
			case f.Changed("format"):
				return usage("exercise: --format is for --grade")
			}
			return o.run(c.Context(), e)
		},
	}
	f := c.Flags()
	f.Uint64Var(&o.seed, "seed", 0, "the `number` that determines the recordings (default random, and printed)")
	f.StringVar(&o.fault, "fault", "", "the `kind` of fault instead of random ones; list prints all kinds")
	f.IntVar(&o.level, "level", 0, "only faults of this `level` of difficulty, from 1 (seen in one line) to 3 (seen by counting)")
	f.IntVar(&o.count, "count", 1, "how many recordings to make, each different")
	f.StringVarP(&o.dir, "output", "o", "", "the `folder` to write to; it is created if necessary")
	f.BoolVar(&o.force, "force", false, "replace existing files")
	f.BoolVar(&o.handout, "handout", false, "also write pages to print: DIR/handout.html for the class, DIR/answers/answers.html for the teacher")
	f.StringVar(&o.grade, "grade", "", "grade what students hand in, by the keys of the exercises in `DIR`")
	f.StringVar(&o.format, "format", "text", "of the grades: "+strings.Join(class.Formats(), ", "))
	for _, name := range []string{"seed", "fault", "level", "count", "output", "force", "handout"} {
		c.MarkFlagsMutuallyExclusive("grade", name)
	}
	return c
}

func (o *exerciseFlags) run(ctx context.Context, e *env) error {
	if o.fault == "list" {
		return exercise.ListKinds(e.out)
	}
	switch {
	case o.count < 1 || o.count > maxExercises:
		return usage("exercise: --count must be from 1 to %d, not %d", maxExercises, o.count)
	case o.level < 0 || o.level > exercise.Levels:
		return usage("exercise: --level must be from 1 to %d, not %d", exercise.Levels, o.level)
	case o.level > 0 && o.fault != "":
		return usage("exercise: --level chooses among faults, and --fault names one: use one of them")
	case o.dir == "":
		return usage("exercise: no folder to write to; use -o DIR")
	}
	if o.fault != "" {
		if _, err := exercise.Lookup(o.fault); err != nil {
			return fmt.Errorf("exercise: %w (--fault list prints all kinds)", err)
		}
	}
	if !o.seeded {
		o.seed = uint64(rand.Uint32())
	}
	c := exercise.Class{Dir: o.dir, Seed: o.seed, Kind: o.fault, Level: o.level, Count: o.count, Force: o.force}
	switch err := o.write(ctx, &c); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("exercise: %w (--force replaces it)", err)
	case err != nil:
		return fmt.Errorf("exercise: %w", err)
	}
	_, err := fmt.Fprintf(e.out, "seed %d: %s in %s, answer keys in %s\n", o.seed, view.Count(o.count, "recording"), view.Inert(o.dir), view.Inert(c.Answers()))
	if err == nil && o.handout {
		handout, answers := class.PageNames(o.dir)
		_, err = fmt.Fprintf(e.out, "to print: %s for the class, %s for you\n", view.Inert(handout), view.Inert(answers))
	}
	return err
}

// write writes the exercises, and with --handout their pages.
func (o *exerciseFlags) write(ctx context.Context, c *exercise.Class) error {
	if !o.handout {
		return c.Write(ctx)
	}
	handout, answers := class.PageNames(o.dir)
	if err := cmp.Or(outfile.Check(handout, o.force), outfile.Check(answers, o.force)); err != nil {
		return err
	}
	if err := c.Write(ctx); err != nil {
		return err
	}
	return class.WritePages(ctx, o.dir, o.force)
}

// grades grades what was handed in. Lines that cannot be judged are named on standard error.
func (o *exerciseFlags) grades(e *env, names []string) error {
	switch {
	case len(names) == 0:
		return usage("exercise --grade: name the answer sheets of the students, or a folder of them")
	case !slices.Contains(class.Formats(), o.format):
		return usage("exercise --grade: unknown format %q; the formats are %s", o.format, strings.Join(class.Formats(), ", "))
	}
	keys, err := exercise.ReadKeys(o.grade)
	if err != nil {
		return fmt.Errorf("exercise --grade: %w", err)
	}
	students, err := exercise.ReadStudents(keys, names)
	if err != nil {
		return fmt.Errorf("exercise --grade: %w", err)
	}
	if err := class.WriteGrades(e.out, o.format, keys, students); err != nil {
		return err
	}
	if n, err := class.WriteProblems(e.err, students); n > 0 || err != nil {
		return cmp.Or(err, errFindings)
	}
	return nil
}
