package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// The load of TestFaultsUnderLoad: so many connections at once, and exchanges on each.
const (
	loadConns     = 500
	loadExchanges = 4
)

// exchangeOf returns what both sides send in an exchange of a connection, in turn: an APPEND
// up to its literal, a ready, the literal, and a FETCH with a tagged response. Every byte
// depends on the connection, the exchange and its place.
func exchangeOf(conn, i int) (turns [4][]byte) {
	r := rand.New(rand.NewPCG(uint64(conn), uint64(i)))
	random := func(n int) []byte {
		b := make([]byte, n)
		for j := range b {
			b[j] = byte(r.Uint32())
		}
		return b
	}
	sent, answer := random(100+r.IntN(4000)), random(100+r.IntN(16000))
	turns[0] = fmt.Appendf(nil, "%d-%d APPEND INBOX {%d}\r\n", conn, i, len(sent))
	turns[1] = []byte("+ Ready\r\n")
	turns[2] = append(sent, "\r\n"...)
	turns[3] = fmt.Appendf(nil, "* 1 FETCH (RFC822 {%d}\r\n%s)\r\n%d-%d OK done\r\n", len(answer), answer, conn, i)
	return turns
}

// streamOf returns everything that one side of a connection sends.
func streamOf(conn int, dir capture.Direction) (all []byte) {
	for i := range loadExchanges {
		turns := exchangeOf(conn, i)
		if dir == capture.ClientToServer {
			all = append(append(all, turns[0]...), turns[2]...)
		} else {
			all = append(append(all, turns[1]...), turns[3]...)
		}
	}
	return all
}

// resets reports whether the server of a connection resets it in the middle of a literal, if
// the mishap is that.
func resets(conn int) bool { return conn%5 == 0 }

// A checkedLoad is the two ends of the connections that are checked.
type checkedLoad struct {
	t        *testing.T
	resets   bool
	killed   bool // the program may end at any time
	done     atomic.Int64
	wrong    atomic.Int64 // bytes or ends that are not what they should be
	bytes    atomic.Int64
	cut      atomic.Int64 // connections that ended early
	finished atomic.Int64
}

// fail reports what arrived wrong, the first few times.
func (l *checkedLoad) fail(format string, args ...any) {
	if l.wrong.Add(1) <= 5 {
		l.t.Errorf(format, args...)
	}
}

// receive reads what the other side sends, and reports whether all of it came. What came is
// the beginning of it in any case.
func (l *checkedLoad) receive(r io.Reader, want []byte) bool {
	got := make([]byte, len(want))
	n, err := io.ReadFull(r, got)
	l.bytes.Add(int64(n))
	if !bytes.Equal(got[:n], want[:n]) {
		l.fail("%d bytes arrived changed", n)
	}
	return err == nil
}

