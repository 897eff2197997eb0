package tls

import (
	"bytes"
	ctls "crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A CA is created on first use, readable by its owner only, and loaded later.
func TestCAIsCreatedOnceAndLoaded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "config", "ca")
	ca, err := LoadOrCreateCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{"": 0o700, caKeyFile: 0o600, caCertFile: 0o644} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
			}
		}
	}
	if public, err := os.ReadFile(ca.Path()); err != nil || bytes.Contains(public, []byte("KEY")) {
		t.Errorf("%s: %v\n%s", ca.Path(), err, public)
	}
	again, err := LoadOrCreateCA(dir)
	if err != nil || again.Fingerprint() != ca.Fingerprint() {
		t.Errorf("another CA: %v, %v", again, err)
	}
	if err := os.Remove(ca.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateCA(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ca.Path()); err != nil {
		t.Errorf("the certificate alone is not made again: %v", err)
	}
	newer, err := NewCA(dir)
	if err != nil || newer.Fingerprint() == ca.Fingerprint() {
		t.Errorf("no new CA: %v", err)
	}
	if again, err = LoadOrCreateCA(dir); err != nil || again.Fingerprint() != newer.Fingerprint() {
		t.Errorf("the old CA is back: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestConcurrentCreationYieldsOneCA(t *testing.T) {
	dir := t.TempDir()
	var prints [8]string
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			ca, err := LoadOrCreateCA(dir)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = ca.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatalf("several CAs: %q", prints)
		}
	}
}

// What is wrong with the files is reported in one line, with the file's name.
func TestUnusableCAIsReported(t *testing.T) {
	upstream, own := cas()
	pemOf := func(typ string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b}) }
	key := func(ca *CA) []byte {
		b, err := x509.MarshalPKCS8PrivateKey(ca.key)
		if err != nil {
			t.Fatal(err)
		}
		return pemOf("PRIVATE KEY", b)
	}
	leaf, err := own.Leaf("a.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		data []byte
		mode os.FileMode
		says string
	}{
		"empty":          {nil, 0o600, "no certificate or no key in it"},
		"rubbish":        {[]byte("rubbish"), 0o600, "make a new one"},
		"no key":         {own.pem(), 0o600, "no certificate or no key"},
		"no certificate": {key(own), 0o600, "no certificate or no key"},
		"broken":         {pemOf("CERTIFICATE", []byte("x")), 0o600, "not usable"},
		"another's key":  {append(own.pem(), key(upstream)...), 0o600, "do not match"},
		"a leaf":         {append(pemOf("CERTIFICATE", leaf.Certificate[0]), key(own)...), 0o600, "not a CA certificate"},
		"too long":       {make([]byte, 1<<20+1), 0o600, "too large for a key"},
		"open":           {append(own.pem(), key(own)...), 0o644, "can be read or changed by others"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.mode != 0o600 && runtime.GOOS == "windows" {
				t.Skip("Windows has no modes")
			}
			dir := t.TempDir()
			file := filepath.Join(dir, caKeyFile)
			if err := os.WriteFile(file, test.data, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := LoadOrCreateCA(dir)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q and the file in one line", err, test.says)
			}
			if now, _ := os.ReadFile(file); !bytes.Equal(now, test.data) {
				t.Error("the file was changed")
			}
		})
	}
}

// Leaves verify for the name or the address they are made for.
func TestLeafVerifies(t *testing.T) {
	_, own := cas()
	for host, names := range map[string][]string{
		"Mail.Example.":  {"mail.example"},
		"a_b.example":    {"a_b.example"},
		"192.0.2.7":      {"192.0.2.7"},
		"[2001:db8::1]":  {"2001:db8::1"},
		"fe80::1%lo":     {"fe80::1"},
		"::ffff:1.2.3.4": {"1.2.3.4"},
	} {
		leaf, err := own.Leaf(host)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		for _, n := range names {
			o := x509.VerifyOptions{Roots: pool(own)}
			if strings.Contains(n, "_") {
				o.DNSName = "" // crypto/x509 does not look for such a name
			} else {
				o.DNSName = n
			}
			if _, err := leaf.Leaf.Verify(o); err != nil {
				t.Errorf("%s: %v", n, err)
			}
		}
	}
	for _, bad := range []string{"", ".", "a..b", "a b", "*.example", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 130), "x\x00y", "ä.example"} {
		if _, err := own.Leaf(bad); err == nil {
			t.Errorf("%q: got a certificate, want an error", bad)
		}
	}
	a, _ := own.Leaf("a.example")
	if b, _ := own.Leaf("A.EXAMPLE"); a != b {
		t.Error("a name has two leaves")
	}
}

