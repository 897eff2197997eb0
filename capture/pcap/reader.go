package pcap

import (
	"errors"
	"io"
)

// Reader reads frames from one capture file of any known format.
type Reader struct{}

// NewReader recognises the format by content: pcap, pcapng, either of them
// in gzip or zstd. The name is for errors.
func NewReader(r io.Reader, name string) (*Reader, error) {
	return nil, errors.ErrUnsupported
}

// Next reads the next frame into p. The end of the file is io.EOF; anything
// else is a *FileError.
func (r *Reader) Next(p *Packet) error { return errors.ErrUnsupported }

// Open opens a capture file; "-" is standard input.
func Open(name string) (io.ReadCloser, error) { return nil, errors.ErrUnsupported }
