//go:build unix

package inspect

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/ui/view"
)

// editorGrace is how long an editor may take to end when the inspector ends.
const editorGrace = time.Second

// inForeground runs a program in the terminal until it ends. Ctrl-C and Ctrl-Z there concern it
// alone: it is a process group of its own, and goes on if it was stopped, because no shell could
// make it go on.
func inForeground(ctx context.Context, words []string) error {
	const tty = 0 // standard input; the inspector needs a terminal there
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: tty}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = editorGrace
	signal.Ignore(syscall.SIGTTOU) // else taking the terminal back would stop this process
	defer signal.Reset(syscall.SIGTTOU)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	defer signal.Stop(children)
	fmt.Printf("imapscope waits for %s to end; Ctrl-C may end it. The traffic goes on.\n", view.Inert(words[0]))
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if e := unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, unix.Getpgrp()); err == nil {
				err = e
			}
			return err
		case <-children:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT) // it may have ended
		}
	}
}
