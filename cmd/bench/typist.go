package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A typist presses keys at a terminal, and times how long the screen takes to change as it should.
type typist struct {
	cmd     *exec.Cmd
	control *os.File
	screen  *screen
	begin   time.Time // of the program
	patient time.Duration
	ended   bool // the program has closed the terminal
}

// The size of the terminal, in characters.
const (
	termRows = 40
	termCols = 120
)

// patience is how long a screen may take to change.
const patience = 60 * time.Second

// startTypist runs a program on a terminal.
func startTypist(ctx context.Context, program string, args ...string) (*typist, error) {
	control, terminal, err := openTerminal(termRows, termCols)
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NO_COLOR=") }), "TERM=xterm-256color")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it removes its spool
	onTerminal(cmd, terminal)
	t := &typist{cmd: cmd, control: control, screen: newScreen(termRows, termCols), begin: time.Now(), patient: patience}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, control.Close())
	}
	return t, nil
}

// see reads what the program writes until done is true of what is on the screen, and returns
// when that had been read. It reads at least once.
func (t *typist) see(what string, done func(is *sight) bool) (time.Time, error) {
	limit := time.Now().Add(t.patient)
	if err := t.control.SetReadDeadline(limit); err != nil {
		return time.Time{}, err
	}
	var buf [64 << 10]byte
	for {
		n, err := t.control.Read(buf[:])
		at := time.Now()
		if err != nil {
			t.ended = !errors.Is(err, os.ErrDeadlineExceeded)
			return at, fmt.Errorf("%s: waiting for the screen to change: %w; it is\n%s", what, err, t.screen)
		}
		_, _ = t.screen.Write(buf[:n]) // never fails
		if is := t.screen.look(); done(&is) {
			return at, nil
		}
		if at.After(limit) {
			return at, fmt.Errorf("%s: the screen has not changed as it should; it is\n%s", what, t.screen)
		}
	}
}

// rest shows what the program writes for a while.
func (t *typist) rest(pause time.Duration) error {
	begin := time.Now()
	for {
		left := pause - time.Since(begin)
		if left <= 0 {
			return nil
		}
		patient := t.patient
		t.patient = left
		_, err := t.see("resting", func(*sight) bool { return false })
		t.patient = patient
		if t.ended {
			return err
		}
	}
}

// press presses a key, and returns how long it took until done was true of what was on the screen
// before it and is now.
func (t *typist) press(key string, done func(was, is *sight) bool) (time.Duration, error) {
	was := t.screen.look()
	begin := time.Now()
	if _, err := t.control.WriteString(key); err != nil {
		return 0, err
	}
	at, err := t.see(fmt.Sprintf("key %q", key), func(is *sight) bool { return done(&was, is) })
	return at.Sub(begin), err
}

// quit ends the program, and returns what it took.
func (t *typist) quit() (sample, error) {
	defer t.control.Close()
	if _, err := t.control.WriteString("Q"); err != nil {
		return nil, errors.Join(err, t.cmd.Process.Kill(), t.cmd.Wait())
	}
	if _, err := t.see("quitting", func(*sight) bool { return false }); !t.ended {
		return nil, errors.Join(err, t.cmd.Process.Kill(), t.cmd.Wait())
	}
	if err := t.cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(t.screen.String()))
	}
	return sample{peak.afterwards(): float64(peakOf(t.cmd.ProcessState))}, nil
}
