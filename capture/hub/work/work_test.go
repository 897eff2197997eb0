package work_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"imapscope/capture/hub"
	"imapscope/capture/hub/work"
)

// connect returns a connection to a server of its own.
func connect(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	nc, err := hub.Connect(s.ClientURL(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// units are numbers from 0, and which of them were done, how often.
type units struct {
	mu   sync.Mutex
	done map[int]int
}

func (u *units) do(_ context.Context, unit int, _ bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.done == nil {
		u.done = make(map[int]int)
	}
	u.done[unit]++
	return nil
}

func (u *units) has(unit int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.done[unit] > 0
}

func first(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestLocalDoesEachUnitOnce(t *testing.T) {
	for _, n := range []int{1, 2, 7, 100} {
		var u units
		seen := 0
		if err := work.Local(t.Context(), first(20), n, u.do, func(int) { seen++ }); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if u.done[i] != 1 {
				t.Errorf("%d goroutines did unit %d %d times", n, i, u.done[i])
			}
		}
		if seen != 20 {
			t.Errorf("%d goroutines reported %d units", n, seen)
		}
	}
}

func TestLocalStopsAtAnError(t *testing.T) {
	bad := errors.New("the disk is full")
	var begun atomic.Int64
	err := work.Local(t.Context(), first(1000), 2, func(ctx context.Context, unit int, last bool) error {
		begun.Add(1)
		if unit == 3 {
			return bad
		}
		return nil
	}, func(int) {})
	if !errors.Is(err, bad) || begun.Load() == 1000 {
		t.Errorf("%v after %d units", err, begun.Load())
	}
}

func TestLocalStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := work.Local(ctx, first(1000), 2, func(context.Context, int, bool) error {
		cancel()
		return nil
	}, func(int) {})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func notOver() bool { return false }

// serve starts workers of a job, which end by themselves.
func serve(t *testing.T, nc *nats.Conn, n int, do work.Do) (wait func()) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := work.Serve(t.Context(), nc, work.Worker{ID: "job", N: 2, Do: do, Over: notOver}); err != nil {
				t.Error(err)
			}
		})
	}
	return all.Wait
}

func TestWorkersDoAllUnitsAndEnd(t *testing.T) {
	nc := connect(t)
	var u units
	wait := serve(t, nc, 3, u.do) // they come before the work does
	reported := 0
	lost, err := work.Coordinate(t.Context(), nc, work.Job{ID: "job", Done: u.has}, first(50), func(int) { reported++ })
	wait()
	if err != nil || len(lost) > 0 || reported != 50 {
		t.Errorf("lost %v, reported %d: %v", lost, reported, err)
	}
	for i := range 50 {
		if u.done[i] != 1 {
			t.Errorf("unit %d was done %d times", i, u.done[i])
		}
	}
}

// TestSilentWorkerLosesItsUnit has a worker that takes a unit and is not heard of again.
func TestSilentWorkerLosesItsUnit(t *testing.T) {
	nc := connect(t)
	var u units
	taken, release := make(chan struct{}), make(chan struct{})
	stuck, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	away, err := hub.Connect(nc.ConnectedUrl(), "")
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	all.Go(func() {
		_, err := work.Serve(stuck, away, work.Worker{ID: "job", N: 1, Over: notOver, Do: func(context.Context, int, bool) error {
			once.Do(func() {
				away.Close() // nothing that it says arrives
				close(taken)
			})
			<-release
			return nil
		}})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, nats.ErrConnectionClosed) {
			t.Error(err)
		}
	})
	all.Go(func() {
		<-taken
		wait := serve(t, nc, 1, u.do)
		wait()
	})
	job := work.Job{ID: "job", Done: u.has, AckWait: time.Second}
	lost, err := work.Coordinate(t.Context(), nc, job, first(5), func(int) {})
	if err != nil || len(lost) > 0 {
		t.Errorf("lost %v: %v", lost, err)
	}
	cancel()
	close(release)
	all.Wait()
}

// TestUnitThatNoWorkerCompletesIsLost has a unit that fails each time.
func TestUnitThatNoWorkerCompletesIsLost(t *testing.T) {
	nc := connect(t)
	var u units
	var tries atomic.Int64
	wait := serve(t, nc, 2, func(ctx context.Context, unit int, last bool) error {
		if unit == 2 {
			if n := tries.Add(1); last != (n == work.MaxDeliver) {
				t.Errorf("attempt %d: last is %v", n, last)
			}
			return errors.New("it does not work")
		}
		return u.do(ctx, unit, last)
	})
	lost, err := work.Coordinate(t.Context(), nc, work.Job{ID: "job", Done: u.has, AckWait: time.Second}, first(5), func(int) {})
	wait()
	if err != nil || fmt.Sprint(lost) != "[2]" || tries.Load() != work.MaxDeliver {
		t.Errorf("lost %v after %d attempts: %v", lost, tries.Load(), err)
	}
}

// TestSecondCoordinatorContinues has a coordinator that ends while workers are at work.
func TestSecondCoordinatorContinues(t *testing.T) {
	nc := connect(t)
	var u units
	ctx, cancel := context.WithCancel(t.Context())
	wait := serve(t, nc, 2, func(_ context.Context, unit int, last bool) error {
		if unit == 10 {
			cancel()
		}
		return u.do(ctx, unit, last)
	})
	job := work.Job{ID: "job", Done: u.has}
	if _, err := work.Coordinate(ctx, nc, job, first(200), func(int) {}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var missing []int
	for i := range 200 {
		if !u.has(i) {
			missing = append(missing, i)
		}
	}
	lost, err := work.Coordinate(t.Context(), nc, job, missing, func(int) {})
	wait()
	if err != nil || len(lost) > 0 || len(u.done) != 200 {
		t.Errorf("lost %v, %d done: %v", lost, len(u.done), err)
	}
}

func TestForeignMessagesAreNoWork(t *testing.T) {
	nc := connect(t)
	var u units
	wait := serve(t, nc, 1, func(ctx context.Context, unit int, last bool) error {
		if unit == 0 { // what someone else put there
			for _, subject := range []string{"scan.job.x", "scan.job.-1", "scan.job.99999999999999999999", "scan.job."} {
				_ = nc.Publish(subject, []byte("something"))
			}
		}
		return u.do(ctx, unit, last)
	})
	lost, err := work.Coordinate(t.Context(), nc, work.Job{ID: "job", Done: u.has}, first(5), func(int) {})
	wait()
	if err != nil || len(lost) > 0 || len(u.done) != 5 {
		t.Errorf("lost %v, done %v: %v", lost, u.done, err)
	}
}

// TestWorkersEndWhenTheJobIsOver has a job that is completed without its workers, whose queue stays.
func TestWorkersEndWhenTheJobIsOver(t *testing.T) {
	nc := connect(t)
	var over atomic.Bool
	begun := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		did, err := work.Serve(t.Context(), nc, work.Worker{ID: "job", N: 1, Over: over.Load, Do: func(context.Context, int, bool) error {
			if !over.Swap(true) {
				close(begun)
			}
			return errors.New("it has been removed")
		}})
		if did != 0 || err != nil {
			t.Error(did, err)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	all.Go(func() {
		<-begun
		cancel()
	})
	if _, err := work.Coordinate(ctx, nc, work.Job{ID: "job", Done: notDone}, first(3), func(int) {}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	all.Wait()
	// A worker that comes afterwards ends as well, although there is no queue of its job.
	if did, err := work.Serve(t.Context(), nc, work.Worker{ID: "other", N: 1, Over: over.Load}); did != 0 || err != nil {
		t.Error(did, err)
	}
}

func notDone(int) bool { return false }
