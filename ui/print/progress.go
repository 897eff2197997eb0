package print

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// longRead is the number of bytes above which reading gets a progress bar.
const longRead = 100 << 20

// ReadProgress shows on w a progress bar for reading total bytes, if that is long, w is a
// terminal, and what is printed to out does not appear there too. update is called with the
// number of bytes that have been read. done removes the bar.
func ReadProgress(w, out io.Writer, total int64) (update func(int64), done func()) {
	if !IsTerminal(w) || IsTerminal(out) || total < longRead {
		return func(int64) {}, func() {}
	}
	return progress(w, "reading", total)
}

// progress shows on w a progress bar for so many bytes.
func progress(w io.Writer, what string, total int64) (update func(int64), done func()) {
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	update = func(n int64) { _ = bar.Set64(min(n, total)) } // only the bar is affected
	return update, func() { _ = bar.Finish() }
}

// SearchProgress shows on w, if it is a terminal, how far a search of at most a number of trials
// is. show is called with the trials so far and the commands that are left. done removes it.
func SearchProgress(w io.Writer, trials int) (show func(trials, commands int), done func()) {
	if !IsTerminal(w) {
		return func(int, int) {}, func() {}
	}
	bar := progressbar.NewOptions(trials,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	show = func(n, commands int) {
		bar.Describe(fmt.Sprintf("minimizing: %d commands left", commands))
		_ = bar.Set(min(n, trials)) // only the bar is affected
	}
	return show, func() { _ = bar.Finish() }
}

// ScanProgress shows on w, if it is a terminal, how many of total bytes have been analysed. done removes
// it.
func ScanProgress(w io.Writer, total int64) (update func(int64), done func()) {
	if !IsTerminal(w) {
		return func(int64) {}, func() {}
	}
	return progress(w, "scanning", total)
}
