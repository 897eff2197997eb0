package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// openTerminal opens a pseudo-terminal of a size, in characters. What is written to control is
// typed, and what is read from it is what a program writes to the terminal.
func openTerminal(rows, cols int) (control, terminal *os.File, err error) {
	control, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	conn, err := control.SyscallConn() // Fd would make reads block
	if err != nil {
		return nil, nil, errors.Join(err, control.Close())
	}
	var number int
	err = errors.Join(conn.Control(func(fd uintptr) {
		var errs [3]error
		number, errs[0] = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		errs[1] = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		errs[2] = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(rows), Col: uint16(cols)})
		err = errors.Join(errs[:]...)
	}), err)
	if err == nil {
		terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("opening a pseudo-terminal: %w", errors.Join(err, control.Close()))
	}
	return control, terminal, nil
}

// onTerminal has cmd run on a terminal, in a session of its own.
func onTerminal(cmd *exec.Cmd, terminal *os.File) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
}
