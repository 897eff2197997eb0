package pcap

import (
	"errors"
	"fmt"
	"io"
)

// MaxFrame is the largest captured frame that is accepted, in bytes: four
// times libpcap's limit (MAXIMUM_SNAPLEN). A record that claims more is
// damaged.
const MaxFrame = 1 << 20

// Reader reads frames from one capture file of any known format. It is not
// safe for concurrent use, holds no resource other than memory, and closes nothing.
type Reader struct {
	input
	format format
	err    error // returned by every Next after it
}

// format is one capture file format, reading through a Reader's input.
type format interface {
	next(p *Packet) error
}

// input is what the formats share: the bytes, and the context of errors.
type input struct {
	*window
	name    string
	packets int64  // returned so far
	logHint string // what to do with a text that is no log; "": logs are not read

	// Secrets, if set, is called by Next with each Decryption Secrets Block of a pcapng
	// file, before Next returns the frame behind it or io.EOF. Next returns its error.
	Secrets func(*SecretsBlock) error
}

// NewReader returns a Reader of r. It recognises the format by content: pcap with
// micro- or nanoseconds in either byte order, or pcapng; either of them in gzip or
// zstd, nested at most once. The name is for errors. NewReader reads no further
// than the file header; its errors are *FileError.
func NewReader(r io.Reader, name string) (*Reader, error) { return newReader(r, name, true) }

// newReader is NewReader; packed reports whether the file may be compressed.
func newReader(r io.Reader, name string, packed bool) (*Reader, error) {
	rd, err := unpacked(r, name, packed)
	if err == nil {
		err = rd.begin()
	}
	if err != nil {
		return nil, err
	}
	return rd, nil
}

// begin recognises the format and reads its header.
func (r *Reader) begin() (err error) {
	r.format, err = openFormat(&r.input)
	return err
}

// unpacked returns a Reader at the beginning of a file, decompressed, whose format is not
// known yet.
func unpacked(r io.Reader, name string, packed bool) (*Reader, error) {
	rd := &Reader{input: input{window: newWindow(r), name: name}}
	for depth := 0; ; depth++ {
		if err := rd.sniff(); err != nil {
			return nil, err
		}
		unpack := compression(rd.rest())
		if unpack == nil {
			break
		}
		if !packed {
			return nil, rd.fail("compressed: it cannot be followed as it grows", "follow the file that is being compressed", nil)
		}
		if depth > maxNested {
			return nil, rd.fail("compressed more than twice", "decompress it first", nil)
		}
		inner, err := unpack(rd.window)
		if err != nil {
			return nil, rd.fail("damaged compressed file: "+err.Error(), "", err)
		}
		rd.window = newWindow(inner)
	}
	return rd, nil
}

// Next reads the next frame into p. At the end of the file it returns io.EOF; any
// other error is a *FileError, and every later call returns it again.
func (r *Reader) Next(p *Packet) error {
	if r.err != nil {
		return r.err
	}
	if err := r.format.next(p); err != nil {
		r.err = err
		return err
	}
	r.packets++
	p.Number = r.packets
	return nil
}

// sniff makes the first bytes of the stream visible: at least four, or the
// whole of a shorter one.
func (in *input) sniff() error {
	err := in.need(4)
	switch {
	case err == io.EOF:
		return in.fail("empty: 0 bytes", "a capture has a header at least", io.ErrUnexpectedEOF)
	case err == nil, in.end == io.EOF:
		return nil
	default:
		return in.broken("", err)
	}
}

// fail returns an error about the file as a whole, or its current part.
func (in *input) fail(what, hint string, cause error) *FileError {
	return &FileError{File: in.name, Offset: in.offset(), What: what, Hint: hint, Err: cause}
}

// failPacket returns an error in the record of the next packet, at the current
// offset.
func (in *input) failPacket(what string, cause error) *FileError {
	e := in.fail(what, in.readSoFar(), cause)
	e.Packet = in.packets + 1
	return e
}

// failBlock returns an error at the current offset, in something that is not a packet.
func (in *input) failBlock(what string, cause error) *FileError {
	return in.fail(what, in.readSoFar(), cause)
}

// broken returns an error that explains why bytes are missing; what is "" or names
// the thing that was being read.
func (in *input) broken(what string, err error) *FileError {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && what != "":
		return in.failBlock("cut inside "+what, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return in.failBlock("cut here", err)
	default:
		e := in.failBlock("cannot read on: "+err.Error(), err)
		if hint := unpackHintFor(err); hint != "" {
			e.Hint = hint
		}
		return e
	}
}

// brokenPacket is like broken, for the record of the next packet, of which want
// bytes were needed.
func (in *input) brokenPacket(want int, err error) *FileError {
	e := in.broken("", err)
	e.Packet = in.packets + 1
	if errors.Is(err, io.ErrUnexpectedEOF) {
		e.What = fmt.Sprintf("the capture is cut here, after %d of %d bytes", len(in.rest()), want)
	}
	return e
}

func (in *input) readSoFar() string {
	switch in.packets {
	case 0:
		return "nothing before it"
	case 1:
		return "the packet before it was read"
	default:
		return fmt.Sprintf("the %d packets before it were read", in.packets)
	}
}
