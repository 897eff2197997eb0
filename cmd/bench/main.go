// Command bench measures imapscope side by side with other programs, and writes the tables of README.md.
//
//	.ci/bench                           # every table, on Linux
//	.ci/bench -n 3 -max 500M -write     # up to captures of 500 MB, and into README.md
//	.ci/bench -only decode,start
//	.ci/bench -compare HEAD~1           # the programs of two commits, side by side
//
// It generates captures, runs imapscope and every other program that is installed on them,
// and prints medians, ratios and growth as Markdown. The relay is measured by proxy/bench.
//
// # Rules
//
//   - What is compared runs in turn, once a round, each time in another order. A ratio is
//     that of two runs of the same round; what is shown is the median over the rounds.
//   - Processor time and peak memory are what the kernel counts of a process (rusage). What
//     it counts as the peak of a child includes the peak of the process that started it, so
//     this program stays small, and has others generate the captures.
//   - Captures are read from the page cache: they have just been written.
//   - A program that fails ends the run, for it has no figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if role := os.Getenv(roleVar); role != "" {
		if err := playRole(role, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(2)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted") // not what became of the program that was running
	}
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

// options holds the flags.
type options struct {
	rounds    int
	quick     bool
	max       int64 // bytes of the largest capture
	only      []string
	compare   string // a revision
	write     bool
	readme    string
	dir       string
	imapscope string
}

func parse(args []string, errs io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errs)
	f.IntVar(&o.rounds, "n", 0, "the `number` of rounds (5, or 1 with -quick)")
	f.BoolVar(&o.quick, "quick", false, "only see whether everything works, with tiny captures")
	most := f.String("max", "4G", "the `size` of the largest capture; K, M and G are powers of 1000")
	only := f.String("only", "", "measure only these, `names` with commas between: "+strings.Join(sectionNames(), ","))
	f.StringVar(&o.compare, "compare", "", "compare the program of this tree with that of a `revision`")
	f.BoolVar(&o.write, "write", false, "put the tables into README.md")
	f.StringVar(&o.readme, "readme", "", "the `file` that -write changes (README.md of this module)")
	f.StringVar(&o.dir, "dir", "", "the `folder` for captures (that for temporary files)")
	f.StringVar(&o.imapscope, "imapscope", "", "the `program` to measure (built from this module)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.max, err = parseSize(*most); err != nil {
		return o, fmt.Errorf("-max: %w", err)
	}
	if o.quick {
		o.max = min(o.max, quickMax)
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(sectionNames(), name) {
			return o, fmt.Errorf("-only: there is no %q; there are %s", name, strings.Join(sectionNames(), ", "))
		}
	}
	return o, o.check(f)
}

// check sets the number of rounds, and reports flags that do not go together.
func (o *options) check(f *flag.FlagSet) error {
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case given["n"] && o.rounds < 1:
		return errors.New("-n is 1 at least")
	case o.compare != "" && (o.write || o.imapscope != ""):
		return errors.New("-compare builds both programs and writes no file: without -write and -imapscope")
	case o.readme != "" && !o.write:
		return errors.New("-readme needs -write")
	}
	if !given["n"] {
		o.rounds = 5
		if o.quick {
			o.rounds = 1
		}
	}
	return nil
}

// run measures what args ask for, and writes the tables to out and progress to errs.
func run(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o, errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, p := range absent() {
		fmt.Fprintln(errs, p)
	}
	if o.compare != "" {
		return b.compare(ctx, out)
	}
	tables, err := b.measure(ctx, out)
	if err != nil {
		return err
	}
	if o.write {
		return writeTables(b.readme(), tables)
	}
	return nil
}
