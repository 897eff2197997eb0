package replay

import (
	"syscall"
	"time"
)

// processorTime returns the processor time that this process has taken so far; zero if the system
// does not report it.
func processorTime() (user, system time.Duration) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, 0
	}
	var begin, end, kernel, own syscall.Filetime
	if err := syscall.GetProcessTimes(self, &begin, &end, &kernel, &own); err != nil {
		return 0, 0
	}
	return since(own), since(kernel)
}

// since returns a duration that the system counts in 100 nanoseconds.
func since(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
