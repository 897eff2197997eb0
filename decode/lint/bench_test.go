package lint_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/samples/traffic"
)

// kept is the chunks of a capture, in memory.
type kept struct {
	conns  []capture.Conn
	calls  []any // capture.Conn, capture.Chunk, closing
	octets int64
}

type closing struct {
	id    capture.ConnID
	time  time.Time
	cause capture.Cause
}

func (k *kept) Open(c capture.Conn) error {
	k.conns = append(k.conns, c)
	k.calls = append(k.calls, c)
	return nil
}

func (k *kept) Chunk(c capture.Chunk) error {
	c.Data = bytes.Clone(c.Data)
	k.calls = append(k.calls, c)
	k.octets += int64(len(c.Data))
	return nil
}

func (k *kept) Close(id capture.ConnID, t time.Time, cause capture.Cause) error {
	k.calls = append(k.calls, closing{id, t, cause})
	return nil
}

// play hands everything on.
func (k *kept) play(t testing.TB, s capture.Sink) {
	for _, x := range k.calls {
		var err error
		switch x := x.(type) {
		case capture.Conn:
			err = s.Open(x)
		case capture.Chunk:
			err = s.Chunk(x)
		case closing:
			err = s.Close(x.id, x.time, x.cause)
		}
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
