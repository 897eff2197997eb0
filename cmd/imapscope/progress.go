package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"imapscope/capture/pcap"
)

// longFile is from how many octets on reading is worth a progress bar.
const longFile = 100 << 20

// showProgress shows on stderr, if it is a terminal and stdout is none, how far
// long files have been read. What it returns takes the bar away.
func showProgress(e *env, src *pcap.Source, files []string) (done func()) {
	total, known := sizes(files)
	_, onTerminal := fd(e.err)
	_, inTheWay := fd(e.out)
	if !onTerminal || inTheWay || !known || total < longFile {
		return func() {}
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(e.err),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	var before int64 // of the files that are done
	name, last := "", int64(0)
	src.Progress = func(file string, read int64) {
		if file != name {
			before += last
			name = file
		}
		last = read
		_ = bar.Set64(min(before+read, total)) // a bar that fails hides nothing
	}
	return func() { _ = bar.Finish() }
}

// sizes is how many octets the files have together; false if one is no file.
func sizes(files []string) (total int64, known bool) {
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		total += info.Size()
	}
	return total, true
}
