package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/proxy/proxytest"
)

// older stands before a server and makes it one of 1990: it does not know CAPABILITY,
// and says nothing of what it can do.
func older(t *testing.T, addr string) string {
	t.Helper()
	offers := regexp.MustCompile(`\[CAPABILITY [^]]*\] `)
	return serving(t, func(client *net.TCPConn) {
		server, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		var answers sync.WaitGroup
		var turn sync.Mutex
		answers.Go(func() {
			for lines := bufio.NewReader(server); ; {
				line, err := lines.ReadBytes('\n')
				turn.Lock()
				client.Write(offers.ReplaceAll(line, nil))
				turn.Unlock()
				if err != nil {
					client.CloseWrite()
					return
				}
			}
		})
		for lines := bufio.NewReader(client); ; {
			line, err := lines.ReadString('\n')
			if tag, asks := strings.CutSuffix(line, " CAPABILITY\r\n"); asks {
				turn.Lock()
				fmt.Fprintf(client, "%s BAD unknown command\r\n", tag)
				turn.Unlock()
				continue
			}
			io.WriteString(server, line)
			if err != nil {
				break
			}
		}
		server.Close()
		answers.Wait()
	})
}

// TestPeersIMAP2: a client of today that speaks IMAP2 where the server knows no more
// gets its mail through the proxy; it is shown as IMAP2, as tcpdump's capture is.
func TestPeersIMAP2(t *testing.T) {
	mails := proxytest.Mails(5, 30_000)
	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", older(t, server.Plain), "--format", "jsonl", "-w", file)
	beside := filepath.Join(t.TempDir(), "beside.pcap")
	dump := proxytest.Tcpdump(t, beside, port(p.addr))
	got := proxytest.Alpine(t, proxytest.Account{Addr: p.addr, User: "fred"}, len(mails))
	p.stop(t)
	dump.Stop(t)

	if d := cmp.Diff(proxytest.Hashes(mails), proxytest.Hashes(got)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	live := untimed(t, p.Out.String())
	for name, capture := range map[string]string{"recording": file, "tcpdump": beside} {
		seen, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", capture)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(live, untimed(t, string(seen))); d != "" {
			t.Errorf("shown live, and from the %s: -live +other\n%s", name, d)
		}
	}
	for _, want := range []string{
		`"command":"CAPABILITY","request":`, `"status":"BAD"`, ` LOGIN fred ********"`, `"command":"SELECT"`,
		` FETCH 1:5 (RFC822.HEADER `, ` FETCH 5 RFC822.TEXT"`, ` STORE 5 -FLAGS \\Seen"`, `"dialect":"IMAP2"`,
	} {
		if !strings.Contains(p.Out.String(), want) {
			t.Errorf("%s is not shown", want)
		}
	}
}
