package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
)

// serving is a server that does with each connection what serve does, then closes it.
func serving(t *testing.T, serve func(c *net.TCPConn)) (addr string) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	over := make(chan struct{})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				done := make(chan struct{})
				go func() {
					select {
					case <-over:
						c.SetDeadline(time.Now())
					case <-done:
					}
				}()
				serve(c.(*net.TCPConn))
				c.Close()
				close(done)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		close(over)
		all.Wait()
	})
	return l.Addr().String()
}

// okay answers each line OK, and with the line itself.
func okay(c *net.TCPConn) {
	fmt.Fprint(c, "* OK ready\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		tag, rest, _ := strings.Cut(lines.Text(), " ")
		fmt.Fprintf(c, "* OK was asked: %s\r\n%s OK done\r\n", rest, tag)
	}
}

// dialogue is a client's end of a connection, and what came through it.
type dialogue struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *dialogue {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	// Only so that a failing test ends.
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	return &dialogue{c.(*net.TCPConn), t, bufio.NewReader(c)}
}

// hear wants these bytes next.
func (d *dialogue) hear(want string) {
	d.t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(d.r, got); err != nil || string(got) != want {
		d.t.Fatalf("heard %q, %v; want %q", got[:n], err, want)
	}
}

// ask has a command answered by okay.
func (d *dialogue) ask(tag, command string) {
	d.t.Helper()
	fmt.Fprintf(d, "%s %s\r\n", tag, command)
	d.hear(fmt.Sprintf("* OK was asked: %s\r\n%s OK done\r\n", command, tag))
}

// end wants nothing more to come, and gives why: nil is an orderly close.
func (d *dialogue) end() error {
	d.t.Helper()
	b, err := io.ReadAll(d.r)
	if len(b) > 0 {
		d.t.Fatalf("heard %q too", b)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		d.t.Fatal("the connection does not end")
	}
	return err
}

// refused wants that no one listens at addr any longer.
func refused(t *testing.T, addr string) {
	t.Helper()
	proxytest.Eventually(t, "no more connections are taken", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}
