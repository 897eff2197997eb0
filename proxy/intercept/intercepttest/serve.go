// Package intercepttest runs a proxy with stages of an intercept.Engine, for tests.
package intercepttest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
)

// Row fills in what the filters of tests need of a message.
func Row(r *filter.Row, c *capture.Conn, m *decode.Message) {
	*r = filter.Row{Conn: int(c.ID), Kind: m.Word}
	if m.Txn != nil {
		r.Command, r.N, r.Tag = m.Txn.Command, m.Txn.N, m.Txn.Tag
	}
}

// A Rig is a proxy and the server behind it.
type Rig struct {
	Addr   string // of the proxy
	Engine *intercept.Engine
	tb     testing.TB
}

// Start runs a proxy in front of a server that play plays, for each connection. Both end with
// the test. The sink may be nil.
func Start(tb testing.TB, play func(net.Conn), sink capture.Sink, stages ...intercept.Stage) *Rig {
	tb.Helper()
	return StartWith(tb, play, sink, intercept.Options{Stages: stages, Row: Row})
}

// StartWith is Start with an Engine of these options.
func StartWith(tb testing.TB, play func(net.Conn), sink capture.Sink, o intercept.Options) *Rig {
	tb.Helper()
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() {
				play(c)
				c.Close()
			}()
		}
	}()
	ctx, cancel := context.WithCancel(context.Background())
	l, err := proxy.Listen(ctx, "127.0.0.1:0", false)
	if err != nil {
		tb.Fatal(err)
	}
	e := intercept.New(o)
	p := &proxy.Proxy{Target: proxy.Fixed(up.Addr().String()), Hook: e, Sink: sink}
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, l) }()
	tb.Cleanup(func() {
		up.Close()
		cancel()
		p.Close()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return &Rig{Addr: l.Addr().String(), Engine: e, tb: tb}
}

// Dial connects to the proxy. The connection is closed with the test.
func (r *Rig) Dial() *net.TCPConn {
	r.tb.Helper()
	c, err := net.Dial("tcp", r.Addr)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.tb.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// Answers plays a server that repeats each command and answers it OK.
func Answers(c net.Conn) {
	fmt.Fprint(c, "* OK ready\r\n")
	s := bufio.NewScanner(c)
	for s.Scan() {
		tag, command, _ := strings.Cut(s.Text(), " ")
		fmt.Fprintf(c, "* OK got %s\r\n%s OK done\r\n", command, tag)
	}
}
