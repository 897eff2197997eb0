package view

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/samples"
)

// ladders makes a Ladder of each connection of a capture.
type ladders struct {
	made []*Ladder
	open map[capture.ConnID]*decode.Decoder
	of   map[capture.ConnID]*Ladder
}

func (s *ladders) Open(c capture.Conn) error {
	s.open[c.ID] = decode.New(decode.Options{MidStream: c.MidStream})
	s.of[c.ID] = Options{}.Ladder(c.Client.String(), c.Server.String())
	s.made = append(s.made, s.of[c.ID])
	return nil
}

func (s *ladders) add(id capture.ConnID, events []decode.Event) {
	for _, e := range events {
		s.of[id].Add(e)
	}
}

func (s *ladders) Chunk(c capture.Chunk) error {
	if c.Lost > 0 {
		s.add(c.Conn, s.open[c.Conn].Lost(c.Dir, c.Time, c.Lost))
	}
	s.add(c.Conn, s.open[c.Conn].Write(c.Dir, c.Time, c.Data))
	return nil
}

func (s *ladders) Close(id capture.ConnID, t time.Time, cause capture.Cause) error {
	s.add(id, s.open[id].Close(t, cause))
	return nil
}

func sampleLadder(t testing.TB, name string) *Ladder {
	t.Helper()
	data, err := samples.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &ladders{open: make(map[capture.ConnID]*decode.Decoder), of: make(map[capture.ConnID]*Ladder)}
	if err := pcap.Stream(strings.NewReader(string(data)), name, pcap.Options{}).Run(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s.made[0]
}

// scriptLadder is the ladder of a transcript.
func scriptLadder(t testing.TB, script string) *Ladder {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	l := Options{}.Ladder("client", "server")
	decodetest.Run(decode.Options{}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			l.Add(e)
		}
	})
	return l
}

// TestLadder: recorded conversations, and one of all that can happen, as ladders.
// The first line of a file says what: a sample's name, or "script"; columns;
// "scale" and "ascii".
func TestLadder(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	golden(t, "ladder", func(t *testing.T, in string) string {
		head, script, _ := strings.Cut(in, "\n")
		words := strings.Fields(head)
		var width int
		if _, err := fmt.Sscan(words[1], &width); err != nil {
			t.Fatal(err)
		}
		l := scriptOrSample(t, words[0], script)
		text := l.Text(width, LadderOptions{Scale: strings.Contains(head, "scale"), ASCII: strings.Contains(head, "ascii")})
		var b strings.Builder
		if n, err := text.WriteTo(&b); err != nil || n != int64(b.Len()) {
			t.Errorf("%d octets of %d, %v", n, b.Len(), err)
		}
		return b.String()
	})
}

func scriptOrSample(t testing.TB, name, script string) *Ladder {
	if name == "script" {
		return scriptLadder(t, script)
	}
	return sampleLadder(t, name)
}

var _ = rapid.Check
