//go:build !unix

package door

import "syscall"

// apart makes a program a process group of its own, where there are such.
func apart() *syscall.SysProcAttr { return nil }
