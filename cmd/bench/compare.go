package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
)

// A change is a quantity of the two programs that -compare shows.
type change struct {
	what     string // verb and quantity
	old, new string // names of contenders
	quantity quantity
	unit     float64 // of what is shown
}

// compare measures the program of a revision and that of this tree in turn, and writes a
// table with the ratios to out.
func (b *bench) compare(ctx context.Context, out io.Writer) (err error) {
	old, err := b.buildRevision(ctx)
	if err != nil {
		return err
	}
	captures, err := b.generate(ctx,
		spec{bytes: min(b.max, decodeBytes), conns: 64, dialect: "imap4rev1"},
		spec{bytes: min(b.max, reportBytes), conns: 4, dialect: "imap4rev1"})
	if err != nil {
		return err
	}
	defer remove(captures)
	var list []contender
	var changes []change
	var missing []string
	for _, pair := range b.pairs(old, captures[0], captures[1]) {
		if _, err := pair[0].run(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			missing = append(missing, fmt.Sprintf("- %s is only in this tree: %v", pair[1].title, err))
			continue
		}
		list = append(list, pair[0], pair[1])
		changes = append(changes, changesOf(pair)...)
	}
	r, err := alternate(ctx, b.rounds, list, b.log)
	if err != nil {
		return err
	}
	t := compareTable(changes, r, b.options.compare)
	t.note = "* marks a ratio that is further from 1 than those of the rounds are from each other. " + b.machine(ctx)
	for _, m := range missing {
		t.note += "\n" + m
	}
	_, err = io.WriteString(out, t.String())
	return err
}

// pairs returns what is compared: the old program's contender and the new one's.
func (b *bench) pairs(old string, big, small capture) (pairs [][2]contender) {
	programs := [2]string{old, b.programs[imapscopeDir]}
	add := func(section string, make func(imapscope string) contender) {
		if len(b.only) > 0 && !slices.Contains(b.only, section) {
			return
		}
		var pair [2]contender
		for i, program := range programs {
			c := make(program)
			c.name = [2]string{"old ", "new "}[i] + c.name
			pair[i] = c
		}
		pairs = append(pairs, pair)
	}
	for _, v := range verbs() {
		c := big
		if v.short {
			c = small
		}
		add("decode", func(imapscope string) contender { return b.contender(v, imapscope, c) })
	}
	add("relay", func(imapscope string) contender {
		return contender{name: "proxy", title: "imapscope proxy", run: func(ctx context.Context) (sample, error) {
			r, err := b.relays(ctx, imapscope, 1, copying+","+recording)
			if err != nil {
				return nil, err
			}
			return r.besideCopying()
		}}
	})
	add("start", func(imapscope string) contender { return started("version", "imapscope version", imapscope, "version") })
	return pairs
}

// besideCopying returns what the recording proxy did in the first round, compared with the
// copying relay.
func (r *relayReport) besideCopying() (sample, error) {
	s := sample{}
	for _, q := range []quantity{bulkRate, noopP50, noopP99} {
		if ratio, ok := r.Rounds.ratio(recording, copying, q); ok {
			s[q] = ratio.median
		}
	}
	if v, ok := r.Rounds.of(recording, relayCPU); ok {
		s[relayCPU] = v.median
	}
	if len(s) == 0 {
		return nil, errors.New("the relay was not measured")
	}
	return s, nil
}

// changesOf returns what is shown of a pair.
func changesOf(pair [2]contender) (list []change) {
	quantities := []struct {
		quantity quantity
		what     string
		unit     float64
	}{
		{cpuTime, "CPU s", 1}, {wallTime, "s", 1}, {peak, "peak MB", 1e6},
		{bulkRate, "throughput, × copying relay", 1}, {noopP50, "NOOP p50, × copying relay", 1},
		{noopP99, "NOOP p99, × copying relay", 1}, {relayCPU, "CPU s/GB", 1},
	}
	isProxy := pair[1].name == "new proxy"
	for i, q := range quantities {
		if isProxy == (i >= 3) {
			list = append(list, change{pair[1].title + ": " + q.what, pair[0].name, pair[1].name, q.quantity, q.unit})
		}
	}
	return list
}

// compareTable returns the table of ratios; * marks those that are larger than their spread.
func compareTable(changes []change, r runs, revision string) table {
	t := table{head: []string{"", revision, "this tree", "ratio", "least", "most", ""}}
	for _, c := range changes {
		old, ok := r.of(c.old, c.quantity)
		now, ok2 := r.of(c.new, c.quantity)
		ratio, ok3 := r.ratio(c.new, c.old, c.quantity)
		if !ok || !ok2 || !ok3 {
			continue
		}
		mark := ""
		if ratio.differs() {
			mark = "*"
		}
		t.rows = append(t.rows, []string{c.what, figure(old.median / c.unit), figure(now.median / c.unit),
			fmt.Sprintf("%.3f", ratio.median), fmt.Sprintf("%.3f", ratio.least), fmt.Sprintf("%.3f", ratio.most), mark})
	}
	return t
}

// buildRevision builds imapscope as it was in the revision to compare with, in a working
// tree of its own that is removed before it returns.
func (b *bench) buildRevision(ctx context.Context) (program string, err error) {
	tree := filepath.Join(b.tmp, "revision")
	remove, err := addWorktree(ctx, b.root, tree, b.options.compare)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return b.buildIn(ctx, tree, imapscopeDir, "imapscope-revision")
}

// addWorktree checks out a revision of the repository at root into the new folder tree, and
// returns a function that removes it from disk and repository, also after ctx has ended.
func addWorktree(ctx context.Context, root, tree, revision string) (remove func() error, err error) {
	git := func(ctx context.Context, args ...string) error {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
		}
		return nil
	}
	commit := revision + "^{commit}" // not a path, nor a flag
	if err := git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", commit); err != nil {
		return nil, fmt.Errorf("no revision %q in this repository: %w", revision, err)
	}
	remove = func() error { return git(context.WithoutCancel(ctx), "worktree", "remove", "--force", tree) }
	if err := git(ctx, "worktree", "add", "--detach", "--quiet", tree, revision); err != nil {
		return nil, errors.Join(err, remove())
	}
	return remove, nil
}
