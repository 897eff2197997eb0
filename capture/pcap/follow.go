package pcap

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// followEvery is how often a file that is followed is looked at for more.
const followEvery = 100 * time.Millisecond

// Follow returns a Source like Files that reads on in the last file as it grows, until the
// context of Run is done, whose error Run then returns. A file that is cut, or whose name is
// another file's now, ends with an error. A compressed file cannot be followed.
func Follow(names []string, o Options) *Source {
	s := Files(names, o)
	s.follow = true
	return s
}

var (
	errCut      = errors.New("it was cut while it was followed")
	errReplaced = errors.New("it was replaced by another file, which goes on from here")
)

// follower reads a file that grows.
type follower struct {
	*os.File
	ctx  context.Context
	n    int64 // bytes read
	last byte  // the last of them
	gone bool  // it was replaced: what it has now is its last

	// unknown, if not nil, reports whether to end instead of waiting: it is not known what
	// the file is.
	unknown func() bool
}

// lineWait is how long the rest of a line is awaited in a file of no known kind.
const lineWait = 2 * time.Second

// errUnknownYet is the error of a follower that does not wait.
var errUnknownYet = errors.New("the file is of no known kind yet")

// newFollower returns a reader of f that waits for more at its end; f itself if that is not a
// regular file, whose end is known.
func newFollower(ctx context.Context, f *os.File) io.Reader {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return f
	}
	return &follower{File: f, ctx: ctx}
}

// Read waits for bytes, until the context is done.
func (r *follower) Read(p []byte) (int, error) {
	for {
		n, err := r.File.Read(p)
		if r.n += int64(n); n > 0 {
			r.last = p[n-1]
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		wait, err := r.changed()
		if err != nil {
			return 0, err
		}
		if !wait {
			continue
		}
		if r.unknown != nil && r.unknown() {
			return 0, errUnknownYet
		}
		select {
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// changed returns an error if nothing more comes in this file, and otherwise whether to wait
// for it.
func (r *follower) changed() (wait bool, err error) {
	if r.gone {
		return false, errReplaced
	}
	own, err := r.Stat()
	if err != nil {
		return false, err
	}
	if own.Size() < r.n {
		return false, errCut
	}
	at, err := os.Stat(r.Name())
	r.gone = err == nil && !os.SameFile(own, at)
	return !r.gone, nil
}
