package main

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"imapscope/capture/pcap"
	"imapscope/ui/print"
)

// longFile is from how many octets on reading is worth a progress bar.
const longFile = 100 << 20

// showProgress shows on stderr, if it is a terminal and stdout is none, how far
// long files have been read. What it returns takes the bar away.
func showProgress(e *env, src *pcap.Source, files []string) (done func()) {
	total, known := pcap.Size(files)
	if !print.IsTerminal(e.err) || print.IsTerminal(e.out) || !known || total < longFile {
		return func() {}
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(e.err),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	src.OnProgress(func(read int64) { _ = bar.Set64(min(read, total)) }) // a bar that fails hides nothing
	return func() { _ = bar.Finish() }
}
