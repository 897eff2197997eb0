// Command bench compares the proxy with others that could take its place.
//
//	go run ./proxy/bench                                     # some minutes, Linux
//	go run ./proxy/bench -topic cmd/imapscope/help/speed.md  # and puts the tables into the topic
//	go run ./proxy/bench -only copy,record -rounds 9
//
// It fetches a mailbox, sends NOOPs, opens and leaves connections and keeps some idle,
// over loopback: without a relay, through relays of its own, through HAProxy,
// socat and mitmproxy where they are installed, and through imapscope.
//
// # Rules
//
//   - Contenders are compared within a round, each measured once; the report has the medians
//     over all rounds, also of ratios.
//   - Server and relay are separate processes, so that memory and processor time are the
//     relay's only. Client, server and relay share the machine's cores.
//   - Measurements in which a decoder or a recording missed a byte do not count. Bulk is then
//     repeated at a lower speed, until nothing is missing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if role := os.Getenv(roleVar); role != "" {
		fmt.Fprintln(os.Stderr, "bench:", playRole(role, strings.Join(os.Args[1:], " ")))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
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
	sizes
	only, topic, json, dir, imapscope string
}

func parse(args []string, errs io.Writer) (o options, err error) {
	full := sizes{Rounds: 5, Bytes: 512e6, Mailbox: 32e6, Noops: 5000, Conns: 2000, Idle: 1000}
	quick := sizes{Rounds: 1, Bytes: 6e6, Mailbox: 2e6, Noops: 200, Conns: 50, Idle: 50}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errs)
	f.IntVar(&o.Rounds, "rounds", full.Rounds, "how often each contender is measured")
	f.Int64Var(&o.Bytes, "bytes", full.Bytes, "`bytes` to fetch")
	f.IntVar(&o.Noops, "noops", full.Noops, "NOOPs to send")
	f.IntVar(&o.Conns, "conns", full.Conns, "connections that come and go")
	f.IntVar(&o.Idle, "idle", full.Idle, "connections that stay")
	f.StringVar(&o.only, "only", "", "measure only these, `names` with commas between: "+strings.Join(names(), ","))
	f.StringVar(&o.topic, "topic", "", "put the tables into this `file`, a help topic, below the heading "+strings.TrimSpace(heading))
	f.StringVar(&o.json, "json", "", "write each round's figures to this `file`")
	f.StringVar(&o.dir, "dir", "", "record into this `folder` (default: that for temporary files)")
	f.StringVar(&o.imapscope, "imapscope", "", "the `program` to measure (default: built from this module)")
	fast := f.Bool("quick", false, "only see whether all of it works, in a few seconds")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.Mailbox = full.Mailbox
	if *fast {
		o.sizes = quick
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("what is %q? There are only flags: see -help", f.Arg(0))
	case o.Rounds < 1 || o.Bytes < 1 || o.Noops < 1 || o.Conns < 1 || o.Idle < 1:
		return o, errors.New("-rounds, -bytes, -noops, -conns and -idle are 1 at least")
	}
	return o, nil
}

func names() (names []string) {
	for _, c := range contenders() {
		names = append(names, c.name)
	}
	return names
}

func run(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	o, err := parse(args, errs)
	if err != nil {
		return err
	}
	if err := raiseFiles(); err != nil {
		return err
	}
	r, chosen, err := o.choose(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "imapscope-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{sizes: o.sizes, dir: dir, imapscope: o.imapscope, box: newMailbox(o.Mailbox)}
	if b.imapscope == "" {
		b.imapscope = filepath.Join(dir, "imapscope")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.imapscope, "imapscope/cmd/imapscope")
		if said, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building imapscope: %w: %s", err, said)
		}
	}
	for round := range o.Rounds {
		for i := range chosen {
			c := chosen[(i+round)%len(chosen)] // nobody is always the first
			fmt.Fprintf(errs, "round %d of %d: %s\n", round+1, o.Rounds, c.title)
			f, err := b.trial(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			r.Rounds[c.name] = append(r.Rounds[c.name], f)
		}
	}
	return o.writeReport(r, out)
}

// choose returns the contenders to measure, and the report for them.
func (o *options) choose(ctx context.Context) (*report, []contender, error) {
	r := &report{Machine: machine(ctx), Sizes: o.sizes, Titles: map[string]string{}, Rounds: map[string][]figures{}, contends: map[string]contender{}}
	only := strings.FieldsFunc(o.only, func(r rune) bool { return r == ',' })
	for _, name := range only {
		if !slices.Contains(names(), name) {
			return nil, nil, fmt.Errorf("-only: there is no %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	var chosen []contender
	for _, c := range contenders() {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		r.contends[c.name] = c
		r.Rows = append(r.Rows, c.name)
		r.Titles[c.name] = c.title
		if need := needs()[c.name]; need == "" || program(need) != "" {
			chosen = append(chosen, c)
		}
	}
	return r, chosen, nil
}

// writeReport writes the report to the requested places.
func (o *options) writeReport(r *report, out io.Writer) error {
	if o.json != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	if o.topic != "" {
		if err := r.replaceIn(o.topic); err != nil {
			return err
		}
	}
	return r.write(out)
}

// machine describes the machine.
func machine(ctx context.Context) string {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("of unknown version")
	}
	return fmt.Sprintf("%d cores, Linux %s, %s, %s, %s; %s", runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(),
		version(ctx, "haproxy", "-v"), version(ctx, "mitmdump", "--version"), time.Now().Format(time.DateOnly))
}
