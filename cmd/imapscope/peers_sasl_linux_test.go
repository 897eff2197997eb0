package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// curlMechanisms are the mechanisms by which curl logs in to Dovecot.
var curlMechanisms = []string{"PLAIN", "LOGIN", "CRAM-MD5"}

// TestPeersSASL logs in to Dovecot by every mechanism that curl has, and by SCRAM-SHA-256, and
// checks that the user is known, that no message has a fault, and that nothing secret is shown.
func TestPeersSASL(t *testing.T) {
	server := proxytest.Dovecot(t, proxytest.Options{
		Inboxes:    map[string][]proxytest.Mail{"fred": proxytest.Mails(1, 1000)},
		Mechanisms: "plain login cram-md5 digest-md5 scram-sha-256 xoauth2 oauthbearer",
	})
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", server.Plain, "-w", file)
	dir := t.TempDir()
	for _, name := range curlMechanisms {
		proxytest.Run(t, dir, nil, nil, proxytest.Peer(t, "curl", "curl"), "-sS", "-q", "-u", "fred:"+proxytest.Password,
			"--login-options", "AUTH="+name, "-o", "mail", fmt.Sprintf("imap://%s/INBOX/;MAILINDEX=1", p.addr))
	}
	scramLogin(t, p.addr, "fred", proxytest.Password)
	// curl does not accept a DIGEST-MD5 challenge whose realm is empty, and Dovecot accepts no
	// token here.
	for name, args := range map[string][]string{"DIGEST-MD5": {"-u", "fred:x"}, "OAUTHBEARER": {"-u", "fred:", "--oauth2-bearer", "Zqtoken"}} {
		args = append(args, "-sS", "-q", "--login-options", "AUTH="+name, fmt.Sprintf("imap://%s/INBOX/;MAILINDEX=1", p.addr))
		if out, err := exec.Command(proxytest.Peer(t, "curl", "curl"), args...).CombinedOutput(); err == nil {
			t.Errorf("curl logs in by %s: %s", name, out)
		}
	}
	p.stop(t)

	for _, name := range append([]string{"SCRAM-SHA-256"}, curlMechanisms...) {
		filter := fmt.Sprintf(`mechanism == %q and user == "fred" and status == "OK"`, name)
		out, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", "--filter", filter, file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(out), `"outcome":"accepted"`); n != 1 || strings.Contains(string(out), `"fault"`) {
			t.Errorf("--filter '%s' finds %d:\n%s", filter, n, out)
		}
	}
	shown, err := decoded(t, "--port", port(p.addr), "-v", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"SASL OAUTHBEARER: the server reports an error; error invalid_token", "SASL OAUTHBEARER: the client acknowledges the error",
		"SASL DIGEST-MD5, step 1 of 3: the client cancels the exchange",
	} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("decode -v does not show %q:\n%s", want, shown)
		}
	}
	for _, secret := range []string{"Zqtoken", "c2VjcmV0"} {
		if strings.Contains(string(shown), secret) {
			t.Errorf("decode -v shows %q:\n%s", secret, shown)
		}
	}
}

// scramLogin logs in by SCRAM-SHA-256 (RFC 7677), and out.
func scramLogin(t *testing.T, addr, user, password string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(prefix, text, want string) string {
		if text != "" {
			prefix += base64.StdEncoding.EncodeToString([]byte(text))
		}
		fmt.Fprintf(c, "%s\r\n", prefix)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), want); ok {
				b, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
				return string(b)
			}
			if !strings.HasPrefix(line, "*") {
				t.Fatalf("the server said %q, not %q", line, want)
			}
		}
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	bare := "n=" + user + ",r=rOprNGfwEbeRWgbNEkqO"
	say("a AUTHENTICATE SCRAM-SHA-256", "", "+")
	first := say("", "n,,"+bare, "+")
	parts := strings.Split(first, ",")
	salt, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(parts[1], "s="))
	count, _ := strconv.Atoi(strings.TrimPrefix(parts[2], "i="))
	salted, err := pbkdf2.Key(sha256.New, password, salt, count, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	mac := func(key, text []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(text)
		return h.Sum(nil)
	}
	key := mac(salted, []byte("Client Key"))
	stored := sha256.Sum256(key)
	without := "c=biws," + parts[0]
	proof := mac(stored[:], []byte(bare+","+first+","+without))
	for i := range proof {
		proof[i] ^= key[i]
	}
	say("", without+",p="+base64.StdEncoding.EncodeToString(proof), "+")
	say("", "", "a OK")
	say("b LOGOUT", "", "b OK")
}
