package proxytest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A Capture is a tcpdump on loopback that runs until Stop.
type Capture struct {
	*Process
	file string
	mark net.PacketConn // no one reads from it
}

// Tcpdump captures what crosses loopback from and to TCP ports into a file, from when
// it returns. It wants the privilege to; without it the test skips aloud.
func Tcpdump(t testing.TB, file string, ports ...string) *Capture {
	t.Helper()
	program := Peer(t, "tcpdump", "tcpdump")
	mark, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mark.Close() })
	_, port, _ := net.SplitHostPort(mark.LocalAddr().String())
	filter := "udp port " + port
	for _, p := range ports {
		filter += " or tcp port " + p
	}
	args := []string{"-i", "lo", "-n", "-U", "--immediate-mode", "-B", "65536", "-s", "0", "-w", file}
	if os.Getuid() == 0 {
		args = append(args, "-Z", "root") // else it writes as a user of its own, which may not
	}
	c := &Capture{Process: Start(t, exec.Command(program, append(args, filter)...)), file: file, mark: mark}
	Eventually(t, "tcpdump listens", func() bool {
		select {
		case <-c.Done():
			if os.Getuid() != 0 {
				t.Skipf("NOT TESTED: tcpdump may not capture: %s", c.Err)
			}
			t.Fatalf("tcpdump: %s", c.Err)
		default:
		}
		return strings.Contains(c.Err.String(), "listening on")
	})
	return c
}

// Stop ends the capture when everything that was sent before is in it, and fails the
// test if anything was dropped.
func (c *Capture) Stop(t testing.TB) {
	t.Helper()
	const last = "the last datagram of this capture"
	if _, err := c.mark.WriteTo([]byte(last), c.mark.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	Eventually(t, "the capture holds what was sent last", func() bool {
		b, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(b, []byte(last))
	})
	_ = c.Signal(syscall.SIGINT)
	c.Wait(t)
	if !strings.Contains(c.Err.String(), "\n0 packets dropped by kernel") {
		t.Fatalf("tcpdump: %s", c.Err)
	}
}
