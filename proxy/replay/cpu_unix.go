//go:build unix

package replay

import (
	"syscall"
	"time"
)

// processorTime returns the processor time that this process has taken so far; zero if the system
// does not report it.
func processorTime() (user, system time.Duration) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0, 0
	}
	return time.Duration(r.Utime.Nano()), time.Duration(r.Stime.Nano())
}
