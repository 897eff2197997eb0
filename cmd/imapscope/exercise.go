package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"imapscope/samples/exercise"
	"imapscope/ui/view"
)

// exerciseFlags holds the flags of exercise.
type exerciseFlags struct {
	seed   uint64
	seeded bool
	fault  string
	count  int
	dir    string
	force  bool
}

// maxExercises is the largest accepted --count; more is probably a typing error.
const maxExercises = 999

func newExercise(e *env) *cobra.Command {
	var o exerciseFlags
	c := &cobra.Command{
		Use:  "exercise -o DIR",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.seeded = c.Flags().Changed("seed")
			return o.run(c.Context(), e)
		},
	}
	f := c.Flags()
	f.Uint64Var(&o.seed, "seed", 0, "the `number` that determines the recordings (default random, and printed)")
	f.StringVar(&o.fault, "fault", "", "the `kind` of fault instead of random ones; list prints all kinds")
	f.IntVar(&o.count, "count", 1, "how many recordings to make, each different")
	f.StringVarP(&o.dir, "output", "o", "", "the `folder` to write to; it is created if necessary")
	f.BoolVar(&o.force, "force", false, "replace existing files")
	return c
}

func (o *exerciseFlags) run(ctx context.Context, e *env) error {
	if o.fault == "list" {
		return exercise.ListKinds(e.out)
	}
	switch {
	case o.count < 1 || o.count > maxExercises:
		return usage("exercise: --count must be from 1 to %d, not %d", maxExercises, o.count)
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
	c := exercise.Class{Dir: o.dir, Seed: o.seed, Kind: o.fault, Count: o.count, Force: o.force}
	switch err := c.Write(ctx); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("exercise: %w (--force replaces it)", err)
	case err != nil:
		return fmt.Errorf("exercise: %w", err)
	}
	_, err := fmt.Fprintf(e.out, "seed %d: %s in %s, answer keys in %s\n", o.seed, view.Count(o.count, "recording"), view.Inert(o.dir), view.Inert(c.Answers()))
	return err
}
