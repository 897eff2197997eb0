package intercept_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"weak"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// waits is a stage that keeps requests back: by a gate that never opens, or for an hour.
type waits struct {
	delay bool
	held  atomic.Int64
	conns chan weak.Pointer[intercept.Conn]
}

func (w *waits) Agent(c *intercept.Conn) intercept.Agent {
	if w.conns != nil {
		w.conns <- weak.Make(c)
	}
	return w
}
func (*waits) Wants(h *intercept.Head) bool                 { return h.Dir == capture.ClientToServer }
func (*waits) Close()                                       {}
func (*waits) Released(raw []byte) (out []byte, ready bool) { return raw, false }
func (w *waits) Act(m *intercept.Message) {
	w.held.Add(1)
	if !w.delay {
		m.Hold(w)
		return
	}
	m.Shape(func(raw []byte) []intercept.Piece {
		return []intercept.Piece{{Wait: time.Hour, Data: raw}}
	}, capture.ByFault, "delayed")
}

// TestFloodWhileHeld has a client that floods with the shortest messages while the first one is
// held: reading stops, and few of them are kept.
func TestFloodWhileHeld(t *testing.T) {
	leaktest.Check(t)
	w := new(waits)
	c := intercepttest.Start(t, intercepttest.Answers, nil, w).Dial()
	flood := make([]byte, 64<<20)
	for i := range flood {
		flood[i] = '\n'
	}
	wrote := make(chan int, 1)
	go func() {
		n, _ := c.Write(flood)
		wrote <- n
	}()
	last, same := int64(-1), 0
	for deadline := time.Now().Add(time.Minute); same < 20 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		n := w.held.Load()
		if same++; n != last || n == 0 {
			last, same = n, 0
		}
	}
	c.Close()
	if n := <-wrote; n == len(flood) {
		t.Error("the whole flood was read")
	}
	if last == 0 || last > 10_000 {
		t.Errorf("%d messages are held", last)
	}
}

// TestNothingIsLeft ends connections while something waits, and checks that no timer or
// goroutine holds them any more.
func TestNothingIsLeft(t *testing.T) {
	ends := map[string]func(*net.TCPConn){
		"closed": func(c *net.TCPConn) { c.CloseWrite() },
		"reset":  func(c *net.TCPConn) { c.SetLinger(0) },
	}
	for name, end := range ends {
		for _, text := range []string{"", "a1 NO", "a1 NOOP\r\n", "a1 APPEND x {5}\r\n", "a1 APPEND x {5}\r\nhe", "a1 APPEND x {5+}\r\nhello\r\n"} {
			for _, delay := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %q, delay %t", name, text, delay), func(t *testing.T) {
					leaktest.Check(t)
					w := &waits{delay: delay, conns: make(chan weak.Pointer[intercept.Conn], 1)}
					server := make(chan net.Conn, 1)
					c := intercepttest.Start(t, func(s net.Conn) {
						fmt.Fprint(s, "* OK ready\r\n")
						server <- s
						io.Copy(io.Discard, s)
					}, nil, w).Dial()
					greeted(t, c, 20*time.Second)
					io.WriteString(c, text)
					end(c)
					c.Close()
					s := <-server
					s.(*net.TCPConn).SetLinger(0)
					s.Close()
					gone := <-w.conns
					for deadline := time.Now().Add(20 * time.Second); gone.Value() != nil; runtime.GC() {
						if time.Now().After(deadline) {
							t.Fatal("something holds the connection")
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
		}
	}
}

// TestManyConnections passes commands on many connections at once, of which every other one is
// reset.
func TestManyConnections(t *testing.T) {
	leaktest.Check(t)
	rig := intercepttest.Start(t, intercepttest.Answers, nil, eager{})
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			c, err := net.Dial("tcp", rig.Addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			fmt.Fprint(c, "a1 NOOP\r\n")
			want := "* OK ready\r\n* OK got NOOP\r\na1 OK done\r\n"
			b := make([]byte, len(want))
			c.SetDeadline(time.Now().Add(time.Minute))
			if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
				t.Errorf("%q, %v", b, err)
			}
			if i%2 == 0 {
				c.(*net.TCPConn).SetLinger(0)
			}
		})
	}
	wg.Wait()
}

// TestResetPasses has one side send and reset: the other one gets the bytes, then a reset.
func TestResetPasses(t *testing.T) {
	for _, stages := range [][]intercept.Stage{nil, {eager{}}} {
		t.Run(fmt.Sprintf("%d stages", len(stages)), func(t *testing.T) {
			leaktest.Check(t)
			const text = "* OK ready\r\n* 1 FETCH (BODY[] {5}\r\nhel"
			c := intercepttest.Start(t, func(s net.Conn) {
				io.ReadFull(s, make([]byte, 1))
				io.WriteString(s, text)
				time.Sleep(50 * time.Millisecond) // a RST overtakes what the proxy's kernel has not got yet
				s.(*net.TCPConn).SetLinger(0)
			}, nil, stages...).Dial()
			fmt.Fprint(c, "a1 NOOP\r\n")
			c.SetReadDeadline(time.Now().Add(20 * time.Second))
			got, err := io.ReadAll(c)
			if string(got) != text || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
