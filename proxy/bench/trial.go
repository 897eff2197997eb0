package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// figure is something that is measured.
type figure string

const (
	bulk       figure = "bulk_octets_per_second"
	p50        figure = "noop_p50_seconds"
	p99        figure = "noop_p99_seconds"
	conns      figure = "connections_per_second"
	cpu        figure = "cpu_seconds_per_gb"
	idle       figure = "octets_per_idle_connection"
	disk       figure = "disk_octets_per_second"
	passed     figure = "octets_passed"     // of parts in which some were lost
	undecoded  figure = "octets_undecoded"  // that the decoder missed
	unrecorded figure = "octets_unrecorded" // that the recording does not hold
)

// lossy is what f is called if a copy missed octets while it was measured.
func (f figure) lossy() figure { return "lossy_" + f }

// figures are those of one contender in one round. What was not measured is not there.
type figures map[figure]float64

// sizes say how much is measured.
type sizes struct {
	Rounds  int   `json:"rounds"`
	Bytes   int64 `json:"bytes"`
	Mailbox int   `json:"mailbox"`
	Noops   int   `json:"noops"`
	Conns   int   `json:"conns"`
	Idle    int   `json:"idle"`
}

// bench runs trials.
type bench struct {
	sizes
	dir       string
	imapscope string
	box       mailbox
}

// trialTime is how long one contender may take for one round.
const trialTime = 5 * time.Minute

