package pcap

import (
	"encoding/binary"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/capture/keylog"
)

// secretsTLS is the type of secrets that are TLS key log lines (draft-ietf-opsawg-pcapng,
// section 4.7).
const secretsTLS = 0x544c534b

// MaxSecrets is the largest Decryption Secrets Block whose lines are read, in bytes.
const MaxSecrets = 16 << 20

// A SecretsBlock is a Decryption Secrets Block.
type SecretsBlock struct {
	Offset int64  // of the block in the (decompressed) file
	Size   uint32 // of the block, in bytes
	Type   uint32 // of its secrets
	Lines  []byte // key log lines, valid until Reader.Secrets returns; nil if they are of another type or exceed MaxSecrets
}

// TLS reports whether the secrets are TLS key log lines.
func (b *SecretsBlock) TLS() bool { return b.Type == secretsTLS }

// readSecrets reads a Decryption Secrets Block. One that cannot be used is skipped without
// buffering it.
func (f *ngFile) readSecrets() error {
	const name, head = "a decryption secrets block", 16 // type and length of the block and of the secrets
	total := f.u32(f.rest()[4:])
	if total < blockOverhead+8 || total%4 != 0 {
		return f.failBlock(badTotal(name, total), nil)
	}
	if err := f.need(head); err != nil {
		return f.broken(name, err)
	}
	b := &SecretsBlock{Offset: f.offset(), Size: total, Type: f.u32(f.rest()[8:])}
	size := f.u32(f.rest()[12:])
	if !b.TLS() || total > MaxSecrets || f.Secrets == nil {
		if err := f.skipBlock(name, total); err != nil {
			return err
		}
		return f.report(b)
	}
	if err := f.need(int(total)); err != nil {
		return f.broken(name, err)
	}
	block := f.rest()[:total:total]
	room := total - blockOverhead - 8
	switch again := f.u32(block[total-4:]); {
	case again != total:
		return f.failBlock(fmt.Sprintf("%s claims %d bytes at its start and %d at its end, a capture damaged here", name, total, again), nil)
	case size > room:
		return f.failBlock(fmt.Sprintf("%s claims %d bytes of keys with room for %d, a capture damaged here", name, size, room), nil)
	}
	b.Lines = block[head : head+size : head+size]
	if err := f.report(b); err != nil {
		return err
	}
	f.advance(int(total))
	return nil
}

func (f *ngFile) report(b *SecretsBlock) error {
	if f.Secrets == nil {
		return nil
	}
	return f.Secrets(b)
}

// Keys counts the secrets in a capture file.
type Keys struct {
	File     string
	Sessions int // TLS sessions whose keys are in it
	Others   int // blocks of other secrets, such as WireGuard's, which are not used
}

// String describes in one line which secrets are used and which are left out.
func (k Keys) String() string {
	used := fmt.Sprintf("keys of %s in %s are used", count(int64(k.Sessions), "TLS session"), k.File)
	others := fmt.Sprintf("%s of other secrets in %s: not used", count(int64(k.Others), "block"), k.File)
	switch {
	case k.Others == 0:
		return used
	case k.Sessions == 0:
		return others
	}
	return used + "; " + others
}

// Keys returns the files with secrets in them, once Run has returned.
func (s *Source) Keys() []Keys { return s.keys }

// secrets passes the keys in a file on.
type secrets struct {
	file  string
	to    capture.Sink
	at    time.Time // of the frame before
	count keylog.Counter
	other int
	bad   []error
}

func (s *secrets) block(b *SecretsBlock) error {
	switch {
	case !b.TLS():
		s.other++
		return nil
	case b.Size > MaxSecrets:
		s.bad = append(s.bad, &FileError{
			File: s.file, Offset: b.Offset,
			What: fmt.Sprintf("a decryption secrets block of %d bytes, too large to use; everything else was read", b.Size),
			Hint: "put the keys into a file for --keylog",
		})
		return nil
	}
	s.count.Add(b.Lines)
	if err := keylog.Report(s.to, s.at, b.Lines); err != nil {
		return sinkError{err}
	}
	return nil
}

// add appends the counts to all, if there are any.
func (s *secrets) add(all []Keys) []Keys {
	if k := (Keys{s.file, s.count.Sessions(), s.other}); k.Sessions+k.Others > 0 {
		all = append(all, k)
	}
	return all
}

// secrets adds key log lines, to be written with the next packet: they carry no time that could
// say when another file is due.
func (r *Recorder) secrets(lines []byte) {
	if r.done {
		return
	}
	if r.wait.packets > 0 && r.series != nil && r.series.rotate {
		r.flush()
	}
	_ = keylog.Lines(lines, func(lines []byte) error { // it returns what the function returns
		r.wait.buf = appendSecrets(r.wait.buf, lines)
		return nil
	})
	if r.wait.size() >= maxBuffered {
		r.flush()
	}
}

// appendSecrets adds a Decryption Secrets Block.
func appendSecrets(b, lines []byte) []byte {
	le := binary.LittleEndian
	total := uint32(blockOverhead + 8 + (len(lines)+3)&^3)
	b = le.AppendUint32(b, blockSecrets)
	b = le.AppendUint32(b, total)
	b = le.AppendUint32(b, secretsTLS)
	b = le.AppendUint32(b, uint32(len(lines)))
	b = append(b, lines...)
	for range -len(lines) & 3 {
		b = append(b, 0)
	}
	return le.AppendUint32(b, total)
}
