package server

import (
	"bufio"
	ctls "crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

// hostile logs in as a user without NATS's library, which would not do what follows.
func hostile(t *testing.T, g *guarded, user string) net.Conn {
	t.Helper()
	raw, err := net.Dial("tcp", g.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	raw.SetDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(raw).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var info struct{ Nonce string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "INFO ")), &info); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(g.ca.Certificate())
	c := ctls.Client(raw, &ctls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
	text, err := os.ReadFile(g.creds(user))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := pair.Sign([]byte(info.Nonce))
	if err != nil {
		t.Fatal(err)
	}
	connect := fmt.Sprintf(`CONNECT {"nkey":%q,"sig":%q,"verbose":false,"pedantic":false,"tls_required":true}`, public, base64.RawURLEncoding.EncodeToString(sig))
	if _, err := c.Write([]byte(connect + "\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(c)
	for {
		line, err := answers.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "-ERR") {
			t.Fatal(line)
		}
		if strings.HasPrefix(line, "PONG") {
			return c
		}
	}
}

// rest returns what the server sends until it ends the connection.
func rest(c net.Conn) string {
	out, _ := io.ReadAll(c)
	return string(out)
}
