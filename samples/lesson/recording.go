package lesson

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/samples"
)

// Beside returns a function that reads the recordings of a lesson in a file: files next to
// it, or embedded ones.
func Beside(file string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !strings.ContainsAny(name, `/\`) {
			if b, err := os.ReadFile(filepath.Join(filepath.Dir(file), name)); err == nil {
				return b, nil
			}
		}
		return samples.Read(name)
	}
}

// Source is the lesson's recordings as one capture: their connections are numbered
// consecutively, as in places.
func (l *Lesson) Source(read func(name string) ([]byte, error)) capture.Source {
	return &source{names: l.Recordings, read: read}
}

type source struct {
	names []string
	read  func(name string) ([]byte, error)
}

// Run implements capture.Source.
func (s *source) Run(ctx context.Context, sink capture.Sink) error {
	x := &counted{}
	for _, name := range s.names {
		b, err := s.read(name)
		if err != nil {
			return fmt.Errorf("the lesson's recording %s: %w", name, err)
		}
		x.Sink = capture.Renumbered{To: sink, Base: x.conns}
		if err := pcap.Stream(bytes.NewReader(b), name, pcap.Options{}).Run(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// counted is a Sink that counts connections, which a Source numbers from 1 on.
type counted struct {
	capture.Sink
	conns capture.ConnID
}

// Event implements capture.Sink.
func (c *counted) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		c.conns++
	}
	return c.Sink.Event(e)
}

// conversation is a connection of a recording.
type conversation struct {
	greeting []*decode.Message
	txns     map[int][]*decode.Message
}

// at returns the messages at a place.
func (c *conversation) at(p Place) []*decode.Message {
	if p.Greeting {
		return c.greeting
	}
	return c.txns[p.Txn]
}

// recordings is a decode.Handler that keeps all messages.
type recordings struct {
	conns []*conversation
	open  map[capture.ConnID]*conversation
}

// read decodes another recording. Its connections are numbered after the existing ones.
func (r *recordings) read(name string, b []byte) error {
	r.open = map[capture.ConnID]*conversation{}
	return pcap.Stream(bytes.NewReader(b), name, pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, r))
}

// Open implements decode.Handler.
func (r *recordings) Open(c capture.Conn) error {
	x := &conversation{txns: map[int][]*decode.Message{}}
	r.conns = append(r.conns, x)
	r.open[c.ID] = x
	return nil
}

// Events implements decode.Handler.
func (r *recordings) Events(id capture.ConnID, list []decode.Event) error {
	x := r.open[id]
	for _, e := range list {
		m, ok := e.(*decode.Message)
		if !ok {
			continue
		}
		switch {
		case m.Txn != nil:
			x.txns[m.Txn.N] = append(x.txns[m.Txn.N], keep(m))
		case m.Kind == decode.Greeting:
			x.greeting = append(x.greeting, keep(m))
		}
	}
	return nil
}

// keep returns a copy that outlives the decoder's event.
func keep(m *decode.Message) *decode.Message {
	c := m.Clone()
	c.Txn = nil // it points into the event
	return c
}
