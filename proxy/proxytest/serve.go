package proxytest

import (
	"net"
	"sync"
	"testing"

	"imapscope/capture/leaktest"
)

// Serve answers the connections to an address of the loopback interface with serve, each in a
// goroutine of its own, until the test ends, and returns the address. It closes them afterwards,
// and at the end of the test.
func Serve(t testing.TB, serve func(net.Conn)) (addr string) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		conns []net.Conn
	)
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}
