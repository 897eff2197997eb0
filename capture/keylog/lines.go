package keylog

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"io"
	"time"

	"imapscope/capture"
)

// MaxLines is the most bytes of lines in one capture.Secrets. A longer line is left out: no
// key log has one.
const MaxLines = 64 << 10

// Lines calls report with the lines of b, whole ones and at most MaxLines bytes at a time.
// The last one need not end with a line feed. The slices are parts of b.
func Lines(b []byte, report func(lines []byte) error) error {
	for len(b) > 0 {
		n := len(b)
		if n > MaxLines {
			n = bytes.LastIndexByte(b[:MaxLines], '\n') + 1
		}
		if n == 0 { // too long a line
			if n = bytes.IndexByte(b, '\n') + 1; n == 0 {
				return nil
			}
			b = b[n:]
			continue
		}
		if err := report(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// Report passes b on to a sink as Secrets of a time, in parts as Lines makes them.
func Report(to capture.Sink, t time.Time, b []byte) error {
	return Lines(b, func(lines []byte) error {
		return to.Event(&capture.Event{Kind: capture.Secrets, Time: t, Data: lines})
	})
}

// Writer returns a writer for tls.Config.KeyLogWriter that passes each Write, which must be whole
// lines, on to a sink. Writes must not be concurrent; crypto/tls makes one at a time.
func Writer(to capture.Sink) io.Writer { return writer{to} }

type writer struct{ to capture.Sink }

func (w writer) Write(b []byte) (int, error) {
	if err := Report(w.to, time.Now(), b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// maxCounted is how many sessions a Counter distinguishes.
const maxCounted = 1 << 16

// A Counter counts the TLS sessions that key log lines are about. It remembers maxCounted of
// them; lines of others are not counted. The zero value is ready to use.
type Counter struct {
	seed maphash.Seed
	seen map[uint64]struct{}
}

// Add counts the sessions of lines.
func (c *Counter) Add(lines []byte) {
	if c.seen == nil {
		c.seed, c.seen = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	for line := range bytes.Lines(lines) {
		if id := session(line); id != nil && len(c.seen) < maxCounted {
			c.seen[maphash.Bytes(c.seed, id)] = struct{}{}
		}
	}
}

// Sessions returns the number of sessions so far, at most maxCounted.
func (c *Counter) Sessions() int { return len(c.seen) }

// session returns what identifies the session in a line: the client random, or for old files
// the beginning of the encrypted premaster secret. It returns nil if the line is not
//
//	LABEL 0123… 4567…
func session(line []byte) []byte {
	f := bytes.Fields(line)
	if len(f) != 3 || f[0][0] == '#' || !isHex(f[1]) || !isHex(f[2]) {
		return nil
	}
	return f[1]
}

func isHex(b []byte) bool {
	_, err := hex.Decode(make([]byte, hex.DecodedLen(len(b))), b)
	return err == nil
}
