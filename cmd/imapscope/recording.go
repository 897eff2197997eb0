package main

import (
	"github.com/spf13/pflag"

	"imapscope/ui/recorder"
)

// recording holds the flags of recording.
type recording struct{ record recorder.Options }

func (r *recording) flags(f *pflag.FlagSet) {
	o := &r.record
	f.StringVarP(&o.File, "write", "w", "", "record to this `file` (pcapng, readable by you only)")
	f.BoolVar(&o.Force, "force", false, "replace an existing file")
	f.BoolVar(&o.Mask, "mask-secrets", false, "record number signs in place of passwords and SASL responses")
	f.Int64Var(&o.MaxBytes, "rotate-size", 0, "start another file before one exceeds this many `bytes`; files are numbered")
	f.DurationVar(&o.MaxAge, "rotate-after", 0, "start another file after this time; files are numbered")
}

// start begins the recording and returns its sink, or nil if there is no -w.
func (r *recording) start(e *env) (*recorder.Recording, error) {
	to, err := recorder.Start(r.record, e.err)
	return to, forceHint(err)
}
