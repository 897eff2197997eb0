package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is the client side of a trial.
type load struct {
	addr    string
	tls     *tls.Config // nil: plaintext
	box     mailbox
	buf     []byte
	passed  [2]atomic.Int64 // octets sent and received, of all connections
	timeout time.Duration   // for all that one connection does
	pace    float64         // octets of bulk in a second at most; 0: as many as come
}

// client is one connection.
type client struct {
	net.Conn
	l    *load
	in   *bufio.Reader
	tags int
}

// dial connects and reads the greeting.
func (l *load) dial(ctx context.Context) (*client, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(l.timeout)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if l.tls != nil {
		c = tls.Client(c, l.tls)
	}
	k := &client{Conn: c, l: l}
	k.in = bufio.NewReaderSize(k.received(), 512)
	greeting, err := k.in.ReadString('\n')
	if err == nil && !strings.HasPrefix(greeting, "* OK ") {
		err = fmt.Errorf("the greeting is %q", greeting)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return k, nil
}

// received is the connection as a Reader that counts.
func (c *client) received() io.Reader { return receiver{c} }

type receiver struct{ c *client }

func (r receiver) Read(p []byte) (int, error) {
	n, err := r.c.Conn.Read(p)
	r.c.l.passed[1].Add(int64(n))
	return n, err
}

// send sends a command and gives the tag it has.
func (c *client) send(command string) (tag string, err error) {
	c.tags++
	tag = fmt.Sprintf("a%d", c.tags)
	n, err := io.WriteString(c.Conn, tag+" "+command+"\r\n")
	c.l.passed[0].Add(int64(n))
	return tag, err
}

// do sends a command and reads until it is answered.
func (c *client) do(command string) error {
	tag, err := c.send(command)
	if err != nil {
		return err
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		status, ok := bytes.CutPrefix(line, []byte(tag+" "))
		switch {
		case !ok: // a response, or a line of a mail: none begins with a tag
		case bytes.HasPrefix(status, []byte("OK ")):
			return nil
		default:
			return fmt.Errorf("the answer to %q is %q", tag+" "+command, line)
		}
	}
}

// begin connects as far as the mailbox.
func (l *load) begin(ctx context.Context) (*client, error) {
	c, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	for _, command := range []string{"LOGIN smith sesame", "SELECT INBOX"} {
		if err := c.do(command); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// logout ends the connection as IMAP wants it, and reads to the end.
func (c *client) logout() error {
	err := c.do("LOGOUT")
	if err == nil {
		_, err = io.Copy(io.Discard, c.in)
	}
	return errors.Join(err, c.Close())
}

// bulk fetches the whole mailbox again and again until so many octets have come.
func (c *client) bulk(octets int64) (n int64, err error) {
	begin := time.Now()
	for n < octets {
		tag, err := c.send(fmt.Sprintf("FETCH 1:%d RFC822", c.l.box.mails))
		if err != nil {
			return n, err
		}
		ok := []byte(tag + " OK FETCH completed\r\n")
		left := len(c.l.box.fetch) + len(ok)
		n += int64(left)
		var tail []byte
		for left > 0 {
			m, err := c.received().Read(c.l.buf[:min(left, len(c.l.buf))])
			left -= m
			tail = append(tail, c.l.buf[max(0, m-len(ok)):m]...)
			tail = tail[max(0, len(tail)-len(ok)):]
			if c.l.pace > 0 {
				due := float64(n-int64(left)) / c.l.pace * float64(time.Second)
				time.Sleep(time.Duration(due) - time.Since(begin))
			}
			if err != nil && left > 0 {
				return n, fmt.Errorf("FETCH: %w, %d bytes early", err, left)
			}
		}
		if !bytes.Equal(tail, ok) {
			return n, fmt.Errorf("FETCH ends with %q, not with %q", tail, ok)
		}
	}
	return n, nil
}

// noops gives how long each of n NOOPs took.
func (c *client) noops(n int) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	for i := range took {
		begin := time.Now()
		if err := c.do("NOOP"); err != nil {
			return nil, err
		}
		took[i] = time.Since(begin)
	}
	return took, nil
}

// connect has n connections come and go, several at once, and gives how many it were
// in a second.
func (l *load) connect(ctx context.Context, n int) (float64, error) {
	const atOnce = 8
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	errs := make([]error, atOnce)
	begin := time.Now()
	for i := range errs {
		wg.Go(func() {
			for errs[i] == nil && left.Add(-1) >= 0 {
				var c *client
				if c, errs[i] = l.dial(ctx); errs[i] == nil {
					errs[i] = c.logout()
				}
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(begin).Seconds(), errors.Join(errs...)
}

// idle opens n connections as far as the mailbox, each of which fetched a mail, and
// leaves them open until done is called.
func (l *load) idle(ctx context.Context, n int) (done func() error, err error) {
	var open []*client
	done = func() error {
		var errs []error
		for _, c := range open {
			errs = append(errs, c.logout())
		}
		return errors.Join(errs...)
	}
	for range n {
		c, err := l.begin(ctx)
		if err != nil {
			return nil, errors.Join(err, done())
		}
		open = append(open, c)
		if err := c.do("FETCH 1 RFC822"); err != nil {
			return nil, errors.Join(err, done())
		}
	}
	return done, nil
}
