package proxy_test

import (
	"bufio"
	"bytes"
	ctls "crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/keylog"
	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/proxy"
	"imapscope/proxy/proxytest"
	"imapscope/proxy/tls"
)

// wireConn is a client's connection that keeps what passes on it.
type wireConn struct {
	net.Conn
	mu   sync.Mutex
	said [2][]byte
}

func (w *wireConn) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[capture.ServerToClient] = append(w.said[capture.ServerToClient], p[:n]...)
	return n, err
}

func (w *wireConn) Write(p []byte) (int, error) {
	w.mu.Lock()
	w.said[capture.ClientToServer] = append(w.said[capture.ClientToServer], p...)
	w.mu.Unlock()
	return w.Conn.Write(p)
}

func (w *wireConn) bytes(dir capture.Direction) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.said[dir])
}

// mailServer answers commands until LOGOUT.
func mailServer(c *net.TCPConn) {
	fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		tag, command, _ := strings.Cut(lines.Text(), " ")
		switch {
		case strings.HasPrefix(command, "FETCH"):
			fmt.Fprintf(c, "* 1 FETCH (BODY[] {100000}\r\n%s)\r\n", strings.Repeat("mail ", 20000))
		case strings.HasPrefix(command, "LOGOUT"):
			fmt.Fprint(c, "* BYE\r\n")
		}
		fmt.Fprintf(c, "%s OK done\r\n", tag)
		if command == "LOGOUT" {
			return
		}
	}
}

// readMail speaks with mailServer.
func readMail(t *testing.T, c net.Conn, greeted, starttls bool, conf *ctls.Config) {
	t.Helper()
	r := bufio.NewReader(c)
	until := func(end string) {
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatalf("waiting for %q: %v", end, err)
			}
			if strings.HasPrefix(line, end) {
				return
			}
		}
	}
	if !greeted {
		until("* OK")
	}
	if starttls {
		fmt.Fprint(c, "s STARTTLS\r\n")
		until("s OK")
		readMail(t, ctls.Client(c, conf), true, false, nil)
		return
	}
	fmt.Fprint(c, "a LOGIN fred secret\r\n")
	until("a OK")
	fmt.Fprint(c, "b FETCH 1 BODY[]\r\n")
	until("b OK")
	fmt.Fprint(c, "c LOGOUT\r\n")
	until("c OK")
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("at the end: %v", err)
	}
	c.Close()
}

// TestWire: the sink for the wire gets the client's bytes as they pass, whatever its TLS, the
// keys before the records that need them, and the recording is what tshark decrypts; the other
// sink gets the plaintext as ever.
func TestWire(t *testing.T) {
	ca, err := tls.NewCA("")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	for _, c := range []struct {
		name     string
		mode     tls.Mode
		version  uint16
		starttls bool
	}{
		{"implicit 1.3", tls.Implicit, ctls.VersionTLS13, false},
		{"implicit 1.2", tls.Implicit, ctls.VersionTLS12, false},
		{"STARTTLS 1.3", tls.StartTLS, ctls.VersionTLS13, true},
		{"STARTTLS 1.2", tls.StartTLS, ctls.VersionTLS12, true},
		{"STARTTLS not used", tls.StartTLS, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaktest.Check(t)
			file := filepath.Join(t.TempDir(), "wire.pcapng")
			rec, err := pcap.Create(file, pcap.RecorderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			plain, below := newSink(), newSink()
			queue := capture.NewQueue(capture.Tee{below, rec}, 0)
			r := serve(t, &proxy.Proxy{
				Target: proxy.Fixed(upstream(t, mailServer)), Sink: plain, Wire: queue,
				Opener: &tls.Config{Client: c.mode, CA: ca, ClientKeyLog: keylog.Writer(queue)},
			})
			conn, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			client := &wireConn{Conn: conn}
			conf := &ctls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: c.version, MaxVersion: c.version}
			if c.mode == tls.Implicit {
				readMail(t, ctls.Client(client, conf), false, false, nil)
			} else {
				readMail(t, client, false, c.starttls, conf)
			}
			plain.end(t)
			if err := queue.Stop(); err != nil {
				t.Fatal(err)
			}
			if err := rec.Finish(time.Now()); err != nil {
				t.Fatal(err)
			}
			for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
				got, lost := below.octets(t, 1, dir)
				if want := client.bytes(dir); !bytes.Equal(got, want) || lost != 0 {
					t.Errorf("%s: %d bytes on the wire, %d of them reported, %d lost", dir, len(want), len(got), lost)
				}
			}
			said, _ := plain.octets(t, 1, capture.ClientToServer)
			if !strings.HasSuffix(string(said), "a LOGIN fred secret\r\nb FETCH 1 BODY[]\r\nc LOGOUT\r\n") {
				t.Errorf("plaintext: %q", said)
			}
			checkKeys(t, below.all(), c.version)
			if c.version == 0 {
				return
			}
			_, port, _ := net.SplitHostPort(r.addr)
			answered, _ := plain.octets(t, 1, capture.ServerToClient)
			decrypted(t, file, port, said, answered)
		})
	}
}

