package export

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/redact/scrub"
)

// ErrNoIMAP is returned if a capture has no IMAP connection.
var ErrNoIMAP = errors.New("no IMAP connection")

// Redact writes the events of src to a new pcapng file without secrets and personal data,
// and reads the file again with o to check that nothing that was replaced is left in it.
// With force it replaces an existing file; otherwise it fails with fs.ErrExist.
//
// Redact returns two errors. If the source is damaged, read is the error, and the file
// contains what came before the damage. If err is not nil, the file has been removed.
func Redact(ctx context.Context, src capture.Source, name string, force bool, o pcap.Options) (r scrub.Report, read, err error) {
	var key scrub.Key
	if _, err := rand.Read(key[:]); err != nil {
		return r, nil, err
	}
	rec, err := pcap.Create(name, pcap.RecorderOptions{Comment: "redacted", Force: force})
	if err != nil {
		return r, nil, err
	}
	s := scrub.New(rec, key)
	read = src.Run(ctx, s)
	err = rec.Finish(time.Now())
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	if err == nil {
		err = checkRedacted(ctx, name, o, s)
	}
	if err == nil && s.Report().Conns == 0 {
		if err, read = read, nil; err == nil { // the damage explains it
			err = ErrNoIMAP
		}
	}
	if err != nil {
		err = errors.Join(err, os.Remove(name))
	}
	return s.Report(), read, err
}

// checkRedacted reads a redacted file, and fails if it contains what was replaced.
func checkRedacted(ctx context.Context, name string, o pcap.Options, s *scrub.Scrub) error {
	check := s.Check()
	err := pcap.Files([]string{name}, o).Run(ctx, check)
	if err == nil && check.Conns() != s.Report().Conns {
		err = fmt.Errorf("%d connections instead of %d", check.Conns(), s.Report().Conns)
	}
	if err != nil {
		return fmt.Errorf("%s was not safe and has been removed: %w", name, err)
	}
	return nil
}
