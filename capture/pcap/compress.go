package pcap

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxNested is how many times compressed data may be compressed again.
	maxNested = 1

	// maxWindow is the largest zstd window allowed, in bytes: the limit of the zstd
	// program without options, so that any file it unpacks is read here.
	maxWindow = 128 << 20

	packedBuffer = 64 << 10
)

// unpacker starts unpacking at the window's first byte.
type unpacker func(w *window) (io.Reader, error)

// compression recognises a compressed stream by its first bytes; nil means that it
// is not compressed.
func compression(head []byte) unpacker {
	if len(head) < 4 {
		return nil
	}
	magic := binary.LittleEndian.Uint32(head)
	switch {
	case magic&0xffffff == 0x088b1f: // RFC 1952, 2.3.1: ID1, ID2, deflate
		return gunzip
	case magic == 0xfd2fb528, magic&^0xf == 0x184d2a50: // RFC 8878, 3.1: a frame, or a skippable one
		return unzstd
	}
	return nil
}

func gunzip(w *window) (io.Reader, error) {
	return gzip.NewReader(w.packed())
}

// unzstd unpacks in the caller's goroutine, so there is nothing to close.
func unzstd(w *window) (io.Reader, error) {
	z, err := zstd.NewReader(w.packed(),
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxWindow),
		zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return z, nil
}

// packed returns a reader of the whole stream from the window's first byte on.
func (w *window) packed() *bufio.Reader {
	return bufio.NewReaderSize(io.MultiReader(bytes.NewReader(w.rest()), w.r), packedBuffer)
}

// unpackHintFor reports what to do about an unpacker's error.
func unpackHintFor(err error) string {
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return "unpack it first: zstd -d --long=31 FILE"
	}
	return ""
}