// Names that a client makes up do not fill memory.
func TestLeafCacheIsBounded(t *testing.T) {
	ca, err := NewCA("")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := ca.Leaf("0.example")
	for i := range maxLeaves + 10 {
		if _, err := ca.Leaf(fmt.Sprintf("%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(ca.leaves) != maxLeaves || len(ca.order) != maxLeaves {
		t.Errorf("%d leaves, %d in order, want %d", len(ca.leaves), len(ca.order), maxLeaves)
	}
	if again, _ := ca.Leaf("0.example"); again == first {
		t.Error("the oldest is kept")
	}
}

func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
			t.Fatal("openssl is not installed: apt-get install openssl")
		}
		t.Skip("openssl is not installed: apt-get install openssl")
	}
	dir := t.TempDir()
	ca, err := LoadOrCreateCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Leaf(mailHost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "leaf.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", mailHost, "-CAfile", ca.Path(), file).CombinedOutput()
	if err != nil {
		t.Errorf("openssl verify: %v\n%s", err, out)
	}
	out, err = exec.Command(openssl, "x509", "-noout", "-fingerprint", "-sha256", "-in", ca.Path()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), ca.Fingerprint()) {
		t.Errorf("openssl says %s, %v, want %s", out, err, ca.Fingerprint())
	}
}

// The secrets of both legs are written to the key log in whole lines.
func TestKeyLogHasBothLegs(t *testing.T) {
	var log lockedBuffer
	r := newRig(t, &Config{Client: Implicit, Upstream: Implicit, KeyLog: &log})
	var client ctls.ConnectionState
	both(func() {
		client = r.client.trust().ConnectionState()
		r.client.expect("* OK hi\r\n")
	}, func() {
		r.server.accept()
		r.server.send("* OK hi\r\n")
	})
	r.opens()
	if client.Version != ctls.VersionTLS13 {
		t.Fatalf("%s", ctls.VersionName(client.Version))
	}
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	seen := make(map[string]int)
	for _, l := range lines {
		f := strings.Fields(l)
		if len(f) != 3 {
			t.Errorf("%q is not a line of a key log", l)
			continue
		}
		seen[f[0]]++
	}
	for _, label := range []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} {
		if seen[label] != 2 {
			t.Errorf("%s: %d times, want one for each leg", label, seen[label])
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestParseModeInvertsString(t *testing.T) {
	for _, m := range []Mode{Plain, StartTLS, Implicit} {
		if got, err := ParseMode(m.String()); got != m || err != nil {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseMode("ssl"); err == nil {
		t.Error("ssl is accepted as a mode")
	}
	if got := Mode(9).String(); got != "Mode(9)" {
		t.Error(got)
	}
}

// TestSharedCertificate checks that one certificate is valid for all of its hosts, and for no other.
func TestSharedCertificate(t *testing.T) {
	ca, err := LoadOrCreateCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"192.0.2.7", "2001:db8::7", "Teacher.local."}
	c, err := ca.Shared(hosts)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	for _, h := range []string{"192.0.2.7", "2001:db8::7", "teacher.local"} {
		if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: h, Roots: roots}); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
	if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: "192.0.2.8", Roots: roots}); err == nil {
		t.Error("it is valid for another address")
	}
	if _, err := ca.Shared([]string{"a b"}); err == nil {
		t.Error("a certificate for what is no host name")
	}
}
