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

// kept holds the chunks of a capture in memory.
type kept struct {
	conns  []capture.Conn
	events []capture.Event
	bytes  int64
}

func (rec *kept) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		rec.conns = append(rec.conns, *e.Info)
	}
	rec.events = append(rec.events, capturetest.Clone(e))
	rec.bytes += int64(len(e.Data))
	return nil
}

// play passes all events to s.
func (rec *kept) play(t testing.TB, s capture.Sink) {
	for i := range rec.events {
		err := s.Event(&rec.events[i])
		if err != nil {
			t.Fatal(err)
		}
	}
}

// generated returns generated traffic.
func generated(t testing.TB, o traffic.Options) *kept {
	t.Helper()
	var file bytes.Buffer
	if _, err := traffic.Write(&file, o); err != nil {
		t.Fatal(err)
	}
	rec := &kept{}
	if err := pcap.Stream(&file, "traffic", pcap.Options{}).Run(context.Background(), rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

// mixes are what clients do, in both dialects.
var mixes = []traffic.Options{
	{Mix: traffic.Headers}, {Mix: traffic.Bodies}, {Mix: traffic.Mixed},
	{Dialect: traffic.IMAP4rev1, Mix: traffic.Headers}, {Dialect: traffic.IMAP4rev1, Mix: traffic.Bodies}, {Dialect: traffic.IMAP4rev1, Mix: traffic.Mixed},
}

// BenchmarkCheck measures decoding, building every tree, the session model and all rules.
func BenchmarkCheck(b *testing.B) {
	for _, o := range mixes {
		b.Run(o.Dialect.String()+"/"+o.Mix.String(), func(b *testing.B) {
			o.Bytes = 20 << 20
			rec := generated(b, o)
			b.SetBytes(rec.bytes)
			b.ReportAllocs()
			for b.Loop() {
				l, err := lint.New(lint.Options{}, func(lint.Finding) {})
				if err != nil {
					b.Fatal(err)
				}
				rec.play(b, decode.NewDemux(decode.Options{}, l))
			}
		})
	}
}
