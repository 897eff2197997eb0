package main

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
	"imapscope/samples/server"
)

// sampleServer is the sample server with mails in its INBOX, and where it listens.
func sampleServer(t *testing.T, mails []proxytest.Mail) string {
	t.Helper()
	leaktest.Check(t)
	var mbox bytes.Buffer
	for _, m := range mails {
		mbox.WriteString("From fred@example.org Mon May  6 12:00:00 1991\n")
		mbox.Write(bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n")))
		mbox.WriteString("\n")
	}
	s, err := server.New(server.Options{Mail: fstest.MapFS{"mailboxes/INBOX.mbox": {Data: mbox.Bytes()}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// TestPeersIMAP2: a client of today that speaks IMAP2 where the server knows no more
// gets its mail through the proxy; it is shown as IMAP2, as tcpdump's capture is.
func TestPeersIMAP2(t *testing.T) {
	mails := proxytest.Mails(5, 30_000)
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", sampleServer(t, mails), "--format", "jsonl", "-w", file)
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
		want, got := live, untimed(t, string(seen))
		if name == "tcpdump" { // both sides may close at the same moment: see TestPeers
			want, got = without(want, "first"), without(got, "first")
		}
		if d := cmp.Diff(want, got); d != "" {
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
