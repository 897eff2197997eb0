package pcaptest_test

import (
	"bytes"
	"errors"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
)

const transcript = "S: * OK ready\nC: a NOOP\nS: a OK done\n# closed by the server\n"

// TestRecordingHasTheFactsReported checks that a recording, read again, has the facts that were reported.
func TestRecordingHasTheFactsReported(t *testing.T) {
	play := func(s capture.Sink) error { return decodetest.Play(transcript, s) }
	b, err := pcaptest.Record(play)
	if err != nil {
		t.Fatal(err)
	}
	var want, got capturetest.Facts
	if err := play(&want); err != nil {
		t.Fatal(err)
	}
	if err := pcap.Stream(bytes.NewReader(b), "example", pcap.Options{}).Run(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	for dir := range 2 {
		if g, w := sent(&got, capture.Direction(dir)), sent(&want, capture.Direction(dir)); g != w || w == "" {
			t.Errorf("%s sent %q, want %q", capture.Direction(dir), g, w)
		}
	}
	if last := got.Events[len(got.Events)-1]; last.Kind != capture.Closed {
		t.Errorf("the last fact is %v", last.Kind)
	}
}

// sent returns the bytes that one side sent.
func sent(f *capturetest.Facts, dir capture.Direction) string {
	var out []byte
	for _, e := range f.Events {
		if e.Kind == capture.Data && e.Dir == dir {
			out = append(out, e.Data...)
		}
	}
	return string(out)
}

// TestRecordFails checks that the error of what is played is returned.
func TestRecordFails(t *testing.T) {
	failed := errors.New("failed")
	if _, err := pcaptest.Record(func(capture.Sink) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}
