package run

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
)

// need skips aloud, or fails where peers are required.
func need(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") == "1" {
		t.Fatalf("missing: %s", missing)
	}
	t.Skipf("SKIPPED: missing: %s", missing)
}

// speaker is a server that answers what it reads with a word before it.
func speaker(t *testing.T, network, word string) (addr string) {
	t.Helper()
	l, err := net.Listen(network, "localhost:0")
	if err != nil {
		t.Skipf("SKIPPED: no %s here: %v", network, err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 100)
			n, _ := c.Read(b)
			io.WriteString(c, word+string(b[:n]))
			c.Close()
		}
	}()
	return l.Addr().String()
}

func portOf(t *testing.T, addr string) uint16 {
	t.Helper()
	_, p, _ := net.SplitHostPort(addr)
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

// In the namespace every TCP connection and every DNS query comes to us, and nothing else
// leads anywhere; with nft, and with iptables where there is no nft.
func TestNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		need(t, "root, for network namespaces")
	}
	for _, firewall := range []string{"nft", "iptables"} {
		t.Run(firewall, func(t *testing.T) {
			bin := t.TempDir()
			for _, program := range []string{"nft", "iptables", "ip6tables"} {
				at, err := exec.LookPath(program)
				if err != nil {
					need(t, program)
				}
				if strings.HasSuffix(program, strings.TrimPrefix(firewall, "ip")) {
					if err := os.Symlink(at, filepath.Join(bin, program)); err != nil {
						t.Fatal(err)
					}
				}
			}
			t.Setenv("PATH", bin)
			imap, implicit, other := speaker(t, "tcp4", "imap "), speaker(t, "tcp4", "tls "), speaker(t, "tcp4", "other ")
			resolver := echo(t)
			for name, test := range map[string]struct {
				network, addr string
				want          string
				by            string
			}{
				"IMAP":            {"tcp", imap, "imap hi", "plain"},
				"TLS":             {"tcp", implicit, "tls hi", "implicit"},
				"other":           {"tcp", other, "other hi", ""},
				"DNS":             {"udp", "9.9.9.9:53", "answer to hi", ""},
				"DNS, the stub's": {"udp", "127.0.0.53:53", "answer to hi", ""},
				"other UDP":       {"udp", resolver, "refused", ""},
				"::1":             {"tcp6", "[::1]:" + imap[strings.LastIndex(imap, ":")+1:], "refused", ""},
			} {
				t.Run(name, func(t *testing.T) {
					leaktest.Check(t)
					opened := &opened{}
					out, notices, code := runHere(t, Options{
						Args: []string{os.Args[0], "dial", test.network, test.addr, "hi"}, Resolver: resolver,
						TLS: []uint16{portOf(t, implicit)}, IMAP: []uint16{portOf(t, imap)},
					}, opened)
					if !strings.Contains(out, test.want) || (code != 0) != (test.want == "refused") {
						t.Errorf("exit code %d: %s", code, out)
					}
					if got := strings.Join(opened.by, " "); got != test.by {
						t.Errorf("opened by %q, want %q", got, test.by)
					}
					if strings.Contains(notices, other) != (name == "other") {
						t.Errorf("reported: %s", notices)
					}
				})
			}
		})
	}
}

// opened collects which Opener each connection came to.
type opened struct {
	mu sync.Mutex
	by []string
}

func (o *opened) opener(name string) proxy.Opener {
	return openerFunc(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.by = append(o.by, name)
	})
}

// runHere runs a program of this test in a namespace.
func runHere(t *testing.T, o Options, by *opened) (out, notices string, code int) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var mu sync.Mutex
	o.Inside = []string{os.Args[0], "inside"}
	o.Stdout, o.Stderr = file, file
	o.Notice = func(text string) { mu.Lock(); defer mu.Unlock(); notices += text + "\n" }
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s := &proxy.Source{Proxy: &proxy.Proxy{Target: proxy.Transparent, Log: log}, Listener: l}
	src := p.Source(s, by.opener("implicit"), by.opener("plain"), s.Run)
	if err := src.Run(context.Background(), capture.Tee{}); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b), notices, p.Code()
}

// A namespace that is not used leaves no process.
func TestNamespaceIsGivenUp(t *testing.T) {
	if os.Getuid() != 0 {
		need(t, "root, for network namespaces")
	}
	leaktest.Check(t)
	p, err := New(Options{Args: []string{"true"}, Inside: []string{os.Args[0], "inside"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	// The process in the namespace reports what it could not do.
	t.Setenv("PATH", t.TempDir())
	if _, err = New(Options{Args: []string{"/bin/true"}, Inside: []string{os.Args[0], "inside"}}); err == nil ||
		!strings.Contains(err.Error(), `"nft": executable file not found`) || !strings.Contains(err.Error(), "--upstream HOST:PORT") {
		t.Errorf("without a firewall: %v", err)
	}
}
