package archive_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/archive"
	"imapscope/decode/redact"
	"imapscope/decode/redact/scrub"
	"imapscope/samples"
)

// copies are all ways by which facts get from one sink to another.
var copies = map[string]func(t *testing.T, from func(capture.Sink) error, to capture.Sink) error{
	"archive": func(t *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		a := newArchive(t, archive.Options{})
		if err := from(a.Writer()); err != nil {
			return err
		}
		var ids []capture.ConnID
		for k := range a.Conns() {
			ids = append(ids, a.Conn(k).ID)
		}
		return a.Reader().Replay(t.Context(), to, ids...)
	},
	"recorder": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		file, err := pcaptest.Record(from)
		if err != nil {
			return err
		}
		return pcap.Stream(bytes.NewReader(file), "recording", pcap.Options{}).Run(context.Background(), to)
	},
	"mask": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		return from(redact.NewMask(to))
	},
	"scrub": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		return from(scrub.New(to, scrub.Key{1}))
	},
	"async": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		a := capture.NewAsync(to)
		if err := from(a); err != nil {
			return err
		}
		return a.Stop()
	},
	"queue": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		q := capture.NewQueue(to, 0)
		if err := from(q); err != nil {
			return err
		}
		return q.Stop()
	},
	"tee": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error { return from(capture.Tee{to}) },
	"renumbered": func(_ *testing.T, from func(capture.Sink) error, to capture.Sink) error {
		return from(capture.Renumbered{To: to})
	},
}

// TestSameFacts: what the archive keeps, the recorder writes, and redact and the
// wrappers pass on are the facts of their input.
func TestSameFacts(t *testing.T) {
	files := make(map[string]func() (io.ReadCloser, error))
	for _, name := range samples.Names() {
		files[name] = func() (io.ReadCloser, error) {
			b, err := samples.Read(name)
			return io.NopCloser(bytes.NewReader(b)), err
		}
	}
	names, err := filepath.Glob("testdata/*.pcapng")
	if err != nil || len(names) == 0 {
		t.Fatal("no captures", err)
	}
	for _, name := range names {
		files[name] = func() (io.ReadCloser, error) { return pcap.Open(name) }
	}
	seen := make(map[capture.Kind]bool)
	for name, open := range files {
		read := func(s capture.Sink) error {
			f, err := open()
			if err != nil {
				return err
			}
			defer f.Close()
			return pcap.Stream(f, name, pcap.Options{}).Run(context.Background(), s)
		}
		in := new(capturetest.Facts)
		if err := read(in); err != nil {
			t.Fatal(err)
		}
		for i := range in.Events {
			seen[in.Events[i].Kind] = true
		}
		for how, copyTo := range copies {
			out := new(capturetest.Facts)
			if err := copyTo(t, read, out); err != nil {
				t.Fatalf("%s: %s: %v", name, how, err)
			}
			hides := how == "mask" || how == "scrub"
			if d := cmp.Diff(comparable(in, hides), comparable(out, hides)); d != "" {
				t.Errorf("%s: %s has other facts:\n%s", name, how, d)
			}
		}
	}
	for k := capture.Opened; k <= capture.Closed; k++ {
		if !seen[k] && k != capture.Note && k != capture.Gap {
			t.Errorf("no capture has %v", k)
		}
	}
}

// comparable is facts in words; without what a redacting sink hides, if it does.
func comparable(f *capturetest.Facts, hides bool) []string {
	var out capturetest.Facts
	for i := range f.Events {
		e := capturetest.Clone(&f.Events[i])
		if e.Kind == capture.Closed && e.Cause > capture.RST {
			e.Cause, e.Time = capture.EndOfCapture, f.Events[0].Time // no packet says when
		}
		if hides {
			for k := range e.Data {
				e.Data[k] = '#'
			}
			if e.Info != nil {
				e.Info = &capture.Conn{ID: e.Info.ID, MidStream: e.Info.MidStream}
			}
			if e.Kind == capture.Note {
				continue
			}
		}
		out.Events = append(out.Events, e)
	}
	return out.Lines()
}
