package work

import (
	"context"
	"sync"
)

// Do does a unit. An error ends the work of Local; in a queue the unit comes again, unless it is the
// last time.
type Do func(ctx context.Context, unit int, last bool) error

// Local does units in n goroutines, and calls done after each, one call at a time. After an error it
// begins no unit, and returns the first one.
func Local(ctx context.Context, units []int, n int, do Do, done func(unit int)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		mu    sync.Mutex
		first error
		wait  sync.WaitGroup
	)
	next := make(chan int)
	for range max(min(n, len(units)), 1) {
		wait.Go(func() {
			for unit := range next {
				err := do(ctx, unit, true)
				mu.Lock()
				switch {
				case err == nil:
					done(unit)
				case first == nil:
					first = err
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	for _, unit := range units {
		select {
		case next <- unit:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wait.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}
