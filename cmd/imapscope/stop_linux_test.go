package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/samples/traffic"
)

// TestServicesGoOnWithoutReader: a reader that leaves, of either output, ends no service.
func TestServicesGoOnWithoutReader(t *testing.T) {
	for name, args := range map[string][]string{
		"proxy": {"proxy", "--upstream", answering(t)},
		"mock":  {"mock", "../../samples/mtest1988--imap-1.pcap"},
		"demo":  {"demo", "--serve", "--text"},
	} {
		for _, at := range []struct{ stdout, stderr outlet }{{gone, read}, {read, gone}, {gone, gone}} {
			t.Run(fmt.Sprint(name, at), func(t *testing.T) {
				t.Parallel()
				p := start(t, at.stdout, at.stderr, append(args, "--listen", freeAddr(t))...)
				for i := range 5 {
					p.talk(fmt.Sprintf("a%d NOOP", i))
				}
				if name != "mock" && at.stderr == read { // mock prints at its end only
					p.await("standard output.*left")
				}
				p.signal(os.Interrupt)
				if code := p.ends(); code != 0 && (name != "mock" || code != 1) {
					t.Errorf("exit code %d", code)
				}
			})
		}
	}
}

// TestStopsWithStuckReader: a reader that stopped reading holds up neither the traffic nor
// the end, and the recording is whole.
func TestStopsWithStuckReader(t *testing.T) {
	for name, at := range map[string]struct{ stdout, stderr outlet }{
		"stdout": {stuck, read}, "stderr": {read, stuck}, "both": {stuck, stuck},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recording := filepath.Join(t.TempDir(), "out.pcapng")
			p := start(t, at.stdout, at.stderr, "proxy", "-v", "--upstream", answering(t), "--listen", freeAddr(t), "-w", recording)
			long := "x NOOP " + strings.Repeat("x", 8000)
			for range 20 {
				c := p.dial()
				for range 100 {
					if err := ask(c, long); err != nil {
						t.Fatal(err)
					}
				}
				c.Close()
			}
			if at.stderr == read {
				p.await("imapscope: standard output is not being read")
			}
			p.talk("last NOOP")
			p.signal(syscall.SIGTERM)
			if code := p.ends(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			b, err := os.ReadFile(recording)
			if err != nil || !bytes.Contains(b, []byte("last NOOP\r\n")) {
				t.Errorf("the recording is not whole: %d bytes, %v", len(b), err)
			}
			if at.stderr != read {
				return
			}
			p.await(`(?m)^imapscope: [\d,]+ lines were not shown`)
			if !bytes.Contains(b, []byte("standard output is not being read")) {
				t.Error("the recording has no note about it")
			}
		})
	}
}

