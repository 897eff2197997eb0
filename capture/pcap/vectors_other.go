//go:build !linux

package pcap

import (
	"errors"
	"os"
)

// canWriteVectors reports whether writeVectors can write.
const canWriteVectors = false

func writeVectors(*os.File, [][]byte) (int64, error) { return 0, errors.ErrUnsupported }
