package export

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/redact/scrub"
)

// ErrNoIMAP is returned if a capture has no IMAP connection.
var ErrNoIMAP = errors.New("no IMAP connection")

// maxConns is the number of connections that may be open at once in a capture that is
// redacted; those beyond it are continued as others. Each takes about 5 KB.
const maxConns = 1 << 18

// Redact writes the events of src to a new pcapng file without secrets and personal data,
// and reads it again with o to check that nothing that was replaced is left in it. Only
// then does the file get its name. With force it replaces an existing file; otherwise it
// fails with fs.ErrExist. MaxConns of the source should be that of RedactOptions(o).
//
// Redact returns two errors. If the source is damaged, read is the error, and the file
// contains what came before the damage. If err is not nil, no file was written.
func Redact(ctx context.Context, src capture.Source, name string, force bool, o pcap.Options, d protocol.Dialect) (r scrub.Report, read, err error) {
	f, err := outfile.Create(name, outfile.Options{Replace: force})
	if err != nil {
		return r, nil, err
	}
	defer func() { err = errors.Join(err, f.Discard()) }()
	if r, read, err = redactInto(ctx, src, f, o, d); err == nil {
		err = f.Commit()
	}
	return r, read, err
}

// redactInto writes to a new file what Redact does, and leaves it to the caller to commit it.
func redactInto(ctx context.Context, src capture.Source, f *outfile.File, o pcap.Options, d protocol.Dialect) (r scrub.Report, read, err error) {
	var key scrub.Key
	if _, err := rand.Read(key[:]); err != nil {
		return r, nil, err
	}
	if !f.Regular() {
		return r, nil, fmt.Errorf("%s is not a regular file: it could not be read again to check that nothing is left", f.Name())
	}
	o = RedactOptions(o)
	rec, err := pcap.NewRecorder(f, pcap.RecorderOptions{Comment: "redacted", Reused: o.MaxConns})
	if err != nil {
		return r, nil, err
	}
	s := scrub.New(rec, key)
	s.Dialect = d
	read = decode.OpenedSource{Source: src, Options: decode.Options{Dialect: d}}.Run(ctx, s)
	err = rec.Finish(time.Now())
	if ctx.Err() != nil {
		return s.Report(), nil, errors.Join(err, ctx.Err())
	}
	if err == nil {
		err = checkRedacted(ctx, f.Name(), o, s)
	}
	if err == nil && s.Report().Conns == 0 {
		if err, read = read, nil; err == nil { // the damage explains it
			err = ErrNoIMAP
		}
	}
	return s.Report(), read, err
}

// RedactOptions returns o with the limits for redacting.
func RedactOptions(o pcap.Options) pcap.Options {
	o.MaxConns = maxConns
	return o
}

// checkRedacted reads a redacted file on all cores, and fails if it contains what was replaced.
func checkRedacted(ctx context.Context, name string, o pcap.Options, s *scrub.Scrub) error {
	checks, conns := capture.NewShards(runtime.GOMAXPROCS(0), func(*capture.Shard) capture.Sink { return s.Check() }), 0
	addresses := s.Check()
	checks.Opening = func(c *capture.Conn, _ uint64) error {
		conns++
		return addresses.Opened(c)
	}
	err := pcap.Files([]string{name}, o).Run(ctx, checks)
	if found := checks.Stop(); found != nil {
		err = found
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && conns != s.Report().Conns {
		err = fmt.Errorf("%d connections instead of %d", conns, s.Report().Conns)
	}
	if err != nil {
		return fmt.Errorf("the redacted copy was not safe and has been removed: %w", err)
	}
	return nil
}
