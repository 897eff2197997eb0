package hub_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"imapscope/capture"
	"imapscope/capture/hub"
)

// BenchmarkSensors measures one hub with ten sensors, and a reader: each iteration is a
// transaction of some sensor, published, acknowledged and read. The hub, the sensors and the reader
// share the processors. With many connections few transactions share a message.
func BenchmarkSensors(b *testing.B) {
	for _, conns := range []int{20, 1000} {
		b.Run(fmt.Sprintf("in process/%d connections", 10*conns), func(b *testing.B) { benchSensors(b, startServer(b), 10, conns) })
		b.Run(fmt.Sprintf("nats-server/%d connections", 10*conns), func(b *testing.B) { benchSensors(b, startProcess(b), 10, conns) })
	}
}

// startProcess starts the nats-server that is installed.
func startProcess(b *testing.B) *natsServer {
	b.Helper()
	program, err := exec.LookPath("nats-server")
	if err != nil {
		b.Skip("NOT MEASURED: nats-server is not installed: apt-get install nats-server")
	}
	n := &natsServer{t: b, dir: b.TempDir(), port: server.RANDOM_PORT}
	n.start() // which finds a free port
	n.stop()
	c := exec.Command(program, "-a", "127.0.0.1", "-p", fmt.Sprint(n.port), "-js", "-sd", b.TempDir())
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	for range 500 {
		if l, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.port)); err == nil {
			l.Close()
			return n
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("nats-server does not listen")
	return nil
}

func benchSensors(b *testing.B, n *natsServer, sensors, conns int) {
	var all []session
	for k := range sensors * conns {
		all = append(all, sessionOf("", k, (b.N+k)/(sensors*conns)))
	}
	ended, messages := 0, int64(0)
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(b.Context())
	var reader sync.WaitGroup
	reader.Go(func() {
		source := &hub.Source{Address: address(b, n.url("from=start"))}
		_ = source.Run(ctx, sinkFunc(func(e *capture.Event) error { // it ends with its context
			if e.Kind == capture.Closed {
				if ended++; ended == len(all) {
					close(done)
				}
			}
			return nil
		}))
		messages = source.Figures().Messages
	})
	publishers := make([]*hub.Publisher, sensors)
	for s := range publishers {
		publishers[s] = publish(b, n.url(fmt.Sprintf("sensor=s%d", s)), hub.PublishOptions{Linger: time.Millisecond})
	}
	b.ReportAllocs()
	b.ResetTimer()
	var running sync.WaitGroup
	for s, p := range publishers {
		running.Go(func() {
			each := all[s*conns : s*conns+conns]
			if err := report(p, each); err != nil {
				b.Error(err)
			}
			finish(b, p)
		})
	}
	running.Wait()
	<-done
	b.StopTimer()
	cancel()
	reader.Wait()
	b.ReportMetric(float64(b.N)/float64(messages), "transactions/message")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transactions/s")
}
