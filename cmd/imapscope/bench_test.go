package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/samples/traffic"
)

// discard is a sink that does nothing: what is left is reading and reassembly.
type discard struct{}

func (discard) Event(*capture.Event) error { return nil }

func reassemble(file string) error {
	return pcap.Files([]string{file}, pcap.Options{}).Run(context.Background(), discard{})
}

// generated is a capture of about so many size, in a file of its own.
func generated(tb testing.TB, size int64, mix traffic.Mix) string {
	tb.Helper()
	return generatedIn(tb, traffic.IMAP2, size, mix)
}

// generatedIn is generated, in a dialect.
func generatedIn(tb testing.TB, dialect traffic.Dialect, size int64, mix traffic.Mix) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "traffic.pcap")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := traffic.Write(f, traffic.Options{Bytes: size, Mix: mix, Dialect: dialect, Conns: 64, LossPercent: 0.1, ReorderPercent: 1}); err != nil {
		tb.Fatal(err)
	}
	return name
}

// BenchmarkWhole is the whole path from a file, beside reading and reassembling
// alone: compare the rates of one run.
func BenchmarkWhole(b *testing.B) {
	const size = 64 << 20
	for _, dialect := range []traffic.Dialect{traffic.IMAP2, traffic.IMAP4rev1} {
		for _, mix := range []traffic.Mix{traffic.Mixed, traffic.Headers, traffic.Bodies} {
			file := generatedIn(b, dialect, size, mix)
			run := func(name string, f func() error) {
				b.Run(dialect.String()+"/"+mix.String()+"/"+name, func(b *testing.B) {
					b.SetBytes(size)
					b.ReportAllocs()
					for b.Loop() {
						if err := f(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			by := func(workers int, args string) func() error {
				return func() error {
					root := newRoot(&env{out: io.Discard, err: io.Discard, workers: workers})
					root.SetArgs(append(strings.Fields(args), file))
					return root.ExecuteContext(context.Background())
				}
			}
			verb := func(args string) func() error { return by(0, args) }
			run("reassemble", func() error { return reassemble(file) })
			run("none", verb("decode --format none"))
			run("check", verb("check --format none --fail-on never"))
			run("check, one worker", by(1, "check --format none --fail-on never"))
			run("jsonl", verb("decode --format jsonl"))
			run("text", verb("decode"))
		}
	}
}
