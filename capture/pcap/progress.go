package pcap

import (
	"os"
	"sync/atomic"
)

// Size returns how many bytes files have together on disk. It reports false if one is not
// a regular file.
func Size(files []string) (total int64, ok bool) {
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		total += info.Size()
	}
	return total, true
}

// OnProgress sets Progress to a function that calls f with the number of bytes read of all
// files so far.
func (s *Source) OnProgress(f func(read int64)) {
	var before, last int64 // of the files before this one, and of this one
	current := ""
	s.Progress = func(name string, read int64) {
		if name != current {
			before += last
			current = name
		}
		last = read
		f(before + read)
	}
}

// Share sets Progress, and returns a function that returns which share of total bytes has
// been read, from 0 to 1. It may be called while the source runs.
func (s *Source) Share(total int64) func() float64 {
	var done atomic.Int64
	s.OnProgress(done.Store)
	return func() float64 { return min(float64(done.Load())/float64(max(total, 1)), 1) }
}
