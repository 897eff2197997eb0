package report_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/samples/traffic"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

// However many goroutines make a page, it is the one that is made without a Feed.
func TestFeedMakesTheSamePage(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "traffic.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = traffic.Write(f, traffic.Options{Bytes: 1 << 20, Conns: 4, Mix: traffic.Headers, Seed: 1})
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	for _, file := range []string{sample, f.Name()} {
		want := of(t, file, report.Options{Title: "x"})
		for _, n := range []int{1, 2, 3, 8} {
			found, err := view.NewReasonedFindings(view.Options{}, lint.Options{})
			if err != nil {
				t.Fatal(err)
			}
			page := report.New(report.Options{Title: "x"})
			feed := report.NewFeed(page, n)
			demux := decode.NewDemux(decode.Options{}, &feeder{feed, found})
			err = pcap.Files([]string{file}, pcap.Options{}).Run(context.Background(), demux)
			if feed.Stop(); err != nil {
				t.Fatal(err)
			}
			if got := written(t, fed{page, found}); !bytes.Equal(got, want) {
				t.Errorf("%s: the page that %d goroutines made has %d bytes and differs from the one of %d bytes", file, n, len(got), len(want))
			}
		}
	}
}
