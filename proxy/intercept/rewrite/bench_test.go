package rewrite_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
	"imapscope/proxy/intercept/rewrite"
)

// BenchmarkRoundTrip sends NOOP and waits for the answer, through no stage, a rule that does not
// match, and one that changes the answer.
func BenchmarkRoundTrip(b *testing.B) {
	for _, c := range []struct{ name, rule, answer string }{
		{"no rules", "", "a OK done\r\n"},
		{"no match", "on_response('kind == \"LIST\"', change)", "a OK done\r\n"},
		{"match", "on_response('kind == \"OK\" and tag == \"a\"', change)", "a OK done!\r\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var stages []intercept.Stage
			if c.rule != "" {
				p, err := rewrite.Load("b.star", strings.NewReader("def change(msg):\n    msg.text += '!'\n    return msg\n"+c.rule))
				if err != nil {
					b.Fatal(err)
				}
				stages = append(stages, &rewrite.Stage{Programs: []*rewrite.Program{p}})
			}
			conn := intercepttest.Start(b, func(c net.Conn) {
				buf := make([]byte, 100)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					fmt.Fprint(c, "a OK done\r\n")
				}
			}, nil, stages...).Dial()
			buf := make([]byte, len(c.answer))
			b.ReportAllocs()
			b.SetBytes(int64(len("a NOOP\r\n") + len(buf)))
			for b.Loop() {
				io.WriteString(conn, "a NOOP\r\n")
				if _, err := io.ReadFull(conn, buf); err != nil {
					b.Fatal(err)
				}
			}
			if string(buf) != c.answer {
				b.Errorf("%q", buf)
			}
		})
	}
}
