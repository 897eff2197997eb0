package main

import (
	"bufio"
	"fmt"
	"imapscope/proxy/proxytest"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPortAloneIsLoopback: an address without a host is this machine's only.
func TestPortAloneIsLoopback(t *testing.T) {
	for name, args := range map[string][]string{
		"proxy":   {"proxy", "--upstream", answering(t), "--listen", ":0"},
		"mock":    {"mock", "../../samples/mtest1988--imap-1.pcap", "--listen", ":0"},
		"demo":    {"demo", "--serve", "--text", "--listen", ":0"},
		"metrics": {"proxy", "--upstream", answering(t), "--listen", "0.0.0.0:0", "--metrics", ":0"},
		"hub":     {"hub", "--no-auth", "--store", t.TempDir(), "--listen", ":0"},
		"api":     {"proxy", "--upstream", answering(t), "--listen", "0.0.0.0:0", "--api", ":0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, read, read, args...)
			p.await("Ctrl-C ends it")
			if name == "metrics" {
				p.await("metrics at http://127.0.0.1:")
			}
			if name == "api" {
				p.await("API at http://127.0.0.1:")
			}
			ports := listeningOn(t, p.Process.Pid)
			wide := 0
			for _, a := range ports {
				if a != "0100007F" {
					wide++
				}
			}
			if want := map[string]int{"metrics": 1, "api": 1}[name]; wide != want || len(ports) == 0 {
				t.Errorf("listens on %v", ports)
			}
			p.signal(os.Interrupt)
			p.ends()
		})
	}
}

// listeningOn returns the addresses, as /proc has them, where a process listens.
func listeningOn(t *testing.T, pid int) (addrs []string) {
	t.Helper()
	inodes := map[string]bool{}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
		if m := regexp.MustCompile(`^socket:\[(\d+)\]$`).FindStringSubmatch(to); m != nil {
			inodes[m[1]] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && inodes[f[9]] {
				addr, _, _ := strings.Cut(f[1], ":")
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

// TestWarningsEnd: a limit that is reached again and again, and a server that refuses
// every connection, are reported when it begins and with a count, not each time.
func TestWarningsEnd(t *testing.T) {
	t.Run("max-conns", func(t *testing.T) {
		p := start(t, read, read, "proxy", "-q", "--upstream", answering(t), "--listen", freeAddr(t), "--max-conns", "1")
		for i := range 60 {
			p.talk(fmt.Sprintf("a%d NOOP", i))
		}
		p.signal(os.Interrupt)
		p.ends()
		if n := strings.Count(p.stderr(), "connection limit reached"); n != 1 {
			t.Errorf("%d lines report that the limit is reached", n)
		}
	})
	t.Run("refused", func(t *testing.T) {
		p := start(t, read, read, "proxy", "-q", "--upstream", freeAddr(t), "--listen", freeAddr(t))
		for range 100 {
			c := p.dial()
			_, _ = c.Read(make([]byte, 1)) // until it is closed
			c.Close()
		}
		p.signal(os.Interrupt)
		p.ends()
		if n := strings.Count(p.stderr(), "connection refused"); n < 1 || n > 25 {
			t.Errorf("%d lines report that a connection is refused", n)
		}
		p.await(`\b9\d more like it`)
	})
}

// TestShortageOfDescriptors: a service that runs out of descriptors reports it once, and accepts
// connections again when clients leave.
func TestShortageOfDescriptors(t *testing.T) {
	for name, args := range map[string][]string{
		"proxy": {"proxy", "-q", "--upstream", answering(t)},
		"mock":  {"mock", "../../samples/mtest1988--imap-1.pcap"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &program{t: t, done: make(chan error, 1)}
			p.Cmd = exec.Command("sh", append([]string{"-c", `ulimit -n 40; exec "$0" "$@"`, programFile(t)}, append(args, "--listen", freeAddr(t))...)...)
			p.begin(read, read)
			p.talk("a NOOP")
			var all []net.Conn
			for range 60 {
				all = append(all, p.dial())
			}
			p.await("cannot accept connections")
			for _, c := range all {
				c.Close()
			}
			proxytest.Eventually(t, "a response, once the connections have ended", func() bool {
				c := p.dial()
				defer c.Close()
				return ask(c, "b NOOP") == nil
			})
			p.signal(os.Interrupt)
			if code := p.ends(); code < 0 || code == 2 {
				t.Errorf("exit code %d", code)
			}
			if n := strings.Count(p.stderr(), "cannot accept connections"); n > 20 {
				t.Errorf("%d lines report that connections cannot be accepted", n)
			}
		})
	}
}

// TestDemoOfManyClients: the demo's server refuses clients that are too many, and goes on.
func TestDemoOfManyClients(t *testing.T) {
	p := start(t, read, read, "demo", "--serve", "--text", "--listen", freeAddr(t))
	p.talk("a NOOP")
	var all []net.Conn
	for range 2 * demoConns {
		all = append(all, p.dial())
	}
	refused := 0
	for _, c := range all[:demoConns+4] {
		if line, err := bufio.NewReader(c).ReadString('\n'); err == nil && strings.HasPrefix(line, "* BYE") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no client is refused")
	}
	for _, c := range all {
		c.Close()
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ask(p.dial(), "b NOOP")
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// TestMetricsOfTheProcess: descriptors, goroutines, and for each copy of the traffic its
// queue and its losses.
func TestMetricsOfTheProcess(t *testing.T) {
	at := freeAddr(t)
	recording := filepath.Join(t.TempDir(), "out.pcapng")
	p := start(t, stuck, read, "proxy", "-v", "--upstream", answering(t), "--listen", freeAddr(t), "--metrics", at, "-w", recording)
	p.talk("a NOOP")
	long := "x NOOP " + strings.Repeat("x", 8000)
	c := p.dial()
	for range 1000 {
		if err := ask(c, long); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	p.await("standard output is not being read")
	figures := func() map[string]float64 {
		res, err := http.Get("http://" + at + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got := map[string]float64{}
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			var v float64
			if name, value, ok := strings.Cut(lines.Text(), " "); ok && name != "#" {
				if _, err := fmt.Sscan(value, &v); err == nil {
					got[name] = v
				}
			}
		}
		return got
	}
	var got map[string]float64
	for range 500 { // until the copies have been consumed
		got = figures()
		if got[`imapscope_tap_queue_bytes{tap="display"}`]+got[`imapscope_tap_queue_bytes{tap="recording"}`] == 0 && got["imapscope_unshown_lines_total"] > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for name, least := range map[string]float64{
		"go_goroutines":                                            5,
		"process_open_fds":                                         5,
		"process_max_fds":                                          20,
		"process_resident_memory_bytes":                            1 << 20,
		`imapscope_forwarded_bytes_total{from="client"}`:           8_000_000,
		`imapscope_transactions_total{command="NOOP",status="OK"}`: 1001, // although they are not shown
		"imapscope_unshown_lines_total":                            1,
		"imapscope_refused_connections_total":                      0,
		`imapscope_tap_queue_bytes{tap="display"}`:                 0,
		`imapscope_tap_queue_bytes{tap="recording"}`:               0,
		`imapscope_tap_lost_bytes_total{tap="display"}`:            0,
		`imapscope_tap_lost_bytes_total{tap="recording"}`:          0,
	} {
		if v, ok := got[name]; !ok || v < least {
			t.Errorf("%s is %v, %v; want at least %v", name, v, ok, least)
		}
	}
	p.signal(os.Interrupt)
	if code := p.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
