// Package pcaptest records captures for tests.
package pcaptest

import (
	"bytes"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// Record returns the pcapng recording of what play reports to its sink: for a transcript,
// play calls decodetest.Play.
func Record(play func(capture.Sink) error) ([]byte, error) {
	var b bytes.Buffer
	r, err := pcap.NewRecorder(&b, pcap.RecorderOptions{})
	if err != nil {
		return nil, err
	}
	last := &latest{Sink: r}
	if err := play(last); err != nil {
		return nil, err
	}
	if err := r.Finish(last.time); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// latest is a sink that keeps the time of the last fact, which is when the recording ends.
type latest struct {
	capture.Sink
	time time.Time
}

// Event implements capture.Sink.
func (l *latest) Event(e *capture.Event) error {
	l.time = e.Time
	return l.Sink.Event(e)
}
