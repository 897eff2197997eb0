package export

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/capture/pcap"
	"imapscope/capture/transcript"
	"imapscope/decode/minimize"
	"imapscope/decode/protocol"
	"imapscope/decode/redact"
	"imapscope/ui/view"
)

// Kept is what of secrets and persons is kept in a file.
type Kept uint8

// What is kept.
const (
	Nothing Kept = iota // persons and secrets are replaced
	Persons             // secrets are masked
	Secrets             // everything stays
)

// MinimizedOptions configures Minimized.
type MinimizedOptions struct {
	Force   bool // existing files are replaced
	Keep    Kept
	Dialect protocol.Dialect
	// Verify, if not nil, reads what was written. It returns lines for the head of the transcript,
	// or an error, after which there are no files.
	Verify func(ctx context.Context, written capture.Source) (head []string, err error)
}

// The endings of the names of what Minimized writes.
const (
	CaptureSuffix    = ".pcapng"
	TranscriptSuffix = ".txt"
)

// Minimized writes a small recording to name.pcapng, and a transcript of that to name.txt. Neither
// has its name before both are complete and verified.
func Minimized(ctx context.Context, src capture.Source, name string, o MinimizedOptions) (err error) {
	text, err := outfile.Create(name+TranscriptSuffix, outfile.Options{Replace: o.Force})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, text.Discard()) }()
	f, err := outfile.Create(name+CaptureSuffix, outfile.Options{Replace: o.Force})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Discard()) }()
	if err := writeKept(ctx, src, f, o); err != nil {
		return err
	}
	written := func() capture.Source { return pcap.Files([]string{f.Name()}, pcap.Options{}) }
	var head []string
	if o.Verify != nil {
		if head, err = o.Verify(ctx, written()); err != nil {
			return err
		}
	}
	to := transcript.NewWriter(text, transcript.Options{Plain: view.IsPlain, Comments: head})
	if err := errors.Join(written().Run(ctx, to), to.Flush()); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	return text.Commit()
}

// writeKept writes the recording, with what is kept.
func writeKept(ctx context.Context, src capture.Source, f *outfile.File, o MinimizedOptions) error {
	if o.Keep == Nothing {
		_, read, err := redactInto(ctx, src, f, pcap.Options{}, o.Dialect)
		return errors.Join(read, err)
	}
	comment := ""
	if o.Keep == Persons {
		comment = "secrets are masked"
	}
	rec, err := pcap.NewRecorder(f, pcap.RecorderOptions{Comment: comment})
	if err != nil {
		return err
	}
	var to capture.Sink = rec
	if o.Keep == Persons {
		to = redact.NewMask(rec)
	}
	return errors.Join(src.Run(ctx, to), rec.Finish(time.Now()))
}

// Concurrently returns a test that looks at all trials at once.
func Concurrently(shown func(*minimize.Recording) bool) minimize.Test {
	return func(ctx context.Context, trials []*minimize.Recording) (int, error) {
		passed := make([]bool, len(trials))
		var all sync.WaitGroup
		for i, r := range trials {
			all.Go(func() { passed[i] = shown(r) })
		}
		all.Wait()
		for i, ok := range passed {
			if ok {
				return i, ctx.Err()
			}
		}
		return -1, ctx.Err()
	}
}

// Width is how many trials a test gets that looks at them at once.
func Width() int { return runtime.GOMAXPROCS(0) }
