package main

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"imapscope/capture/pcap"
	"imapscope/ui/print"
)

// longFile is the size in bytes above which reading gets a progress bar.
const longFile = 100 << 20

// showProgress shows a progress bar for long files on stderr, if stderr is a terminal and
// stdout is not. done removes the bar.
func showProgress(e *env, src *pcap.Source, files []string) (done func()) {
	total, known := pcap.Size(files)
	if !print.IsTerminal(e.tty) || print.IsTerminal(e.out) || !known || total < longFile {
		return func() {}
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(e.tty),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	src.OnProgress(func(read int64) { _ = bar.Set64(min(read, total)) }) // only the bar is affected
	return func() { _ = bar.Finish() }
}
