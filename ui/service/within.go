package service

import (
	"fmt"
	"time"
)

// Within calls f and returns its error. If f takes longer than d, it is abandoned, and the
// error says what took too long.
func Within(d time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return fmt.Errorf("%s did not end within %s", what, d)
	}
}
