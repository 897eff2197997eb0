package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figure is something that is measured.
type figure string

const (
	bulk  figure = "bulk_octets_per_second"
	p50   figure = "noop_p50_seconds"
	p99   figure = "noop_p99_seconds"
	conns figure = "connections_per_second"
	cpu   figure = "cpu_seconds_per_gb"
	idle  figure = "octets_per_idle_connection"
	lost  figure = "lost_octets"
	disk  figure = "disk_octets_per_second"
)

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
	h := here{dir: dir, server: server.addr, imapscope: b.imapscope}
	f = figures{}
	if c.records {
		if f[disk], err = b.diskRate(dir); err != nil {
			return nil, err
		}
	}
	if !c.tls {
		if err := b.speed(ctx, c, h, f); err != nil {
			return nil, err
		}
	}
	if c.start != nil {
		if err := b.memory(ctx, c, h, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (b *bench) load(addr string) *load {
	return &load{addr: addr, box: b.box, buf: make([]byte, 256<<10), timeout: trialTime}
}

// speed measures all but memory, and what was lost meanwhile.
func (b *bench) speed(ctx context.Context, c contender, h here, f figures) (err error) {
	l := b.load(h.server)
	spent := func() (time.Duration, error) { return 0, nil }
	if c.start != nil {
		p, err := c.start(ctx, h)
		if err != nil {
			return err
		}
		l.addr, spent = p.addr, p.cpu
		defer func() {
			if err = errors.Join(err, p.stop()); err == nil {
				f[lost], err = c.lost(ctx, h, p, l)
			}
		}()
	}
	if err := l.bulk(ctx, b.Bytes, spent, f); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	if err := l.roundTrips(ctx, b.Noops, f); err != nil {
		return fmt.Errorf("round trips: %w", err)
	}
	if f[conns], err = l.connect(ctx, b.Conns); err != nil {
		return fmt.Errorf("connections: %w", err)
	}
	return nil
}

// bulk measures throughput and processor time, after one mailbox to warm up.
func (l *load) bulk(ctx context.Context, octets int64, spent func() (time.Duration, error), f figures) error {
	c, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.bulk(1); err != nil {
		return err
	}
	before, err := settled(ctx, spent)
	if err != nil {
		return err
	}
	begin := time.Now()
	n, err := c.bulk(octets)
	if err != nil {
		return err
	}
	f[bulk] = float64(n) / time.Since(begin).Seconds()
	after, err := settled(ctx, spent)
	if err != nil {
		return err
	}
	if after > 0 {
		f[cpu] = (after - before).Seconds() / float64(n) * 1e9
	}
	return c.logout()
}

// roundTrips measures NOOPs, after a tenth of them to warm up.
func (l *load) roundTrips(ctx context.Context, n int, f figures) error {
	c, err := l.begin(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.noops(n / 10); err != nil {
		return err
	}
	took, err := c.noops(n)
	if err != nil {
		return err
	}
	slices.Sort(took)
	f[p50], f[p99] = took[n/2].Seconds(), took[n*99/100].Seconds()
	return c.logout()
}

// memory measures what idle connections take of a process that did nothing else.
func (b *bench) memory(ctx context.Context, c contender, h here, f figures) (err error) {
	h.dir = filepath.Join(h.dir, "idle")
	if err := os.Mkdir(h.dir, 0o700); err != nil {
		return err
	}
	p, err := c.start(ctx, h)
	if err != nil {
		return err
	}
	l := b.load(p.addr)
	if c.tls {
		l.tls = &tls.Config{InsecureSkipVerify: true} // of a certificate authority made a moment ago
	}
	defer func() {
		if err = errors.Join(err, p.stop()); err == nil {
			var n float64
			n, err = c.lost(ctx, h, p, l)
			f[lost] += n
		}
	}()
	warm, err := l.idle(ctx, 1)
	if err != nil {
		return fmt.Errorf("idle connections: %w", err)
	}
	before, err := settled(ctx, p.resident)
	if err != nil {
		return errors.Join(err, warm())
	}
	done, err := l.idle(ctx, b.Idle)
	if err != nil {
		return errors.Join(fmt.Errorf("idle connections: %w", err), warm())
	}
	after, err := settled(ctx, p.resident)
	f[idle] = float64(after-before) / float64(b.Idle)
	return errors.Join(err, done(), warm())
}

// lost is how many octets of what l passed the contender's decoder did not see, or its
// recording does not hold, whichever are more.
func (c contender) lost(ctx context.Context, h here, p *process, l *load) (float64, error) {
	most := int64(0)
	if c.decodes {
		n, err := missing(p.out.String(), l)
		if err != nil {
			return 0, err
		}
		most = n
	}
	if c.records {
		_, port, _ := strings.Cut(p.addr, ":")
		out, err := exec.CommandContext(ctx, h.imapscope, "decode", "--format", "none", "--stats", "--port", port, h.recording()).CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("the recording cannot be decoded: %w: %s", err, out)
		}
		n, err := missing(string(out), l)
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return float64(most), nil
}

// missing compares what imapscope says in the end with what l has passed.
func missing(said string, l *load) (int64, error) {
	m := regexp.MustCompile(`(\d+) octets? →, (\d+) octets? ←`).FindStringSubmatch(said)
	if m == nil {
		return 0, fmt.Errorf("imapscope does not say how many octets it saw: %s", said)
	}
	n := int64(0)
	for i := range l.passed {
		saw, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil {
			return 0, err
		}
		n += max(saw-l.passed[i].Load(), l.passed[i].Load()-saw)
	}
	return n, nil
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
