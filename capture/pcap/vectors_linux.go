package pcap

import (
	"errors"
	"io"
	"os"

	sys "golang.org/x/sys/unix"
)

// canWriteVectors reports whether writeVectors can write.
const canWriteVectors = true

// maxVectors is the number of parts that one call of the system takes.
const maxVectors = 1024

// writeVectors writes several parts to a regular file, one after the other, without joining them
// first. It changes the elements of parts.
func writeVectors(f *os.File, parts [][]byte) (n int64, err error) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	for {
		for len(parts) > 0 && len(parts[0]) == 0 {
			parts = parts[1:]
		}
		if len(parts) == 0 {
			return n, nil
		}
		var m int
		var failed error
		if err := c.Write(func(fd uintptr) bool {
			m, failed = sys.Writev(int(fd), parts[:min(len(parts), maxVectors)])
			return true
		}); err != nil {
			return n, err
		}
		switch {
		case errors.Is(failed, sys.EINTR):
			continue
		case failed != nil:
			return n, &os.PathError{Op: "write", Path: f.Name(), Err: failed}
		case m == 0:
			return n, io.ErrShortWrite
		}
		n += int64(m)
		for m > 0 {
			k := min(m, len(parts[0]))
			m -= k
			if parts[0] = parts[0][k:]; len(parts[0]) == 0 {
				parts = parts[1:]
			}
		}
	}
}
