package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/redact"
	"imapscope/ui/service"
)

// recording holds the flags of recording.
type recording struct {
	file  string
	force bool
	mask  bool
	size  int64
	age   time.Duration
	from  []string // files that are read for it
}

func (r *recording) flags(f *pflag.FlagSet) {
	f.StringVarP(&r.file, "write", "w", "", "record to this `file` (pcapng, readable by you only)")
	f.BoolVar(&r.force, "force", false, "replace an existing file")
	f.BoolVar(&r.mask, "mask-secrets", false, "record number signs in place of passwords and SASL responses")
	f.Int64Var(&r.size, "rotate-size", 0, "start another file before one exceeds this many `bytes`; files are numbered")
	f.DurationVar(&r.age, "rotate-after", 0, "start another file after this time; files are numbered")
}

// A recordingTap is a recording behind its queue.
type recordingTap struct {
	*capture.Queue
	rec *pcap.Recorder
}

// Lost returns the number of bytes that are missing in the recording.
func (t *recordingTap) Lost() int64 { return t.Queue.Lost() + t.rec.NotRecorded() }

// finishTimeout is how long the end of a recording may take.
const finishTimeout = 15 * time.Second

// start begins the recording and returns its sink, or nil if there is no -w. finish ends
// the recording and returns its error.
func (r *recording) start(e *env) (tap *recordingTap, finish func() error, err error) {
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
		Inputs:   r.from,
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
	tap = &recordingTap{capture.NewQueue(sink, 0), rec}
	return tap, func() error {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		err := service.Within(ended, finishTimeout, "the recording", func() error { return errors.Join(tap.Stop(), rec.Finish(time.Now())) })
		if n := tap.Lost(); n > 0 {
			fmt.Fprintf(e.err, "imapscope: %d bytes were forwarded but not recorded\n", n)
		}
		return err
	}, nil
}
