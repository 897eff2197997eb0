package decode_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
)

// headers returns a server's answer to FETCH 1:n ALL.
func headers(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "* %d FETCH (FLAGS (\\Seen) INTERNALDATE \" 7-May-1991 12:34:56 +0000\" RFC822.SIZE 368 ENVELOPE "+
			"(\"Tue, 7 May 91 12:34:45 PDT\" \"IMAP2 test message %d\" ((\"Mark Crispin\" NIL \"MRC\" \"Panda.EXAMPLE\")) "+
			"((\"Mark Crispin\" NIL \"MRC\" \"Panda.EXAMPLE\")) ((\"Mark Crispin\" NIL \"MRC\" \"Panda.EXAMPLE\")) "+
			"((NIL NIL \"fred\" \"lab.example\")) NIL NIL NIL \"<%d.MRC@Panda.EXAMPLE>\"))\r\n", i+1, i, i)
	}
	return b.Bytes()
}

// bodies returns a server's answer to FETCH 1:n RFC822.
func bodies(n int) []byte {
	var b bytes.Buffer
	body := bytes.Repeat([]byte("All work and no play makes Jack a dull boy, said the (tired) \"typist\".\r\n"), 300)
	for i := range n {
		fmt.Fprintf(&b, "* %d FETCH (RFC822 {%d}\r\n%s)\r\n", i+1, len(body), body)
	}
	return b.Bytes()
}

// BenchmarkDecoder measures framing, first words and bookkeeping, in segments of 1460
// bytes; a command for each 64 KiB.
func BenchmarkDecoder(b *testing.B) {
	for _, bm := range []struct {
		name string
		data []byte
		keep int
	}{
		{"headers", headers(2000), 0},
		{"bodies", bodies(50), 0},
		{"headers, little kept", headers(2000), 4 << 10},
		{"bodies, little kept", bodies(50), 4 << 10},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.data)))
			b.ReportAllocs()
			now := time.Unix(0, 0)
			d := decode.New(decode.Options{Keep: bm.keep})
			d.Write(capture.ServerToClient, now, []byte("* OK hi\r\n"))
			for b.Loop() {
				d.Write(capture.ClientToServer, now, []byte("a FETCH 1:2000 ALL\r\n"))
				for p := bm.data; len(p) > 0; {
					n := min(len(p), 1460)
					d.Write(capture.ServerToClient, now, p[:n])
					p = p[n:]
				}
				d.Write(capture.ServerToClient, now, []byte("a OK done\r\n"))
			}
		})
	}
}

// BenchmarkFull measures framing and the tree of every message.
func BenchmarkFull(b *testing.B) {
	for _, bm := range []struct {
		name string
		data []byte
	}{{"headers", headers(2000)}, {"bodies", bodies(50)}} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.data)))
			b.ReportAllocs()
			now := time.Unix(0, 0)
			d := decode.New(decode.Options{})
			var parser syntax.Parser
			nodes := 0
			for b.Loop() {
				for p := bm.data; len(p) > 0; {
					n := min(len(p), 1460)
					for _, e := range d.Write(capture.ServerToClient, now, p[:n]) {
						if m, ok := e.(*decode.Message); ok {
							nodes += len(parser.Response(&m.Message).Kids)
						}
					}
					p = p[n:]
				}
			}
			if nodes == 0 {
				b.Fatal("nothing was parsed")
			}
		})
	}
}
