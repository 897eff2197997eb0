package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// measured runs a program to its end and returns what it took. Standard output is discarded
// unless cmd has one; exit codes other than 0 are errors unless they are in allowed.
func measured(cmd *exec.Cmd, allowed ...int) (sample, error) {
	errs := &tail{}
	cmd.Stderr = errs
	endWithParent(cmd)
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	var exit *exec.ExitError
	if errors.As(err, &exit) && slices.Contains(allowed, exit.ExitCode()) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, errs.text)
	}
	s := cmd.ProcessState
	return sample{
		wallTime: took.Seconds(),
		cpuTime:  (s.UserTime() + s.SystemTime()).Seconds(),
		peak:     float64(peakOf(s)),
	}, nil
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 1 << 10
	t.text = append(t.text, p...)
	t.text = bytes.Clone(t.text[max(0, len(t.text)-most):])
	return len(p), nil
}

// A server is a role of this program in a process of its own.
type server struct {
	cmd  *exec.Cmd
	addr string
}

// startServer starts a role that listens, and waits until it does.
func startServer(ctx context.Context, role string) (*server, error) {
	cmd, err := roleCommand(ctx, role)
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	s := &server{cmd, strings.TrimSpace(line)}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("the server for %s has not begun: %w", role, err)
	}
	return s, nil
}

// stop ends the server. It may be called again.
func (s *server) stop() {
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()         // it was killed
}

// cpu returns the processor time in seconds that the server took, once it has been stopped.
func (s *server) cpu() float64 {
	p := s.cmd.ProcessState
	return (p.UserTime() + p.SystemTime()).Seconds()
}

// roleCommand returns this program as one of its roles.
func roleCommand(ctx context.Context, role string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	return cmd, nil
}
