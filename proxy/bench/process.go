package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// patience is how long a program may take to begin, and to end.
const patience = 30 * time.Second

// process is a program that runs beside this one.
type process struct {
	cmd  *exec.Cmd
	out  said
	done chan struct{} // closed when it has ended
	addr string        // where it listens
}

// said is what a program wrote.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start starts a program and waits until it listens: on addr, or where it says it does.
func start(ctx context.Context, cmd *exec.Cmd, addr string) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{}), addr: addr}
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	cmd.WaitDelay = time.Second
	endWithUs(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // ProcessState tells
		close(p.done)
	}()
	if err := p.await(ctx); err != nil {
		_ = p.stop()
		return nil, err
	}
	return p, nil
}

func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	listening := regexp.MustCompile(`listening on (\S+:\d+)\s`)
	for {
		if p.addr == "" {
			if m := listening.FindStringSubmatch(p.out.String()); m != nil {
				p.addr = m[1]
				return nil
			}
		} else if c, err := net.Dial("tcp", p.addr); err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s has ended before it listened: %s", p.cmd.Path, &p.out)
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen: %w: %s", p.cmd.Path, ctx.Err(), &p.out)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop tells the process to end, and kills it if it does not.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that has ended cannot be told
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not end when told to", p.cmd.Path)
	}
}

// clockTick is the unit of the times in /proc/PID/stat: the same on all of Linux's
// architectures that Go knows.
const clockTick = 10 * time.Millisecond

// cpu is the processor time that the process has taken so far.
func (p *process) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The program's name, in parentheses, may hold anything.
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is short", p.cmd.Process.Pid)
	}
	user, err := strconv.Atoi(string(f[11]))
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(string(f[12]))
	return time.Duration(user+system) * clockTick, err
}

// resident is how many octets of the process are in memory.
func (p *process) resident() (int64, error) {
	name := fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid)
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`(?m)^Rss:\s+(\d+) kB$`).FindSubmatch(b)
	if m == nil {
		return 0, fmt.Errorf("%s has no Rss", name)
	}
	kib, err := strconv.ParseInt(string(m[1]), 10, 64)
	return kib << 10, err
}

// settled asks get until it gives the same a few times in a row, or some seconds have
// gone: what a process does late belongs to what it did.
func settled[T comparable](ctx context.Context, get func() (T, error)) (T, error) {
	const pause, calm, most = 50 * time.Millisecond, 4, 60
	last, err := get()
	for i, same := 0, 0; err == nil && i < most && same < calm; i++ {
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(pause):
		}
		var now T
		now, err = get()
		if same++; now != last {
			same = 0
		}
		last = now
	}
	return last, err
}

// freeAddr is an address nobody listens on, for programs that have to be told one.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
