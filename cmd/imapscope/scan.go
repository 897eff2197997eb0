package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/capture/hub/work"
	"imapscope/capture/keylog"
	"imapscope/capture/logs"
	"imapscope/capture/pcap"
	"imapscope/decode/lint"
	"imapscope/ui/print"
	"imapscope/ui/scan"
	"imapscope/ui/service"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	output, format, failOn, workers, worker string

	split         int // MiB
	splitBy       string
	redeliver     time.Duration
	force, resume bool
	reading
}

// splitAbove is the default of --split: each part reads the whole file, which takes a part of the
// time of its analysis.
const splitAbove = 256

func newScan(e *env) *cobra.Command {
	var o scanFlags
	c := &cobra.Command{
		Use:  "scan PATH… -o DIR",
		RunE: func(c *cobra.Command, paths []string) error { return o.run(c.Context(), e, paths) },
	}
	f := c.Flags()
	f.StringVarP(&o.output, "output", "o", "", "the `directory` for the results")
	f.StringVar(&o.format, "format", scan.JSONL, "jsonl or parquet")
	f.StringVar(&o.failOn, "fail-on", "error", "exit with 1 if a finding has at least this `severity`: error, warning, note, or never")
	f.StringVar(&o.workers, "workers", "", "how many goroutines, or the `URL` of the NATS server where workers wait (default: one goroutine for each CPU)")
	f.StringVar(&o.worker, "worker", "", "be a worker: take work from the NATS server with this `URL`, for the scan whose results are in DIR")
	f.IntVar(&o.split, "split", splitAbove, "divide files that are larger than this many `megabytes`; 0: none")
	f.StringVar(&o.splitBy, "split-by", "addresses", "how: addresses keeps the connections between two hosts together, connections does not")
	f.DurationVar(&o.redeliver, "redeliver", work.DefaultAckWait, "how long a worker is not heard of before another one gets its work")
	f.BoolVar(&o.force, "force", false, "replace the results of another scan in DIR")
	f.BoolVar(&o.resume, "resume", false, "continue a scan that was interrupted")
	o.readingFlags(f)
	o.keylogFlag(f)
	o.serviceFlag(f)
	return c
}

func (o *scanFlags) run(ctx context.Context, e *env, paths []string) error {
	failOn, fails := lint.ParseSeverity(o.failOn)
	switch {
	case o.output == "":
		return usage("scan: name a directory for the results: -o DIR")
	case o.worker != "":
		return o.serve(ctx, e, paths)
	case len(paths) == 0:
		return usage("scan: name files, directories or patterns")
	case slices.Contains(paths, "-"):
		return usage("scan: standard input (-) cannot be scanned; imapscope check - reads it")
	case o.format != scan.JSONL && o.format != scan.Parquet:
		return usage("scan: --format %q is not one of jsonl, parquet", o.format)
	case !fails && o.failOn != "never":
		return usage("scan: --fail-on %q is not one of error, warning, note, never", o.failOn)
	case o.force && o.resume:
		return usage("scan: --force starts again, and --resume continues: choose one")
	case o.splitBy != "addresses" && o.splitBy != "connections":
		return usage("scan: --split-by %q is not one of addresses, connections", o.splitBy)
	case o.split < 0 || o.redeliver < time.Second:
		return usage("scan: --split is at least 0, and --redeliver at least 1s")
	}
	n, err := o.goroutines()
	if err != nil {
		return err
	}
	s, err := o.begin(paths)
	if err != nil {
		return err
	}
	missing := s.Missing()
	if s.Resume {
		fmt.Fprintf(e.err, "imapscope: resuming: %d of %d units are done\n", s.Units()-len(missing), s.Units())
	}
	lost, err := o.work(ctx, e, s, missing, n)
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintf(e.err, "imapscope: %d of %d units are done; --resume continues\n", s.Units()-len(s.Missing()), s.Units())
		}
		return err
	}
	return o.merge(e, s, lost, failOn, fails)
}

// merge writes the results, and what they are in numbers.
func (o *scanFlags) merge(e *env, s *scan.Scan, lost map[int]string, failOn lint.Severity, fails bool) error {
	summary, err := s.Merge(lost)
	if err != nil {
		return err
	}
	if err := summary.WriteText(e.out, e.err); err != nil {
		return err
	}
	switch {
	case len(summary.Failed) > 0:
		return fmt.Errorf("scan: %d of the files could not be read, or not to the end; %s lists them", len(summary.Failed), filepath.Join(o.output, scan.SummaryName))
	case summary.Files == 0:
		return noIMAPError("scan: nothing in the files is IMAP")
	case fails && summary.Found(failOn):
		return errFindings
	}
	return nil
}