// trial measures one contender once. It has a server of its own, so that no port is
// still in use from the one before.
func (b *bench) trial(ctx context.Context, c contender) (f figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	dir, err := os.MkdirTemp(b.dir, c.name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := start(ctx, roleCommand(ctx, "server", strconv.Itoa(b.Mailbox)), "")
	if err != nil {
		return nil, err
	}
	defer server.stop() //nolint:errcheck // it has nothing to say
	f = figures{}
	if c.records {
		if f[disk], err = b.diskRate(dir); err != nil {
			return nil, err
		}
	}
	for _, part := range b.parts(c) {
		h := here{dir: filepath.Join(dir, part.name), server: server.addr, imapscope: b.imapscope}
		if err := b.slower(ctx, c, h, part, f); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return f, nil
}

// slower measures a part; where a copy misses octets in bulk, again, each time with less
// speed, until it misses none or it has become too slow to look any further.
func (b *bench) slower(ctx context.Context, c contender, h here, part part, to figures) error {
	const step, most = 0.85, 10
	for pace, try := 0.0, 0; try < most; try++ {
		f, lost, err := b.part(ctx, c, h, part.measure, pace)
		if err != nil {
			return err
		}
		if len(lost) == 0 {
			maps.Copy(to, f)
			return nil
		}
		if try == 0 {
			for k, v := range f {
				to[k.lossy()] = v
			}
			for k, v := range lost {
				to[k] += v
			}
		}
		if pace = step * f[bulk]; pace == 0 {
			return nil
		}
	}
	return nil
}

// measure puts figures into f. The relay is p, or nil if there is none, or more than one process.
type measure func(ctx context.Context, l *load, p *process, f figures) error

// part is something measured with a process of its own.
type part struct {
	name    string
	measure measure
}

func (b *bench) parts(c contender) []part {
	all := []part{{"bulk", b.bulk}, {"talk", b.talk}, {"idle", b.idle}}
	switch {
	case c.start == nil, c.forks:
		return all[:2]
	case c.tls:
		return all[2:]
	}
	return all
}

// part measures at a pace in octets a second (0: as fast as it goes), and sees whether a
// copy missed something meanwhile.
func (b *bench) part(ctx context.Context, c contender, h here, measure measure, pace float64) (f, lost figures, err error) {
	if err := os.Mkdir(h.dir, 0o700); err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(h.dir)) }()
	l := &load{addr: h.server, box: b.box, buf: make([]byte, 256<<10), timeout: trialTime, pace: pace}
	if c.tls {
		l.tls = &tls.Config{InsecureSkipVerify: true} // of a certificate authority made a moment ago
	}
	f = figures{}
	if c.start == nil {
		return f, nil, measure(ctx, l, nil, f)
	}
	p, err := c.start(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	l.addr = p.addr
	whole := p // of which time and memory can be measured
	if c.forks {
		whole = nil
	}
	if err := errors.Join(measure(ctx, l, whole, f), p.stop()); err != nil {
		return nil, nil, err
	}
	lost, err = c.lost(ctx, h, p, l)
	return f, lost, err
}

// bulk measures throughput and processor time, after one mailbox to warm up.
func (b *bench) bulk(ctx context.Context, l *load, p *process, f figures) error {
	c, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.bulk(1); err != nil {
		return err
	}
	var before time.Duration
	if p != nil {
		if before, err = settled(ctx, p.cpu); err != nil {
			return err
		}
	}
	begin := time.Now()
	n, err := c.bulk(b.Bytes)
	if err != nil {
		return err
	}
	f[bulk] = float64(n) / time.Since(begin).Seconds()
	if p != nil {
		after, err := settled(ctx, p.cpu)
		if err != nil {
			return err
		}
		f[cpu] = (after - before).Seconds() / float64(n) * 1e9
	}
	return c.logout()
}

// talk measures NOOPs, after a tenth of them to warm up, and connections.
func (b *bench) talk(ctx context.Context, l *load, _ *process, f figures) error {
	c, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.noops(b.Noops / 10); err != nil {
		return err
	}
	took, err := c.noops(b.Noops)
	if err != nil {
		return err
	}
	slices.Sort(took)
	f[p50], f[p99] = took[len(took)/2].Seconds(), took[len(took)*99/100].Seconds()
	if err := c.logout(); err != nil {
		return err
	}
	f[conns], err = l.connect(ctx, b.Conns)
	return err
}

// idle measures what idle connections take of a process that did nothing else.
func (b *bench) idle(ctx context.Context, l *load, p *process, f figures) error {
	warm, err := l.idle(ctx, 1)
	if err != nil {
		return err
	}
	before, err := settled(ctx, p.resident)
	if err != nil {
		return errors.Join(err, warm())
	}
	done, err := l.idle(ctx, b.Idle)
	if err != nil {
		return errors.Join(err, warm())
	}
	after, err := settled(ctx, p.resident)
	f[idle] = float64(after-before) / float64(b.Idle)
	return errors.Join(err, done(), warm())
}

// lost is what of the octets that l passed the contender's decoder did not see and its
// recording does not hold; nothing if all are there.
func (c contender) lost(ctx context.Context, h here, p *process, l *load) (figures, error) {
	f := figures{}
	if c.decodes {
		if err := missing(p.out.String(), l, undecoded, f); err != nil {
			return nil, err
		}
	}
	if c.records {
		_, port, err := net.SplitHostPort(p.addr)
		if err != nil {
			return nil, err
		}
		decode := exec.CommandContext(ctx, h.imapscope, "decode", "--format", "none", "--stats", "--port", port, h.recording())
		out, err := decode.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("the recording cannot be decoded: %w: %s", err, out)
		}
		if err := missing(string(out), l, unrecorded, f); err != nil {
			return nil, err
		}
	}
	if len(f) > 0 {
		f[passed] = float64(l.passed[0].Load() + l.passed[1].Load())
	}
	return f, nil
}

// missing compares what imapscope says in the end with what l has passed, and puts the
// difference, if there is one, into f.
func missing(said string, l *load, k figure, f figures) error {
	m := regexp.MustCompile(`(\d+) (?:octet|byte)s? →, (\d+) (?:octet|byte)s? ←`).FindStringSubmatch(said)
	if m == nil {
		return fmt.Errorf("no count of bytes in the output of imapscope: %s", said)
	}
	for i := range l.passed {
		saw, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil {
			return err
		}
		if n := l.passed[i].Load(); n != saw {
			f[k] += max(float64(n-saw), float64(saw-n))
		}
	}
	return nil
}

// diskRate writes a recording's worth of octets beside where it will be.
func (b *bench) diskRate(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "disk"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	begin, n := time.Now(), int64(0)
	for n < b.Bytes {
		m, err := f.Write(b.box.fetch[:min(len(b.box.fetch), 1<<20)])
		if err != nil {
			return 0, err
		}
		n += int64(m)
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	return float64(n) / took.Seconds(), os.Remove(f.Name())
}