// TestStopsWithStuckReaderOfResults: every other verb that runs for long ends too.
func TestStopsWithStuckReaderOfResults(t *testing.T) {
	sample := "../../samples/mtest1988--imap-1.pcap"
	for name, args := range map[string][]string{
		"demo":   {"demo", "--serve", "--text", "-v", "--listen", freeAddr(t)},
		"mock":   {"mock", sample, "--listen", freeAddr(t)},
		"decode": {"decode", "-v", "-"},
		"replay": {"replay", big(t), "--to", answering(t), "-v", "--format", "jsonl", "--timeout", "100ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &program{t: t, Cmd: exec.Command(programFile(t), args...), done: make(chan error, 1)}
			if name == "decode" {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				b, err := os.ReadFile(big(t))
				if err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = w.Write(b) }() // and never closes it, as tcpdump does
				t.Cleanup(func() { r.Close(); w.Close() })
				p.Stdin = r
			}
			p.begin(stuck, stuck)
			if p.addr != "" {
				c := p.dial()
				for range 100 {
					_ = ask(c, "x NONSENSE "+strings.Repeat("x", 2000))
				}
				c.Close() // an open connection would be waited for
			} else {
				p.fills()
			}
			if len(p.done) > 0 {
				t.Fatalf("it ended by itself: %v", <-p.done)
			}
			p.signal(os.Interrupt)
			if code := p.ends(); code < 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// big returns the file of a recording whose output fills a pipe.
func big(t *testing.T) string {
	t.Helper()
	return generated(t, 4<<20, traffic.Mixed)
}

// TestHeadLeavesNoFiles: a verb that head ends has removed its temporary files.
func TestHeadLeavesNoFiles(t *testing.T) {
	sample := "../../samples/mtest1988--imap-1.pcap"
	for _, args := range [][]string{
		{"report", "--redact", "-o", "-", sample},
		{"report", "-o", "-", sample},
	} {
		dir := t.TempDir()
		p := &program{t: t, Cmd: exec.Command(programFile(t), args...), done: make(chan error, 1)}
		p.Env = append(os.Environ(), "TMPDIR="+dir)
		if code := p.begin(gone, read).ends(); code != -int(syscall.SIGPIPE) && code != 128+int(syscall.SIGPIPE) || p.stderr() != "" && args[1] != "--redact" || strings.Contains(p.stderr(), "broken pipe") {
			t.Errorf("%v: exit code %d", args, code)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v: files are left: %v, %v", args, left, err)
		}
	}
}

// TestSniffWithoutReader: sniff has only its output, so it ends in order when the reader of
// that leaves, and does not wait for one that is stuck.
func TestSniffWithoutReader(t *testing.T) {
	server := answering(t)
	_, port, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]outlet{"gone": gone, "stuck": stuck} {
		t.Run(name, func(t *testing.T) {
			p := start(t, at, read, "sniff", "-v", "-i", "lo", "--port", port)
			time.Sleep(500 * time.Millisecond)
			if strings.Contains(p.stderr(), "run as root") {
				t.Skip("capturing needs a privilege")
			}
			// It may not capture yet: what a reader that left would have read comes until it ends.
			for n := 0; n < 10 || at == gone && n < 3000 && len(p.done) == 0; n++ {
				c, err := net.Dial("tcp", server)
				if err != nil {
					t.Fatal(err)
				}
				_ = ask(c, "a NOOP "+strings.Repeat("x", 8000))
				c.Close()
				if n >= 10 {
					time.Sleep(10 * time.Millisecond)
				}
			}
			if at == gone {
				p.await("the reader of standard output left")
			} else {
				p.signal(os.Interrupt)
			}
			if code := p.ends(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestHangup: a terminal that closes ends a service in order, unless it runs under nohup.
func TestHangup(t *testing.T) {
	hangupsCount(t)
	recording := filepath.Join(t.TempDir(), "out.pcapng")
	args := []string{"proxy", "--upstream", answering(t), "--listen", freeAddr(t), "-w", recording}
	t.Run("terminal", func(t *testing.T) {
		p := start(t, gone, gone, args...)
		p.talk("a NOOP")
		p.signal(syscall.SIGHUP)
		p.signal(syscall.SIGHUP) // a shell and the kernel both send one
		if code := p.ends(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("idle connection", func(t *testing.T) {
		p := start(t, read, read, append(args, "--force")...)
		c := p.dial()
		if err := ask(c, "a NOOP"); err != nil {
			t.Fatal(err)
		}
		p.signal(syscall.SIGHUP)
		if code := p.ends(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("nohup", func(t *testing.T) {
		p := &program{t: t, done: make(chan error, 1)}
		p.Cmd = exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`, programFile(t)}, append(args, "--force")...)...)
		p.begin(read, read)
		p.talk("a NOOP")
		p.signal(syscall.SIGHUP)
		p.talk("b NOOP")
		p.signal(syscall.SIGTERM)
		if code := p.ends(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestRecordingToPipe: a FIFO without a reader is refused, and one whose reader stops
// reading ends the recording, not the traffic and not the end.
func TestRecordingToPipe(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"proxy", "-q", "--upstream", answering(t), "--listen", freeAddr(t), "-w", fifo}
	t.Run("no reader", func(t *testing.T) {
		p := start(t, read, read, args...)
		if code := p.ends(); code != 2 {
			t.Errorf("exit code %d", code)
		}
		p.await("no program has opened it for reading")
	})
	t.Run("stuck", func(t *testing.T) {
		r, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := start(t, read, read, args...)
		for i := range 50 {
			p.talk(fmt.Sprintf("a%d NOOP %s", i, strings.Repeat("x", 8000)))
		}
		p.await("RECORDING ENDED")
		p.talk("b NOOP")
		p.signal(os.Interrupt)
		if code := p.ends(); code != 2 {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestHeadEndsVerbs: head ends a verb that prints a result as it ends other programs: by
// SIGPIPE, without a word.
func TestHeadEndsVerbs(t *testing.T) {
	sample := "../../samples/mtest1988--imap-1.pcap"
	for _, verb := range []string{"decode", "check -v", "explain", "diff", "help"} {
		args := strings.Fields(verb)
		switch args[0] {
		case "explain":
			args = append(args, "a1 NOOP")
		case "diff":
			args = append(args, sample, sample)
		case "help":
		default:
			args = append(args, sample)
		}
		p := start(t, gone, read, args...)
		if code := p.ends(); code != -int(syscall.SIGPIPE) || p.stderr() != "" {
			t.Errorf("%s: %d, %q", verb, code, p.stderr())
		}
	}
}

// hangupsCount makes programs that the test starts notice SIGHUP, even if the tests
// themselves run with it ignored, as under nohup: what a process handles is not ignored in
// those that it starts.
func hangupsCount(t *testing.T) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(c) })
}