// serve is the server's end.
func (l *checkedLoad) serve(c *net.TCPConn) {
	defer c.Close()
	r := bufio.NewReader(c)
	var conn int
	first, err := r.Peek(1)
	for n := 2; err == nil && !bytes.Contains(first, []byte{'-'}); n++ {
		first, err = r.Peek(n)
	}
	if _, scanned := fmt.Sscanf(string(first), "%d-", &conn); err != nil || scanned != nil {
		return // a connection of which nothing came
	}
	for i := range loadExchanges {
		turns := exchangeOf(conn, i)
		if !l.receive(r, turns[0]) {
			return
		}
		if _, err := c.Write(turns[1]); err != nil || !l.receive(r, turns[2]) {
			return
		}
		if l.resets && resets(conn) && i == loadExchanges/2 {
			_, _ = c.Write(turns[3][:len(turns[3])/2])
			time.Sleep(100 * time.Millisecond) // a reset discards what is on its way
			_ = c.SetLinger(0)
			return
		}
		if _, err := c.Write(turns[3]); err != nil {
			return
		}
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF && !l.killed {
		l.fail("after the last exchange the server reads %d bytes, %v", n, err)
	}
}

// converse is the client's end.
func (l *checkedLoad) converse(conn int, c net.Conn) {
	defer c.Close()
	defer l.finished.Add(1)
	r := bufio.NewReader(c)
	for i := range loadExchanges {
		turns := exchangeOf(conn, i)
		if _, err := c.Write(turns[0]); err != nil || !l.receive(r, turns[1]) {
			l.early(conn, i)
			return
		}
		if _, err := c.Write(turns[2]); err != nil || !l.receive(r, turns[3]) {
			l.early(conn, i)
			return
		}
		l.done.Add(1)
	}
}

// early records that a connection ended before its last exchange.
func (l *checkedLoad) early(conn, i int) {
	l.cut.Add(1)
	if !l.killed && !(l.resets && resets(conn) && i == loadExchanges/2) {
		l.fail("connection %d was cut in exchange %d", conn, i)
	}
}

// mishap is something that goes wrong while the connections talk.
type mishap struct {
	name           string
	stdout, stderr outlet
	sizeLimit      int // of the recording, in kilobytes; 0: none
	resets, killed bool
	during         func(p *program) // called when a third of the exchanges is done
	exit           int
	partial        bool // the recording may end early
}

func faultsUnderLoad() []mishap {
	stopAndContinue := func(p *program) {
		for range 3 {
			p.signal(syscall.SIGSTOP)
			time.Sleep(300 * time.Millisecond)
			p.signal(syscall.SIGCONT)
			time.Sleep(100 * time.Millisecond)
		}
	}
	readersLeave := func(p *program) {
		for _, r := range p.unread {
			r.Close()
		}
	}
	return []mishap{
		{name: "none"},
		{name: "the disk of the recording fills up", sizeLimit: 4096, exit: 2, partial: true},
		{name: "nothing reads the outputs", stdout: stuck, stderr: stuck},
		{name: "the readers of the outputs leave", stdout: stuck, stderr: stuck, during: readersLeave},
		{name: "the server resets inside literals", resets: true},
		{name: "stopped and continued", during: stopAndContinue},
		{name: "asked to end", during: func(p *program) { p.signal(syscall.SIGTERM) }},
		{name: "all of these", stdout: stuck, stderr: stuck, sizeLimit: 4096, resets: true, exit: 2, partial: true, during: func(p *program) {
			stopAndContinue(p)
			readersLeave(p)
			p.signal(syscall.SIGTERM)
		}},
		{name: "killed", killed: true, exit: -int(syscall.SIGKILL), partial: true, during: func(p *program) { p.signal(syscall.SIGKILL) }},
	}
}

// TestFaultsUnderLoad: whatever goes wrong around the proxy while it relays many connections,
// nothing that it forwards is lost or changed, recordings read back, and nothing leaks.
func TestFaultsUnderLoad(t *testing.T) {
	if raceDetector {
		t.Skip("the program is the test binary, and the race detector makes it too slow")
	}
	var table strings.Builder
	for _, f := range faultsUnderLoad() {
		t.Run(f.name, func(t *testing.T) {
			began := time.Now()
			l := &checkedLoad{t: t, resets: f.resets, killed: f.killed}
			kept := l.run(f)
			fmt.Fprintf(&table, "| %s | %d of %d | %.1f MB | %d | %.1f MB | %.1f s |\n", f.name, l.done.Load(), loadConns*loadExchanges,
				float64(l.bytes.Load())/1e6, l.wrong.Load(), float64(kept)/1e6, time.Since(began).Seconds())
		})
	}
	t.Logf("fault | exchanges done | delivered | wrong | recorded, and right | time\n%s", table.String())
}

// run runs the program with a fault, and returns how many bytes were recorded.
func (l *checkedLoad) run(f mishap) (recorded int64) {
	t := l.t
	upstream, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var servers sync.WaitGroup
	servers.Go(func() {
		for {
			c, err := upstream.AcceptTCP()
			if err != nil {
				return
			}
			servers.Go(func() { l.serve(c) })
		}
	})
	dir := t.TempDir()
	spool := filepath.Join(dir, "tmp")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	recording, figures := filepath.Join(dir, "out.pcapng"), freeAddr(t)
	args := []string{programFile(t), "proxy", "--upstream", upstream.Addr().String(), "--listen", freeAddr(t), "-w", recording, "--metrics", figures}
	if f.stdout != read {
		args = append(args, "-v") // enough to fill a pipe
	}
	if f.sizeLimit > 0 {
		args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, 2*f.sizeLimit)}, args...) // in blocks of 512 bytes
	}
	p := &program{t: t, Cmd: exec.Command(args[0], args[1:]...), done: make(chan error, 1)}
	p.Env = append(os.Environ(), "TMPDIR="+spool)
	p.begin(f.stdout, f.stderr)
	p.dial().Close()
	before := resources(t, figures)

	clients := make([]net.Conn, loadConns)
	for i := range clients {
		clients[i] = p.dial()
	}
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { l.converse(i+1, c) })
	}
	if f.during != nil {
		for l.done.Load() < loadConns*loadExchanges/3 && l.finished.Load() < loadConns {
			time.Sleep(time.Millisecond)
		}
		f.during(p)
	}
	all.Wait()
	if f.during == nil { // else it is ending by now, or dead
		after := resources(t, figures)
		for range 1000 { // until the last connections are closed
			if after[0] <= before[0]+5 && after[1] <= before[1]+5 {
				break
			}
			time.Sleep(10 * time.Millisecond)
			after = resources(t, figures)
		}
		if after[0] > before[0]+5 || after[1] > before[1]+5 {
			t.Errorf("goroutines and descriptors: %v before, %v after", before, after)
		}
	}
	if !f.killed {
		p.signal(syscall.SIGTERM)
	}
	if code := p.ends(); code != f.exit {
		t.Errorf("exit code %d", code)
	}
	upstream.Close()
	servers.Wait()
	if left, err := os.ReadDir(spool); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	return l.readBack(recording, netip.MustParseAddrPort(p.addr).Port(), f)
}

