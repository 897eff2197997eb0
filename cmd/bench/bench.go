package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is one run of this program. Close removes everything that it made.
type bench struct {
	options
	log      io.Writer // progress
	root     string    // the module's folder
	tmp      string    // programs and captures
	programs map[string]string
}

// newBench returns a bench, with the programs that it needs built.
func newBench(ctx context.Context, o options, log io.Writer) (*bench, error) {
	if _, err := freeIn("."); err != nil { // on another system
		return nil, err
	}
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOMOD: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	if _, err := os.Stat(filepath.Join(root, "cmd", "bench")); err != nil {
		return nil, errors.New("run this in the module: it builds what it measures")
	}
	tmp, err := os.MkdirTemp(o.dir, "imapscope-bench")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, log: log, root: root, tmp: tmp, programs: map[string]string{}}
	if err := b.build(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Close removes the folder with programs and captures.
func (b *bench) Close() error { return os.RemoveAll(b.tmp) }

// The programs of this module that a bench runs, by their folders.
const (
	imapscopeDir  = "cmd/imapscope"
	genDir        = "samples/traffic/gen"
	reassembleDir = "capture/pcap/reassemble"
	relayDir      = "proxy/bench"
)

// build builds the programs of this module.
func (b *bench) build(ctx context.Context) error {
	for _, dir := range []string{imapscopeDir, genDir, reassembleDir, relayDir} {
		if dir == imapscopeDir && b.imapscope != "" {
			b.programs[dir] = b.imapscope
			continue
		}
		program, err := b.buildIn(ctx, b.root, dir, strings.ReplaceAll(dir, "/", "-"))
		if err != nil {
			return err
		}
		b.programs[dir] = program
	}
	return nil
}

// profile is what the compiler is shown of what imapscope does most; revisions from before it have none.
const profile = ".ci/imapscope.pgo"

// buildIn builds the program in dir of the module in root, as releases are, and returns its file, which has that name. The file is a copy: the page cache holds what the
// linker wrote in pieces of chance size, which changes the peak memory by some megabytes.
func (b *bench) buildIn(ctx context.Context, root, dir, name string) (string, error) {
	fmt.Fprintf(b.log, "building %s\n", name)
	program := filepath.Join(b.tmp, name)
	linked := program + ".linked"
	args := []string{"build", "-buildvcs=false", "-o", linked}
	if pgo := filepath.Join(root, profile); dir == imapscopeDir {
		if _, err := os.Stat(pgo); err == nil {
			args = append(args, "-pgo="+pgo)
		}
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+dir)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", name, err, bytes.TrimSpace(out))
	}
	return program, errors.Join(copyProgram(program, linked), os.Remove(linked))
}

// copyProgram copies a file, which can then be executed.
func copyProgram(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// A section measures what one table shows.
type section struct {
	name    string
	measure func(*bench, context.Context) (table, error)
}

// sections are the tables, in order.
func sections() []section {
	return []section{
		{"decode", (*bench).measureDecode},
		{"growth", (*bench).measureGrowth},
		{"relay", (*bench).measureRelay},
		{"replay", (*bench).measureReplay},
		{"start", (*bench).measureStart},
		{"browse", (*bench).measureBrowse},
	}
}

func sectionNames() (names []string) {
	for _, s := range sections() {
		names = append(names, s.name)
	}
	return names
}

// measure measures what was asked for, writes each table to out as soon as it is complete,
// and returns them all, the last of which says where and when they were measured.
func (b *bench) measure(ctx context.Context, out io.Writer) (tables []table, err error) {
	begin := time.Now()
	add := func(t table) error {
		tables = append(tables, t)
		_, err := fmt.Fprintf(out, "%s\n", t)
		return err
	}
	for _, s := range sections() {
		if len(b.only) > 0 && !slices.Contains(b.only, s.name) {
			continue
		}
		t, err := s.measure(b, ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		t.name = s.name
		if err := add(t); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(b.log, "measured in %v\n", time.Since(begin).Round(time.Second))
	err = add(table{name: "machine", note: b.machine(ctx)})
	return tables, err
}

// machine returns a sentence that says what was measured, where and when.
func (b *bench) machine(ctx context.Context) string {
	processor, kernel := describeSystem()
	rounds := fmt.Sprintf("Medians of %d rounds, in each of which everything ran in turn", b.rounds)
	if b.rounds == 1 {
		rounds = "One round"
	}
	missing := ""
	if list := absent(); len(list) > 0 {
		var names []string
		for _, p := range list {
			names = append(names, p.program)
		}
		missing = " Not installed, so not measured: " + strings.Join(names, ", ") + "."
	}
	return fmt.Sprintf("%s; captures of at most %s. %s, %d cores, %s, %s; %s, %s.%s",
		rounds, formatSize(b.max), processor, runtime.NumCPU(), kernel, runtime.Version(), time.Now().Format(time.DateOnly), b.commit(ctx), missing)
}

// commit returns the name of the commit that the tree is, and whether it has changes.
func (b *bench) commit(ctx context.Context) string {
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", b.root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	id, err := git("rev-parse", "--short=12", "HEAD")
	if err != nil {
		return "no commit"
	}
	// What -write changes is no change of the program.
	if changed, err := git("status", "--porcelain", "--", ":!README.md"); err != nil || changed != "" {
		return "commit " + id + " with changes"
	}
	return "commit " + id
}

// readme returns the file that -write changes.
func (b *bench) readme() string {
	if b.options.readme != "" {
		return b.options.readme
	}
	return filepath.Join(b.root, "README.md")
}

// parseSize returns the bytes of 4096, 64K, 200M or 2G, in powers of 1000.
func parseSize(s string) (int64, error) {
	number, factor := s, int64(1)
	for i, unit := range []string{"K", "M", "G"} {
		if n, ok := strings.CutSuffix(strings.ToUpper(s), unit); ok {
			number, factor = n, []int64{1e3, 1e6, 1e9}[i]
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1e15/factor {
		return 0, fmt.Errorf("not a size: %q (4096, 64K, 200M, 2G)", s)
	}
	return n * factor, nil
}

// formatSize returns a number of bytes in the unit that suits it: 10 MB.
func formatSize(n int64) string {
	switch {
	case n >= 1e9:
		return strconv.FormatFloat(float64(n)/1e9, 'g', 3, 64) + " GB"
	case n >= 1e6:
		return strconv.FormatFloat(float64(n)/1e6, 'g', 3, 64) + " MB"
	}
	return strconv.FormatFloat(float64(n)/1e3, 'g', 3, 64) + " kB"
}
