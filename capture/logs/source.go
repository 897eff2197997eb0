package logs

import (
	"context"
	"errors"
	"io"

	"imapscope/capture"
)

// Options say how a log is read.
type Options struct {
	Protocol Protocol
	Origin   string                // of the connections
	NextID   func() capture.ConnID // returns the number of the next connection
}

// ErrUnknown is the error of Read for something that is no log of a known format.
var ErrUnknown = errors.New("no log of a known format")

// Read reads a log until its end and reports its sessions to s. It is ErrUnknown if nothing at
// the beginning shows the format; then nothing was reported.
func Read(ctx context.Context, r io.Reader, s capture.Sink, o Options) error {
	in := newLines(plainText(r))
	head, format, before, err := recognize(in, o.Protocol)
	if err != nil {
		return err
	}
	b := newBook(o, format.Program, s)
	p := format.new(b)
	if before != nil {
		p = before.of(b, p)
	}
	for _, l := range head {
		if err := p.line(l); err != nil {
			return err
		}
	}
	for n := 0; err == nil; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			err = ctx.Err()
			break
		}
		var l line
		if l, err = in.next(); err == nil {
			if err := p.line(l); err != nil {
				return err
			}
		}
	}
	if err == io.EOF {
		err = nil
	}
	if ended, ok := unwrapped(p).(interface{ end() error }); ok {
		err = errors.Join(err, ended.end())
	}
	return errors.Join(err, b.end())
}
