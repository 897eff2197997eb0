package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/redact"
)

// recording are the flags of writing down what passes.
type recording struct {
	file   string
	force  bool
	mask   bool
	octets int64
	age    time.Duration
}

func (r *recording) flags(f *pflag.FlagSet) {
	f.StringVarP(&r.file, "write", "w", "", "record to this `file` (pcapng, readable by you only)")
	f.BoolVar(&r.force, "force", false, "replace the file if there is one")
	f.BoolVar(&r.mask, "mask-secrets", false, "record no password and no SASL response, but number signs in their places")
	f.Int64Var(&r.octets, "rotate-size", 0, "begin another file before one has more than this many `bytes`; files are numbered")
	f.DurationVar(&r.age, "rotate-after", 0, "begin another file after this time; files are numbered")
}

// start begins the recording, and returns nil if none is asked for. finish ends it and
// reports how it went.
func (r *recording) start(e *env) (tap *capture.Queue, finish func() error, err error) {
	if r.file == "" {
		if r.force || r.mask || r.octets > 0 || r.age > 0 {
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
		MaxBytes: r.octets,
		MaxAge:   r.age,
		Force:    r.force,
		Failed: func(err error) {
			fmt.Fprintf(e.err, "imapscope: RECORDING ENDED: %v; the traffic goes on\n", err)
		},
	})
	if errors.Is(err, fs.ErrExist) {
		return nil, nil, fmt.Errorf("%w (--force replaces it)", err)
	}
	if err != nil {
		return nil, nil, err
	}
	how := "as it is, passwords included"
	sink := capture.Sink(rec)
	if r.mask {
		how, sink = "with passwords masked", redact.NewMask(rec)
	}
	fmt.Fprintf(e.err, "imapscope: recording to %s %s\n", r.file, how)
	tap = capture.NewQueue(sink, 0)
	return tap, func() error {
		err := errors.Join(tap.Stop(), rec.Finish(time.Now()))
		if n := tap.Lost() + rec.Stats().NotRecorded; n > 0 {
			fmt.Fprintf(e.err, "imapscope: %d octets were passed on but not recorded\n", n)
		}
		return err
	}, nil
}
