package run

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"imapscope/capture/leaktest"
	"imapscope/proxy/tls"
)

// patience is the time after which these tests give up.
const patience = 10 * time.Second

// files returns a folder, and the PEM file of a CA.
func files(t *testing.T) (dir, ca string) {
	t.Helper()
	dir = t.TempDir()
	own, err := tls.LoadOrCreateCA(filepath.Join(dir, "ca"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, own.Path()
}

// Each variable names a file that has the proxy's CA, and what the user's had.
func TestEachVariableNamesTheCA(t *testing.T) {
	dir, ca := files(t)
	ours, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	had := filepath.Join(dir, "had.pem")
	if err := os.WriteFile(had, []byte("theirs"), 0o600); err != nil { // no line feed at its end
		t.Fatal(err)
	}
	own := []string{"A=1", "CURL_CA_BUNDLE=" + had, "NODE_EXTRA_CA_CERTS=" + had, "JAVA_TOOL_OPTIONS=-Xmx1g", "SSL_CERT_FILE="}
	list, err := environ(dir, ca, "keys", own)
	if err != nil {
		t.Fatal(err)
	}
	env := environment(list)
	for _, name := range append(slices.Clone(bundleVars), moreVars...) {
		got, err := os.ReadFile(env.get(name))
		if err != nil || !bytes.HasSuffix(got, ours) {
			t.Errorf("%s=%s: %v, %d bytes", name, env.get(name), err, len(got))
		}
		if kept := bytes.HasPrefix(got, []byte("theirs\n")); kept != strings.Contains(strings.Join(own, " "), name+"="+had) {
			t.Errorf("%s: the user's certificates are there: %v", name, kept)
		}
	}
	if java := env.get(javaVar); !strings.HasPrefix(java, "-Xmx1g -Djavax.net.ssl.trustStore="+dir) {
		t.Errorf("%s=%s", javaVar, java)
	}
	if env.get(keysVar) != "keys" || env.get("A") != "1" {
		t.Errorf("%q", list)
	}
	if system := systemBundle(); system != nil {
		if got, _ := os.ReadFile(env.get("SSL_CERT_FILE")); !bytes.HasPrefix(got, system) {
			t.Error("the system's certificates are missing")
		}
	}
	if list, err = environ(dir, "", "keys", []string{"SSLKEYLOGFILE=mine"}); err != nil || !slices.Equal(list, []string{"SSLKEYLOGFILE=mine"}) {
		t.Errorf("without a CA: %q, %v", list, err)
	}
	if _, err = environ(dir, ca, "keys", []string{"SSL_CERT_FILE=" + dir + "/none"}); err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("a file that is missing: %v", err)
	}
}

// The trust store is one of Java: its digest is right, and keytool, if there is one, lists it.
func TestTrustStore(t *testing.T) {
	dir, ca := files(t)
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	ders := certificates(append(slices.Clone(pem), pem...))
	if len(ders) != 2 {
		t.Fatalf("%d certificates", len(ders))
	}
	store := trustStore(ders)
	body, sum := store[:len(store)-sha1.Size], store[len(store)-sha1.Size:]
	h := sha1.New()
	binary.Write(h, binary.BigEndian, utf16.Encode([]rune(storePassword)))
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(body)
	if !bytes.Equal(h.Sum(nil), sum) || binary.BigEndian.Uint32(store) != 0xfeedfeed || binary.BigEndian.Uint32(store[8:]) != 2 {
		t.Errorf("%x", store[:40])
	}
	rest := body[12:]
	for i := range ders {
		head := fmt.Sprintf("\x00\x00\x00\x02\x00\x04ca-%d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05X.509", i)
		head += string(binary.BigEndian.AppendUint32(nil, uint32(len(ders[i]))))
		if !bytes.HasPrefix(rest, append([]byte(head), ders[i]...)) {
			t.Fatalf("entry %d: %x", i, rest[:min(60, len(rest))])
		}
		rest = rest[len(head)+len(ders[i]):]
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes more", len(rest))
	}
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Log("SKIPPED: no keytool to read the store")
		return
	}
	file := filepath.Join(dir, "store")
	if err := os.WriteFile(file, store, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(keytool, "-list", "-keystore", file, "-storepass", storePassword).CombinedOutput()
	if err != nil || strings.Count(string(out), "trustedCertEntry") != 2 {
		t.Errorf("keytool: %v\n%s", err, out)
	}
}

func TestPointed(t *testing.T) {
	env, args := pointed(environment{"A=1", "IMAPSCOPE_ADDR=old"}, []string{"x", "imap://{}/", "{host}:{port}", "{other}"}, "127.0.0.1:99")
	if !slices.Equal(args, []string{"x", "imap://127.0.0.1:99/", "127.0.0.1:99", "{other}"}) {
		t.Errorf("%q", args)
	}
	if !slices.Equal(env, environment{"A=1", "IMAPSCOPE_ADDR=127.0.0.1:99", "IMAPSCOPE_HOST=127.0.0.1", "IMAPSCOPE_PORT=99"}) {
		t.Errorf("%q", env)
	}
}

func TestNameserver(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "resolv.conf")
	for text, want := range map[string]string{
		"# x\nsearch a\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n": "10.0.0.1:53",
		"nameserver\tfd00::1": "[fd00::1]:53", "nameserver\n": "127.0.0.1:53", "": "127.0.0.1:53",
	} {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := nameserver(conf); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := nameserver(conf + "x"); got != "127.0.0.1:53" {
		t.Error(got)
	}
}

// echo is a resolver that answers each query with itself after a word.
func echo(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1000)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			c.WriteTo(append([]byte("answer to "), b[:n]...), from)
		}
	}()
	return c.LocalAddr().String()
}