// resources returns the program's numbers of goroutines and descriptors.
func resources(t *testing.T, figures string) (got [2]float64) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + figures + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		for i, name := range []string{"go_goroutines ", "process_open_fds "} {
			if v, ok := strings.CutPrefix(lines.Text(), name); ok {
				fmt.Sscan(v, &got[i])
			}
		}
	}
	return got
}

// readBack reads the recording: every byte in it is one that was sent, at its place. Unless
// it may have ended early, it has all of them.
func (l *checkedLoad) readBack(recording string, port uint16, f mishap) int64 {
	t := l.t
	back := &readBack{t: t, streams: make(map[capture.ConnID]*[2][]byte)}
	if err := pcap.Files([]string{recording}, pcap.Options{Ports: []uint16{port}}).Run(t.Context(), back); err != nil && !(f.partial && errors.Is(err, io.ErrUnexpectedEOF)) {
		t.Errorf("reading the recording: %v", err)
	}
	var n int64
	seen := 0
	for _, s := range back.streams {
		var conn int
		if _, err := fmt.Sscanf(string(s[0][:min(len(s[0]), 8)]), "%d-", &conn); err != nil {
			continue // the first connection, on which nothing was said, or its beginning is missing
		}
		seen++
		for dir, got := range s {
			want := streamOf(conn, capture.Direction(dir))
			if !bytes.HasPrefix(want, got) {
				t.Errorf("connection %d, %s: what is recorded was not sent", conn, capture.Direction(dir))
				continue
			}
			if len(got) < len(want) && !f.partial && !(f.resets && resets(conn)) {
				t.Errorf("connection %d, %s: %d bytes of %d are recorded", conn, capture.Direction(dir), len(got), len(want))
			}
			n += int64(len(got))
		}
	}
	if seen < loadConns && !f.partial || seen == 0 {
		t.Errorf("%d connections are recorded", seen)
	}
	return n
}

// A readBack collects the bytes of each connection.
type readBack struct {
	t       *testing.T
	streams map[capture.ConnID]*[2][]byte
}

// Event implements capture.Sink.
func (r *readBack) Event(e *capture.Event) error {
	s := r.streams[e.Conn]
	if s == nil {
		s = new([2][]byte)
		r.streams[e.Conn] = s
	}
	switch e.Kind {
	case capture.Data:
		if e.Off != int64(len(s[e.Dir])) {
			r.t.Errorf("connection %d: a gap in the recording", e.Conn)
		}
		s[e.Dir] = append(s[e.Dir], e.Data...)
	case capture.Gap:
		r.t.Errorf("connection %d: %d bytes are missing in the recording", e.Conn, e.N)
	}
	return nil
}
