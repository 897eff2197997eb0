package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"imapscope/samples/exercise"
	"imapscope/ui/export"
	"imapscope/ui/view"
)

// exerciseFlags are the flags of exercise.
type exerciseFlags struct {
	seed   uint64
	seeded bool
	fault  string
	count  int
	dir    string
	force  bool
}

// maxExercises is how many are made at a time: more is a slip of the finger.
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
	f.Uint64Var(&o.seed, "seed", 0, "the `number` that all is drawn from; without it, one at random, which is printed")
	f.StringVar(&o.fault, "fault", "", "this `kind` of fault, not one that is drawn; list prints all kinds")
	f.IntVar(&o.count, "count", 1, "how many to make, each different")
	f.StringVarP(&o.dir, "output", "o", "", "the `folder` to write to; it is made if there is none")
	f.BoolVar(&o.force, "force", false, "replace files that are there")
	return c
}

func (o *exerciseFlags) run(ctx context.Context, e *env) error {
	if o.fault == "list" {
		return listFaults(e)
	}
	switch {
	case o.count < 1 || o.count > maxExercises:
		return usage("exercise: --count is 1 to %d, not %d", maxExercises, o.count)
	case o.dir == "":
		return usage("exercise: which folder is it to write to? -o DIR")
	}
	if o.fault != "" {
		if _, err := exercise.Lookup(o.fault); err != nil {
			return fmt.Errorf("exercise: %w (--fault list prints those there are)", err)
		}
	}
	if !o.seeded {
		o.seed = uint64(rand.Uint32())
	}
	if err := o.prepare(); err != nil {
		return err
	}
	var keys []byte
	for n := 1; n <= o.count; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, err := exercise.Make(exercise.Options{Seed: o.seed, Number: n, Kind: o.fault, File: o.name(n) + ".pcapng"})
		if err != nil {
			return fmt.Errorf("exercise: %w", err)
		}
		keys = append(keys, x.Key.JSON()...)
		err = errors.Join(o.write(o.recording(n), x.Recording), o.write(o.answer(n), []byte(x.Key.Text())))
		if err != nil {
			return err
		}
	}
	if err := o.write(o.keys(), keys); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.out, "seed %d: %s in %s, and what is wrong in %s\n", o.seed, view.Count(o.count, "recording"), o.dir, filepath.Dir(o.keys()))
	return err
}

// name is what the files of exercise n are called.
func (o *exerciseFlags) name(n int) string {
	return fmt.Sprintf("%0*d", max(2, len(fmt.Sprint(o.count))), n)
}

func (o *exerciseFlags) recording(n int) string { return filepath.Join(o.dir, o.name(n)+".pcapng") }
func (o *exerciseFlags) answer(n int) string {
	return filepath.Join(o.dir, "answers", o.name(n)+".txt")
}
func (o *exerciseFlags) keys() string { return filepath.Join(o.dir, "answers", "key.jsonl") }

// prepare makes the folders, and sees to it that nothing is there that would be lost.
func (o *exerciseFlags) prepare() error {
	files := []string{o.keys()}
	for n := 1; n <= o.count; n++ {
		files = append(files, o.recording(n), o.answer(n))
	}
	for _, name := range files {
		if _, err := os.Lstat(name); err == nil && !o.force {
			return usage("exercise: %s is there already (--force replaces it)", name)
		}
	}
	return os.MkdirAll(filepath.Dir(o.keys()), 0o755)
}

// write writes a file that is not there, or that may be replaced.
func (o *exerciseFlags) write(name string, b []byte) error {
	if o.force {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return export.Create(name, 0o644, func(w io.Writer) error { // a class is to read it
		_, err := w.Write(b)
		return err
	})
}

// listFaults prints the kinds of faults.
func listFaults(e *env) error {
	w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	for _, k := range exercise.Kinds() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.Name, k.By, strings.Join(k.Rules, ","), k.Doc)
	}
	return w.Flush()
}