func TestResolve(t *testing.T) {
	leaktest.Check(t)
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); resolve(c, echo(t)) }()
	q, err := net.Dial("udp", c.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	q.SetDeadline(time.Now().Add(patience))
	b := make([]byte, 100)
	for _, query := range []string{"one", "two"} {
		q.Write([]byte(query))
		if n, err := q.Read(b); err != nil || string(b[:n]) != "answer to "+query {
			t.Errorf("%q, %v", b[:n], err)
		}
	}
	c.Close()
	<-done
}

// merged accepts from all of its listeners, and its end is theirs.
func TestMergedAcceptsFromEveryListener(t *testing.T) {
	leaktest.Check(t)
	var of []net.Listener
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		of = append(of, l)
	}
	m := merge(of...)
	for _, l := range of {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		got, err := m.Accept()
		if err != nil || got.LocalAddr().String() != l.Addr().String() || localPort(got) != l.Addr().(*net.TCPAddr).Port {
			t.Fatalf("%v, %v", got, err)
		}
		got.Close()
	}
	if m.Addr() != of[0].Addr() {
		t.Error(m.Addr())
	}
	m.Close()
	m.Close()
	if _, err := m.Accept(); err != net.ErrClosed {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", of[1].Addr().String()); err == nil {
		t.Error("the second listener is open")
	}
}

func TestOthersAreBounded(t *testing.T) {
	var o others
	if o.String() != "" {
		t.Error(o.String())
	}
	for i := range maxOthers + 5 {
		_, far := net.Pipe()
		o.Open(t.Context(), nil, addressed{far, fmt.Sprintf("h%02d:1", i)}, nil)
		o.Open(t.Context(), nil, addressed{far, "h00:1"}, nil)
	}
	if s := o.String(); !strings.Contains(s, "h00:1 (26), h01:1 (1)") || !strings.HasSuffix(s, "h19:1 (1), others (5)") {
		t.Error(s)
	}
}

type addressed struct {
	net.Conn
	addr string
}

func (a addressed) RemoteAddr() net.Addr { return named(a.addr) }

type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }
