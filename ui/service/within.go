package service

import (
	"context"
	"fmt"
	"time"
)

// Within calls f and returns its error. Once ctx is done, f may take no longer than d: it is
// abandoned then, and the error names it.
func Within(ctx context.Context, d time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return fmt.Errorf("%s did not end within %s", what, d)
	}
}
