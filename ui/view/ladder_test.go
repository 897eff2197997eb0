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

func (s *ladders) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		s.open[e.Conn] = decode.New(decode.Options{MidStream: e.Info.MidStream})
		s.of[e.Conn] = Options{}.Ladder(e.Info.Client.String(), e.Info.Server.String())
		s.made = append(s.made, s.of[e.Conn])
	}
	for _, x := range s.open[e.Conn].Event(e) {
		s.of[e.Conn].Add(x)
	}
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

// scriptLadder returns the ladder of a transcript.
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

// TestLadder draws recorded conversations, and one with everything that can happen. The
// first line of a file has the options: a sample's name, or "script"; columns; "scale"
// and "ascii".
func TestLadder(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	transcripts(t, "ladder", func(t *testing.T, in string) string {
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
			t.Errorf("%d bytes of %d, %v", n, b.Len(), err)
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
