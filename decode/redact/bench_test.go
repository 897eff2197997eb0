package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/redact"
)

// BenchmarkMask measures a session after its LOGIN, in chunks of a segment and of a
// splice. A round is a FETCH of ten messages of so many bytes.
func BenchmarkMask(b *testing.B) {
	for _, c := range []struct{ mail, chunk int }{
		{0, 1448}, {2_000, 1448}, {100_000, 1448}, {100_000, 64 << 10},
	} {
		b.Run(fmt.Sprintf("mail=%d/chunk=%d", c.mail, c.chunk), func(b *testing.B) {
			m := redact.NewMask(sinkFunc(func(capture.Event) error { return nil }))
			feedOpen(b, m, "S: * OK hi\nC: a LOGIN fred secret\nS: a OK in")
			request := []byte("b FETCH 1:10 RFC822\r\n")
			var answer []byte
			for i := range 10 {
				body := strings.Repeat("A line of mail, as they are.\r\n", c.mail/30)
				answer = fmt.Appendf(answer, "* %d FETCH (RFC822 {%d}\r\n%s)\r\n", i+1, len(body), body)
			}
			answer = append(answer, "b OK FETCH completed\r\n"...)
			b.SetBytes(int64(len(request) + len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				sendAll(b, m, capture.ClientToServer, request, c.chunk)
				sendAll(b, m, capture.ServerToClient, answer, c.chunk)
			}
		})
	}
}

// BenchmarkMaskLogin measures a connection that only logs in.
func BenchmarkMaskLogin(b *testing.B) {
	m := redact.NewMask(sinkFunc(func(capture.Event) error { return nil }))
	cs := chunks(pieces(b, "S: * OK hi\nC: a LOGIN fred secret\nS: a OK in\nC: b LOGOUT\nS: * BYE\nS: b OK"), 0)
	b.ReportAllocs()
	for b.Loop() {
		if err := capturetest.To(m).Open(capture.Conn{ID: 1, Start: began}); err != nil {
			b.Fatal(err)
		}
		for _, c := range cs {
			if err := m.Event(&c); err != nil {
				b.Fatal(err)
			}
		}
		if err := capturetest.To(m).Close(1, began, capture.FIN); err != nil {
			b.Fatal(err)
		}
	}
}

func sendAll(b *testing.B, s capture.Sink, dir capture.Direction, data []byte, size int) {
	for len(data) > 0 {
		n := min(size, len(data))
		if err := s.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: began, Data: data[:n]}); err != nil {
			b.Fatal(err)
		}
		data = data[n:]
	}
}
