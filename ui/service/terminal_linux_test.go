package service_test

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"imapscope/capture/leaktest"
	"imapscope/ui/service"
)

// TestTerminalThatHasGoneIsNoFailure: what is written between the moment a terminal closes and
// SIGHUP is not an error of a service. Nor is it under nohup, where no signal comes.
func TestTerminalThatHasGoneIsNoFailure(t *testing.T) {
	leaktest.Check(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	master.Close()

	var errs bytes.Buffer
	s := service.Outlive(t.Context(), terminal, &errs, true)
	fmt.Fprintln(s.Out, "* OK")
	var failed error
	s.Close(&failed)
	if failed != nil || bytes.Contains(errs.Bytes(), []byte("input/output error")) {
		t.Errorf("%v\n%s", failed, &errs)
	}
}
