//go:build !unix

package inspect

import (
	"context"
	"os"
	"os/exec"
)

// inForeground runs a program in the terminal until it ends.
func inForeground(ctx context.Context, words []string) error {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
