package intercept_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"imapscope/decode/filter"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// front runs a proxy with a Hook, or without if it is nil, in front of a server.
func front(b *testing.B, play func(net.Conn), hook proxy.Hook) net.Conn {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); play(c) }()
		}
	}()
	l, err := proxy.Listen(b.Context(), "127.0.0.1:0", false)
	if err != nil {
		b.Fatal(err)
	}
	p := &proxy.Proxy{Target: proxy.Fixed(up.Addr().String()), Hook: hook}
	done := make(chan error, 1)
	go func() { done <- p.Serve(b.Context(), l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close(); up.Close(); p.Close(); <-done })
	return c
}

// hooks are the ways to relay that are compared.
func hooks(b *testing.B, run func(b *testing.B, hook proxy.Hook)) {
	nothing, err := filter.Compile(`command == "NOTHING"`)
	if err != nil {
		b.Fatal(err)
	}
	rule := func(what intercept.What) proxy.Hook {
		h := intercept.NewHolds()
		h.SetRules([]intercept.Rule{{What: what, Filter: nothing}})
		return intercept.New(intercept.Options{Stages: []intercept.Stage{h}, Row: intercepttest.Row})
	}
	for _, w := range []struct {
		name string
		hook func() proxy.Hook
	}{
		{"relay", func() proxy.Hook { return nil }},
		{"engine", func() proxy.Hook { return intercept.New(intercept.Options{}) }},
		{"commands", func() proxy.Hook { return rule(intercept.Commands) }},
		{"exchanges", func() proxy.Hook { return rule(intercept.Exchanges) }},
	} {
		b.Run(w.name, func(b *testing.B) { b.ReportAllocs(); run(b, w.hook()) })
	}
}

// BenchmarkRoundTrip sends NOOP and waits for the answer.
func BenchmarkRoundTrip(b *testing.B) {
	hooks(b, func(b *testing.B, hook proxy.Hook) {
		answer := []byte("A001 OK NOOP done\r\n")
		c := front(b, func(c net.Conn) {
			buf := make([]byte, 4096)
			for {
				if _, err := c.Read(buf); err != nil {
					return
				}
				if _, err := c.Write(answer); err != nil {
					return
				}
			}
		}, hook)
		line, buf := []byte("A001 NOOP\r\n"), make([]byte, len(answer))
		var took []time.Duration
		for b.Loop() {
			from := time.Now()
			if _, err := c.Write(line); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(from))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
	})
}

// BenchmarkFetch fetches a message of 1 MiB.
func BenchmarkFetch(b *testing.B) {
	const size = 1 << 20
	answer := slices.Concat([]byte("* 1 FETCH (BODY[] {1048576}\r\n"), bytes.Repeat([]byte("x"), size), []byte(")\r\nA001 OK FETCH done\r\n"))
	hooks(b, func(b *testing.B, hook proxy.Hook) {
		c := front(b, func(c net.Conn) {
			s := bufio.NewScanner(c)
			for s.Scan() {
				if _, err := c.Write(answer); err != nil {
					return
				}
			}
		}, hook)
		b.SetBytes(size)
		buf := make([]byte, len(answer))
		for b.Loop() {
			if _, err := io.WriteString(c, "A001 FETCH 1 BODY[]\r\n"); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
