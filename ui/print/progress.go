package print

import (
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
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	update = func(read int64) { _ = bar.Set64(min(read, total)) } // only the bar is affected
	return update, func() { _ = bar.Finish() }
}
