//go:build unix

package run

import (
	"os/exec"
	"syscall"
)

// alone gives a program a process group of its own, which is killed with it.
func alone(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
