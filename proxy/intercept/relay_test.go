package intercept_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// eager is a stage that wants to see every message and changes none.
type eager struct{}

func (eager) Agent(*intercept.Conn) intercept.Agent { return eager{} }
func (eager) Wants(*intercept.Head) bool            { return true }
func (eager) Act(*intercept.Message)                {}
func (eager) Close()                                {}

// chatter returns about n bytes that look like a side's messages, in part.
func chatter(r *rand.Rand, n int) []byte {
	words := []string{
		"a1 NOOP\r\n", "a2 LOGIN {4+}\r\nfred {3}\r\nabc\r\n", "* 3 EXISTS\r\n", "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n", "a1 OK done\r\n",
		"+ go\r\n", "junk\n", "\r\n", "{5}\r\n", "a3 APPEND x {100000+}\r\n" + strings.Repeat("x", 100_000) + "\r\n", "\x00\x01", "\"", "a9 IDLE\r\nDONE\r\n",
	}
	var b []byte
	for len(b) < n {
		b = append(b, words[r.IntN(len(words))]...)
	}
	return b
}

// TestRelaysEverything checks that both directions pass byte for byte, in any pieces, if no
// agent changes anything, and that the end of a direction passes too.
func TestRelaysEverything(t *testing.T) {
	leaktest.Check(t)
	for seed := range uint64(20) {
		for _, stages := range [][]intercept.Stage{nil, {eager{}}} {
			r := rand.New(rand.NewPCG(seed, 1))
			up, down := chatter(r, 300_000), chatter(r, 300_000)
			got := make(chan []byte, 1)
			c := intercepttest.Start(t, func(s net.Conn) {
				sent := make(chan struct{})
				go func() { pieces(s, down, seed); close(sent) }()
				b, _ := io.ReadAll(s)
				<-sent
				got <- b
			}, nil, stages...).Dial()
			go pieces(c, up, seed+1)
			b, err := io.ReadAll(c)
			if err != nil || !bytes.Equal(b, down) {
				t.Fatalf("seed %d, %d stages: the client got %d of %d bytes, equal up to %d, %v", seed, len(stages), len(b), len(down), common(b, down), err)
			}
			if b := <-got; !bytes.Equal(b, up) {
				t.Fatalf("seed %d, %d stages: the server got %d of %d bytes, equal up to %d", seed, len(stages), len(b), len(up), common(b, up))
			}
		}
	}
}

// pieces writes b in pieces of random sizes, and closes the direction.
func pieces(c net.Conn, b []byte, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	for len(b) > 0 {
		n := min(len(b), 1+r.IntN(20_000))
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
		b = b[n:]
	}
	c.(*net.TCPConn).CloseWrite()
}

func common(a, b []byte) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
