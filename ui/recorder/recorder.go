// Package recorder writes what passes to capture files, without holding it up.
//
//	source ─> Recording (a queue) ─> redact.Mask, if asked for ─> pcap.Recorder
//
// # Rules
//
//   - Traffic does not wait for the recording: what does not fit in the queue is missing
//     there, and counted. A full disk ends the recording, not the traffic.
//   - A file that was removed or renamed meanwhile is reported at the end.
//   - Keys of TLS sessions and masked secrets exclude each other.
package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/redact"
	"imapscope/ui/service"
)

// Options describes a recording. The zero value is none.
type Options struct {
	File     string
	Force    bool          // replace a file that exists
	Mask     bool          // write number signs in place of secrets
	TLS      bool          // what is recorded is TLS as it passes, and its keys
	MaxBytes int64         // begin another file before one is larger; 0: never
	MaxAge   time.Duration // begin another file after this time; 0: never
	Inputs   []string      // files that are read for the recording: it replaces none of them
}

// A Recording is a capture.Sink that records. Lost counts what is missing in it.
type Recording struct {
	*capture.Queue
	rec  *pcap.Recorder
	warn io.Writer
	file string // that is still there at the end; "" of several, whose reader may remove them
}

// Start begins a recording, and reports on warn where it is and whether it fails. It returns
// nil if o.File is empty.
func Start(o Options, warn io.Writer) (*Recording, error) {
	switch {
	case o.File == "" && (o.Force || o.Mask || o.TLS || o.MaxBytes > 0 || o.MaxAge > 0):
		return nil, errors.New("--force, --mask-secrets, --record-tls, --rotate-size and --rotate-after go with -w FILE")
	case o.File == "":
		return nil, nil
	case o.TLS && o.Mask:
		return nil, errors.New("--record-tls and --mask-secrets exclude each other: the keys open everything that would be masked")
	}
	comment := ""
	if o.Mask {
		comment = "secrets masked"
	}
	rec, err := pcap.Create(o.File, pcap.RecorderOptions{
		Comment:  comment,
		Batch:    true,
		MaxBytes: o.MaxBytes,
		MaxAge:   o.MaxAge,
		Force:    o.Force,
		Inputs:   o.Inputs,
		Failed: func(err error) {
			fmt.Fprintf(warn, "imapscope: RECORDING ENDED: %v; the traffic continues\n", err)
		},
	})
	if err != nil {
		return nil, err
	}
	how := "unmasked, passwords included"
	sink := capture.Sink(rec)
	switch {
	case o.Mask:
		how, sink = "with passwords masked", decode.NewOpened(decode.Options{Keyless: true}, redact.NewMask(rec))
	case o.TLS:
		how = "as TLS with its keys, passwords included"
	}
	fmt.Fprintf(warn, "imapscope: recording to %s %s\n", o.File, how)
	file := o.File
	if o.MaxBytes > 0 || o.MaxAge > 0 {
		file = ""
	}
	return &Recording{capture.NewBatchQueue(sink, 0, rec.Flush), rec, warn, file}, nil
}

// Lost returns the number of bytes that are missing in the recording.
func (r *Recording) Lost() int64 { return r.Queue.Lost() + r.rec.NotRecorded() }

// finishTimeout is how long the end of a recording may take.
const finishTimeout = 15 * time.Second

// Finish ends the recording and returns its error. A nil Recording has none.
func (r *Recording) Finish() error {
	if r == nil {
		return nil
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	err := service.Within(ended, finishTimeout, "the recording", func() error { return errors.Join(r.Stop(), r.rec.Finish(time.Now())) })
	if n := r.Lost(); n > 0 {
		fmt.Fprintf(r.warn, "imapscope: %d bytes were forwarded but not recorded\n", n)
	}
	r.missing()
	return err
}

// missing warns if the file has another name by now, or none: writing to it succeeded all the same.
func (r *Recording) missing() {
	if r.file == "" {
		return
	}
	if _, err := os.Lstat(r.file); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(r.warn, "imapscope: %s is no longer there: it was removed or renamed while it was recorded\n", r.file)
	}
}