// goroutines returns how many goroutines work here: none if others do.
func (o *scanFlags) goroutines() (int, error) {
	if o.workers == "" {
		return runtime.GOMAXPROCS(0), nil
	}
	if hub.IsAddress(o.workers) {
		_, err := hub.ParseAddress(o.workers)
		return 0, err
	}
	n, err := strconv.Atoi(o.workers)
	if err != nil || n < 1 {
		return 0, usage("scan: --workers %q is neither a number from 1 nor the URL of a NATS server", o.workers)
	}
	return n, nil
}

// begin plans the scan, or continues one.
func (o *scanFlags) begin(paths []string) (*scan.Scan, error) {
	settings := scan.Settings{Format: o.format, Ports: o.ports, Dialect: o.dialect, Service: o.service, Split: int64(o.split) << 20, ByPorts: o.splitBy == "connections"}
	if o.keylog != "" {
		var err error
		if settings.Keylog, err = filepath.Abs(o.keylog); err != nil {
			return nil, err
		}
	}
	finder := scan.Finder{Inputs: logs.Inputs, OnDisk: logs.OnDisk, Exclude: o.output}
	p, err := finder.Plan(paths, settings, service.Version())
	if err != nil {
		return nil, err
	}
	mode := scan.Fresh
	switch {
	case o.force:
		mode = scan.Force
	case o.resume:
		mode = scan.Resume
	}
	s, err := scan.Begin(o.output, p, mode)
	return s, forceHint(err)
}

// work does the units that are missing, or has them done. It returns those that could not be done,
// and why.
func (o *scanFlags) work(ctx context.Context, e *env, s *scan.Scan, missing []int, n int) (map[int]string, error) {
	if len(missing) == 0 {
		return nil, nil
	}
	var total int64
	for _, unit := range missing {
		total += s.Size(unit)
	}
	update, end := print.ScanProgress(e.tty, total)
	defer end()
	var read int64
	done := func(unit int) {
		read += s.Size(unit)
		update(read)
	}
	do := func(ctx context.Context, unit int, last bool) error { return s.Do(ctx, unit, openUnit, last) }
	if n > 0 {
		return nil, work.Local(ctx, missing, n, do, done)
	}
	a, err := hub.ParseAddress(o.workers)
	if err != nil {
		return nil, err
	}
	nc, err := hub.Connect(a.Server, a.Creds)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	fmt.Fprintf(e.err, "imapscope: %d units wait for workers: imapscope scan --worker %s -o %s\n", len(missing), hub.Redacted(o.workers), o.output)
	failed, err := work.Coordinate(ctx, nc, work.Job{ID: s.ID, Done: s.Done, AckWait: o.redeliver}, missing, done)
	lost := make(map[int]string)
	for _, unit := range failed {
		lost[unit] = fmt.Sprintf("no worker completed it in %d attempts", work.MaxDeliver)
	}
	return lost, err
}

// serve is a worker.
func (o *scanFlags) serve(ctx context.Context, e *env, paths []string) error {
	if len(paths) > 0 || o.workers != "" && hub.IsAddress(o.workers) {
		return usage("scan: a worker reads what the scan in DIR was begun with: imapscope scan --worker URL -o DIR")
	}
	a, err := hub.ParseAddress(o.worker)
	if err != nil {
		return err
	}
	n, err := o.goroutines()
	if err != nil {
		return err
	}
	s, err := scan.Await(ctx, o.output, func() {
		fmt.Fprintf(e.err, "imapscope: waiting for a scan whose results are in %s; Ctrl-C ends it\n", o.output)
	})
	if err != nil {
		return err
	}
	if v := service.Version(); s.Plan.Version != v {
		return fmt.Errorf("scan: the scan in %s was begun by imapscope %s, and this is %s; workers must be the same", o.output, s.Plan.Version, v)
	}
	nc, err := hub.Connect(a.Server, a.Creds)
	if err != nil {
		return err
	}
	defer nc.Close()
	did, err := work.Serve(ctx, nc, work.Worker{ID: s.ID, N: n, Over: s.Over, Do: func(ctx context.Context, unit int, last bool) error {
		err := s.Do(ctx, unit, openUnit, last)
		if err != nil && ctx.Err() == nil && !s.Over() {
			fmt.Fprintf(e.err, "imapscope: unit %d: %v\n", unit, err)
		}
		return err
	}})
	fmt.Fprintf(e.err, "imapscope: %d units done\n", did)
	return err
}

// openUnit opens a file of a scan. Keys are read with it.
func openUnit(f *scan.File, s *scan.Settings) (capture.Source, scan.Source) {
	src := pcap.Files(logs.Inputs([]string{f.Path}), pcap.Options{Ports: s.Ports, Origin: f.Name})
	src.Foreign, src.Opener = readLog, logs.Open
	src.ForeignHint = "imapscope help logs lists the logs that are read"
	if s.Keylog == "" {
		return src, src
	}
	return &keylog.Source{From: src, File: s.Keylog, Notice: func(string) {}}, src
}
