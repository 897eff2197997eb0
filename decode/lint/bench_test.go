package lint_test

import (
	"bytes"
	"context"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/samples/traffic"
)

// kept is the chunks of a capture, in memory.
type kept struct {
	conns  []capture.Conn
	events []capture.Event
	octets int64
}

func (k *kept) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		k.conns = append(k.conns, *e.Info)
	}
	k.events = append(k.events, capturetest.Clone(e))
	k.octets += int64(len(e.Data))
	return nil
}

// play hands everything on.
func (k *kept) play(t testing.TB, s capture.Sink) {
	for i := range k.events {
		err := s.Event(&k.events[i])
		if err != nil {
			t.Fatal(err)
		}
	}
}

// generated is traffic as people had it.
func generated(t testing.TB, o traffic.Options) *kept {
	t.Helper()
	var file bytes.Buffer
	if _, err := traffic.Write(&file, o); err != nil {
		t.Fatal(err)
	}
	k := &kept{}
	if err := pcap.Stream(&file, "traffic", pcap.Options{}).Run(context.Background(), k); err != nil {
		t.Fatal(err)
	}
	return k
}

// BenchmarkCheck is decoding, every tree, the session's model and all rules.
func BenchmarkCheck(b *testing.B) {
	for _, mix := range []traffic.Mix{traffic.Headers, traffic.Bodies, traffic.Mixed} {
		b.Run(mix.String(), func(b *testing.B) {
			k := generated(b, traffic.Options{Bytes: 20 << 20, Mix: mix})
			b.SetBytes(k.octets)
			b.ReportAllocs()
			for b.Loop() {
				l, err := lint.New(lint.Options{}, func(lint.Finding) {})
				if err != nil {
					b.Fatal(err)
				}
				k.play(b, decode.NewDemux(decode.Options{}, l))
			}
		})
	}
}
