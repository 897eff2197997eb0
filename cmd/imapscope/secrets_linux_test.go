package main

import (
	"bytes"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordingsHoldSecretsUnlessMasked checks that a recording is readable by its owner only,
// and that with --mask-secrets it has neither a password nor what repeats it.
func TestRecordingsHoldSecretsUnlessMasked(t *testing.T) {
	const word = "Zqsecretword"
	for _, mask := range []bool{false, true} {
		name := filepath.Join(t.TempDir(), "today.pcapng")
		args := []string{"proxy", "--upstream", answering(t), "--listen", freeAddr(t), "-w", name}
		if mask {
			args = append(args, "--mask-secrets")
		}
		p := start(t, read, read, args...)
		c := p.dial()
		for _, command := range []string{"a LOGIN fred " + word, "b SELECT old-" + word + "-mail", word + " NOOP", "d LOGIN fred {12+}\r\n" + word} {
			if err := ask(c, command); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		p.signal(os.Interrupt)
		if code := p.ends(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		b, err := os.ReadFile(name)
		if err != nil || bytes.Contains(b, []byte(word)) == mask || !bytes.Contains(b, []byte("a LOGIN fred ")) {
			t.Errorf("masked: %t, but the recording of %d bytes has the password: %t, %v", mask, len(b), bytes.Contains(b, []byte(word)), err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if warned := strings.Contains(p.stderr(), "passwords included"); warned == mask {
			t.Errorf("masked: %t, warned: %t", mask, warned)
		}
	}
}

// TestKeysAreWrittenOnlyIfAsked checks that the proxy writes TLS keys only to the file that
// SSLKEYLOGFILE names, and that a new one is readable by its owner only.
func TestKeysAreWrittenOnlyIfAsked(t *testing.T) {
	for _, ask := range []bool{false, true} {
		dir := t.TempDir()
		keys := filepath.Join(dir, "keys")
		t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
		t.Setenv("SSLKEYLOGFILE", "")
		if ask {
			t.Setenv("SSLKEYLOGFILE", keys)
		}
		t.Chdir(dir)
		p := start(t, read, read, "proxy", "--client-tls", "implicit", "--upstream", answering(t), "--listen", freeAddr(t))
		c := tls.Client(p.dial(), &tls.Config{InsecureSkipVerify: true})
		if _, err := c.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		c.Close()
		p.signal(os.Interrupt)
		p.ends()
		want := "config"
		if ask {
			want = "config keys"
			b, err := os.ReadFile(keys)
			info, _ := os.Stat(keys)
			if err != nil || !bytes.Contains(b, []byte("CLIENT_TRAFFIC_SECRET_0 ")) || info.Mode() != 0o600 {
				t.Errorf("%d bytes of keys, %v", len(b), err)
			}
		}
		if got := strings.Join(files(t, dir), " "); got != want {
			t.Errorf("the files are %s, not %s", got, want)
		}
	}
}
