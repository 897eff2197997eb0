package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerAnswersEachCommandOnce(t *testing.T) {
	for _, x := range []struct{ name, sent, want string }{
		{"lines", "a1 NOOP\r\nb2 SELECT {x}\r\nc3 logout\r\nd4 NOOP\r\n", "a1 OK done\r\nb2 OK done\r\nc3 OK done\r\n"},
		{"literals", "a LOGIN {3}\r\nx\r\n {2}\r\n{9\r\na LOGOUT\r\n", "+ go on\r\n+ go on\r\na OK done\r\na OK done\r\n"},
		{"an end in a literal", "a LOGIN {30}\r\nx\r\n", "+ go on\r\n"},
	} {
		t.Run(x.name, func(t *testing.T) {
			var b strings.Builder
			_ = answer(strings.NewReader(x.sent), &b) // it ends with what was sent
			if got, _ := strings.CutPrefix(b.String(), "* OK ready\r\n"); got != x.want {
				t.Errorf("it answers %q, not %q", got, x.want)
			}
		})
	}
}

func TestClientsSendTheirCommands(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const clients, conns = 3, 2
	served := make(chan error, clients*conns)
	go func() {
		for range cap(served) {
			c, err := l.Accept()
			if err != nil {
				served <- err
				return
			}
			go func() {
				defer c.Close()
				served <- answer(c, c)
			}()
		}
	}()
	if err := sendAll(l.Addr().String(), clients, conns, 5); err != nil {
		t.Error(err)
	}
	for range cap(served) {
		<-served
	}
}

func TestAnsweredIsCountedOverAllCommands(t *testing.T) {
	for text, want := range map[string]int{
		`{"type":"latency","count":4}` + "\n" + `{"type":"latency-all","count":7}` + "\n" + `{"type":"summary"}` + "\n": 7,
		`{"type":"latency","count":4}` + "\n":     0,
		`{"type":"latency-all","count":0}` + "\n": 0,
		"": 0,
	} {
		name := filepath.Join(t.TempDir(), "replay.jsonl")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := answeredIn(name); n != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}
