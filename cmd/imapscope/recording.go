package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/redact"
)

// recording holds the flags of recording.
type recording struct {
	file  string
	force bool
	mask  bool
	size  int64
	age   time.Duration
}

func (r *recording) flags(f *pflag.FlagSet) {
	f.StringVarP(&r.file, "write", "w", "", "record to this `file` (pcapng, readable by you only)")
	f.BoolVar(&r.force, "force", false, "replace an existing file")
	f.BoolVar(&r.mask, "mask-secrets", false, "record number signs in place of passwords and SASL responses")
	f.Int64Var(&r.size, "rotate-size", 0, "start another file before one exceeds this many `bytes`; files are numbered")
	f.DurationVar(&r.age, "rotate-after", 0, "start another file after this time; files are numbered")
}

// start begins the recording and returns its sink, or nil if there is no -w. finish ends
// the recording and returns its error.
func (r *recording) start(e *env) (tap *capture.Queue, finish func() error, err error) {
	if r.file == "" {
		if r.force || r.mask || r.size > 0 || r.age > 0 {
			return nil, nil, usage("--force, --mask-secrets, --rotate-size and --rotate-after go with -w FILE")
		}
		return nil, func() error { return nil }, nil
	}
	comment := ""
	if r.mask {
		comment = "secrets masked"
	}
	rec, err := pcap.Create(r.file, pcap.RecorderOptions{
		Comment:  comment,
		MaxBytes: r.size,
		MaxAge:   r.age,
		Force:    r.force,
		Failed: func(err error) {
			fmt.Fprintf(e.err, "imapscope: RECORDING ENDED: %v; the traffic continues\n", err)
		},
	})
	if err != nil {
		return nil, nil, forceHint(err)
	}
	how := "unmasked, passwords included"
	sink := capture.Sink(rec)
	if r.mask {
		how, sink = "with passwords masked", redact.NewMask(rec)
	}
	fmt.Fprintf(e.err, "imapscope: recording to %s %s\n", r.file, how)
	tap = capture.NewQueue(sink, 0)
	return tap, func() error {
		err := errors.Join(tap.Stop(), rec.Finish(time.Now()))
		if n := tap.Lost() + rec.Stats().NotRecorded; n > 0 {
			fmt.Fprintf(e.err, "imapscope: %d bytes were forwarded but not recorded\n", n)
		}
		return err
	}, nil
}
