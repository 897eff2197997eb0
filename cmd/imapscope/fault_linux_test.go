package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"testing"
)

// TestProxyNamesRemedyForUnreadTraffic checks that the proxy warns once faults can no longer act
// on a connection, and names the flags that help.
func TestProxyNamesRemedyForUnreadTraffic(t *testing.T) {
	for command, hello := range map[string]string{
		"STARTTLS":         "\x16\x03\x01\x00\x05hello",
		"COMPRESS DEFLATE": "JR\xf0\xf3\xf7\x0f\xe0\xe5\x02\x00\x00\x00\xff\xff",
	} {
		want := map[string]string{"STARTTLS": "--client-tls and --upstream-tls end TLS at the proxy, or --strip STARTTLS", "COMPRESS DEFLATE": "--strip COMPRESS=DEFLATE"}[command]
		addr := freeAddr(t)
		p := start(t, read, read, "proxy", "-q", "--upstream", answering(t), "--listen", addr, "--fault", "reset if n == 99")
		p.await("Ctrl-C ends it")
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "a %s\r\n", command)
		for lines := bufio.NewScanner(c); lines.Scan() && lines.Text() != "a OK done"; {
		}
		fmt.Fprint(c, hello)
		p.await(want)
		c.Close()
		p.signal(os.Interrupt)
		p.ends()
	}
}
