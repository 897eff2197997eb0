package run

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"
)

// Limited runs a program once that connects to the proxy at addr by itself, as Options.Pointed
// says, until ctx ends: then the program and what it has started are killed. Its standard
// input is empty. The code is as a shell has it.
func Limited(ctx context.Context, args []string, addr string, stdout, stderr io.Writer) (code int, err error) {
	env, args := pointed(os.Environ(), args, addr)
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Env, c.Stdout, c.Stderr = env, stdout, stderr
	c.WaitDelay = time.Second // for what it started and that has its output
	alone(c)
	if err := c.Start(); err != nil {
		return 0, err
	}
	err = c.Wait()
	if errors.Is(err, exec.ErrWaitDelay) { // it ended, but what it started goes on
		err = nil
	}
	return exitCode(err), nil
}
