//go:build unix

package door

import "syscall"

// apart makes a program a process group of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
