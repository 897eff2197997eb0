package layer

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"imapscope/capture"
	"imapscope/proxy/proxytest"
)

// relay accepts one connection, passes it on to a server and records it. The tape is complete
// when done returns.
func relay(t *testing.T, server string) (addr string, tp *tape, done func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tp = &tape{}
	var both sync.WaitGroup
	both.Go(func() {
		client, err := l.Accept()
		l.Close()
		if err != nil {
			return
		}
		defer client.Close()
		up, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		both.Go(func() { pass(tp, capture.ServerToClient, client, up) })
		pass(tp, capture.ClientToServer, up, client)
	})
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), tp, both.Wait
}

// pass copies one direction and records it first.
func pass(tp *tape, dir capture.Direction, to, from net.Conn) {
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			tp.add(dir, b[:n])
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// peerFiles writes the certificates of the tests as files, ECDSA and RSA.
func peerFiles(t *testing.T) (certs, keys [2]string) {
	t.Helper()
	dir := t.TempDir()
	for i, c := range certificates() {
		der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		certs[i], keys[i] = filepath.Join(dir, fmt.Sprint("cert", i)), filepath.Join(dir, fmt.Sprint("key", i))
		for name, block := range map[string]*pem.Block{
			certs[i]: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, keys[i]: {Type: "PRIVATE KEY", Bytes: der},
		} {
			if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return certs, keys
}

// peerLines are what s_client says; K has it update its keys and ask for the server's.
func peerLines() []string {
	return []string{"hello, hello", strings.Repeat("0123456789", 60), "K", "after it"}
}

// clientRun has a program say lines, each after the answer to the one before, and records it.
func clientRun(t *testing.T, server string, lines []string, answer func(string) string, command func(addr, keys string) *exec.Cmd) *tape {
	t.Helper()
	addr, tp, done := relay(t, server)
	keys := filepath.Join(t.TempDir(), "keys")
	cmd := command(addr, keys)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := proxytest.Start(t, cmd)
	for _, line := range lines {
		if _, err := io.WriteString(in, line+"\n"); err != nil {
			t.Fatalf("%v: %v\n%s%s", cmd.Args, err, p.Out, p.Err)
		}
		back := answer(line)
		switch { // a command to the client, which confirms it
		case back != "":
		case line == "K":
			p.Err.Await(t, "KEYUPDATE")
			continue
		case line == "^rekey^":
			p.Out.Await(t, "Rekey was completed")
			continue
		default:
			p.Out.Await(t, "ReHandshake was completed")
			continue
		}
		p.Out.Await(t, back)
		tp.said[0].WriteString(line + "\n")
		tp.said[1].WriteString(back + "\n")
	}
	in.Close()
	p.Wait(t)
	done()
	text, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	tp.keys.Write(text)
	return tp
}

// wantSession checks that a recorded session of another implementation opens.
func wantSession(t *testing.T, tp *tape, version, suite string) Facts {
	t.Helper()
	for _, size := range []int{0, 11} {
		h, f := play(t, keysOf(tp.keys.String()), tp.chunks, size)
		wantPlain(t, h, tp)
		if f.Version != version || suite != "" && f.Suite != suite {
			t.Errorf("%s %s: facts %+v", version, suite, f)
		}
		if size == 11 {
			return f
		}
	}
	return Facts{}
}

// opensslServer starts an s_server that answers each line with its reverse.
func opensslServer(t *testing.T, openssl string) string {
	t.Helper()
	certs, keys := peerFiles(t)
	cmd := exec.Command(openssl, "s_server", "-accept", "127.0.0.1:0", "-cert", certs[0], "-key", keys[0], "-dcert", certs[1], "-dkey", keys[1],
		"-psk", "1a2b", "-rev", "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-min_protocol", "TLSv1",
		"-ciphersuites", strings.Join(opensslSuites13, ":"))
	cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
	p := proxytest.Start(t, cmd)
	_, addr, _ := strings.Cut(p.Out.Await(t, "ACCEPT 127.0.0.1:"), "ACCEPT ")
	addr, _, _ = strings.Cut(addr, "\n")
	return addr
}

var opensslSuites13 = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
	"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}

func reverse(line string) string {
	if line == "K" {
		return ""
	}
	b := []byte(line)
	slices.Reverse(b)
	return string(b)
}

func opensslRun(t *testing.T, openssl, server string, lines []string, args ...string) *tape {
	t.Helper()
	return clientRun(t, server, lines, reverse, func(addr, keys string) *exec.Cmd {
		cmd := exec.Command(openssl, append([]string{"s_client", "-connect", addr, "-keylogfile", keys, "-servername", "imap.example.org"}, args...)...)
		cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
		return cmd
	})
}

// TestOpenSSL opens what OpenSSL's client and server say, with every suite that they have.
func TestOpenSSL(t *testing.T) {
	openssl := proxytest.Peer(t, "openssl", "openssl")
	server := opensslServer(t, openssl)
	for _, name := range opensslSuites13 {
		tp := opensslRun(t, openssl, server, peerLines(), "-tls1_3", "-ciphersuites", name)
		wantSession(t, tp, "TLS 1.3", name)
		h, _ := play(t, keysOf(tp.keys.String()), tp.chunks, 0)
		for dir := range capture.Direction(2) {
			if !slices.Contains(h.whats(dir), "key update") {
				t.Errorf("%s: no key update of the %v: %q", name, dir, h.whats(dir))
			}
		}
	}
	suites := opensslSuites(t, openssl)
	for id, name := range suites {
		versions := []string{"1_2"}
		if id == 0x002F || id == 0xC00A {
			versions = []string{"1", "1_1", "1_2"}
		}
		for _, v := range versions {
			args := []string{"-tls" + v, "-cipher", name + ":@SECLEVEL=0"}
			if strings.Contains(name, "PSK") {
				args = append(args, "-psk", "1a2b")
			}
			tp := opensslRun(t, openssl, server, []string{"hello, hello", strings.Repeat("0123456789", 60)}, args...)
			version := map[string]string{"1": "TLS 1.0", "1_1": "TLS 1.1", "1_2": "TLS 1.2"}[v]
			wantSession(t, tp, version, suiteNames[id])
		}
	}
	if len(suites) < 60 {
		t.Errorf("only %d suites", len(suites))
	}
}

// opensslSuites are OpenSSL's names of the suites of TLS 1.2 that can be opened and need no
// more than the certificates of the tests.
func opensslSuites(t *testing.T, openssl string) map[uint16]string {
	t.Helper()
	list := map[uint16]string{}
	out := proxytest.Run(t, t.TempDir(), []string{"OPENSSL_CONF=/dev/null"}, nil, openssl, "ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line) // "0xC0,0x2F - ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 …"
		id, err := strconv.ParseUint(strings.ReplaceAll(strings.ReplaceAll(f[0], ",", ""), "0x", ""), 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		name := suiteNames[uint16(id)]
		if name != "" && id>>8 != 0x13 && !strings.Contains(name, "SRP") && !strings.Contains(name, "DSS") {
			list[uint16(id)] = f[2]
		}
	}
	return list
}

// TestGnuTLS opens what GnuTLS's client and server say: CCM, CBC with encrypt-then-MAC and
// without, key updates in TLS 1.3, renegotiations before.
func TestGnuTLS(t *testing.T) {
	client, serve := proxytest.Peer(t, "gnutls-cli", "gnutls-bin"), proxytest.Peer(t, "gnutls-serv", "gnutls-bin")
	server := gnutlsServer(t, serve)
	const tls12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+RSA:"
	tests := []struct{ priority, version, suite string }{
		{tls12 + "+AES-128-CCM", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
		{tls12 + "+AES-256-CCM-8", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
		{tls12 + "+AES-128-GCM", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{tls12 + "+AES-256-GCM", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{tls12 + "+CHACHA20-POLY1305", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
		{tls12 + "+AES-128-CBC", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{tls12 + "+AES-256-CBC:%NO_ETM", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
		{tls12 + "+AES-128-CBC:-MAC-ALL:+SHA256", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
		{tls12 + "+AES-256-CBC:-MAC-ALL:+SHA384:%NO_ETM", "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
		{tls12 + "+AES-128-CBC:-VERS-ALL:+VERS-TLS1.0", "TLS 1.0", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{tls12 + "+AES-128-CBC:-VERS-ALL:+VERS-TLS1.0:%NO_ETM", "TLS 1.0", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{tls12 + "+AES-128-CBC:-VERS-ALL:+VERS-TLS1.1", "TLS 1.1", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM", "TLS 1.3", "TLS_AES_128_CCM_SHA256"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM-8", "TLS 1.3", "TLS_AES_128_CCM_8_SHA256"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM", "TLS 1.3", "TLS_AES_128_GCM_SHA256"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM", "TLS 1.3", "TLS_AES_256_GCM_SHA384"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305", "TLS 1.3", "TLS_CHACHA20_POLY1305_SHA256"},
	}
	for _, test := range tests {
		again := "^renegotiate^"
		if test.version == "TLS 1.3" {
			again = "^rekey^"
		}
		lines := []string{"hello, hello", strings.Repeat("0123456789", 60), again, "after it"}
		tp := clientRun(t, server, lines, echo, func(addr, keys string) *exec.Cmd {
			host, port, _ := net.SplitHostPort(addr)
			cmd := exec.Command(client, "--insecure", "--inline-commands", "--priority", test.priority, "-p", port, host)
			cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+keys, "GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null")
			return cmd
		})
		f := wantSession(t, tp, test.version, test.suite)
		if !f.Opened {
			t.Errorf("%s: facts %+v", test.priority, f)
		}
	}
}

func echo(line string) string {
	if strings.HasPrefix(line, "^") {
		return ""
	}
	return line
}

// gnutlsServer starts a gnutls-serv that answers each line with itself.
func gnutlsServer(t *testing.T, program string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	certs, keys := peerFiles(t)
	cmd := exec.Command(program, "--echo", "-p", port, "--x509certfile", certs[0], "--x509keyfile", keys[0],
		"--priority", "NORMAL:+VERS-ALL:+AES-128-CCM:+AES-128-CCM-8:+AES-256-CCM-8:+AES-128-CBC:+AES-256-CBC:+SHA256:+SHA384")
	cmd.Env = append(os.Environ(), "GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null")
	proxytest.Start(t, cmd)
	proxytest.Eventually(t, "gnutls-serv listens", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return addr
}