// checkKeys: the keys of a session come before the first byte that needs them.
func checkKeys(t *testing.T, steps []step, version uint16) {
	t.Helper()
	keys, early := 0, false
	for _, s := range steps {
		switch {
		case s.Kind == capture.Secrets:
			keys++
		case s.Kind == capture.Data && keys == 0:
			early = early || bytes.Contains(s.Data, []byte{20, 3, 3, 0, 1, 1}) // ChangeCipherSpec
		}
	}
	if want := map[uint16]int{ctls.VersionTLS12: 1, ctls.VersionTLS13: 4}[version]; keys != want || early {
		t.Errorf("%d keys, of %d; encrypted bytes before the first: %t", keys, want, early)
	}
}

// decrypted: tshark finds the end of both sides' plaintext in the recording, with its keys.
func decrypted(t *testing.T, file, port string, want ...[]byte) {
	t.Helper()
	tshark := proxytest.Peer(t, "tshark", "tshark")
	out := proxytest.Run(t, t.TempDir(), nil, nil, tshark, "-r", file, "-q", "-d", "tcp.port=="+port+",tls", "-z", "follow,tls,raw,0")
	var said [2][]byte
	for line := range strings.Lines(string(out)) {
		var b []byte
		side := 0
		if strings.HasPrefix(line, "\t") {
			side = 1
		}
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "%x", &b); err == nil {
			said[side] = append(said[side], b...)
		}
	}
	if bytes.Contains(said[1], []byte("LOGIN")) {
		said[0], said[1] = said[1], said[0]
	}
	for i, b := range said {
		if len(b) < 20 || !bytes.HasSuffix(want[i], b) {
			t.Errorf("tshark decrypts %d bytes, which are not the end of the %d: %.200q", len(b), len(want[i]), b)
		}
	}
	if n := len(said[1]); n < 100_000 {
		t.Errorf("tshark decrypts %d bytes of the server's", n)
	}
}

// TestWireEnds: ends and resets of the wire are its own.
func TestWireEnds(t *testing.T) {
	for name, end := range map[string]func(c *net.TCPConn){
		"half-closed": func(c *net.TCPConn) { c.CloseWrite(); io.Copy(io.Discard, c); c.Close() },
		"reset":       func(c *net.TCPConn) { c.SetLinger(0); c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s, below := newSink(), newSink()
			r := serve(t, &proxy.Proxy{Target: proxy.Fixed(upstream(t, echo)), Sink: s, Wire: below})
			c := r.dial()
			io.WriteString(c, "hello")
			io.ReadFull(c, make([]byte, 5))
			end(c)
			s.end(t)
			below.end(t)
			facts := func(s *sink) string {
				var all []string
				for _, x := range s.all() {
					if x.Kind != capture.Note {
						all = append(all, fmt.Sprint(x.what, " ", x.Dir, " ", string(x.Data), x.cause))
					}
				}
				return strings.Join(all, "; ")
			}
			if got, want := facts(below), facts(s); got != want {
				t.Errorf("%s\non the wire, and\n%s", got, want)
			}
		})
	}
}
