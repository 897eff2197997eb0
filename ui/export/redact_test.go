package export_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/protocol"
	"imapscope/ui/export"
)

// TestRedactManyOpen redacts a capture in which more connections are open at once than
// other readers remember, among them some that are not IMAP, which the recording says who
// the server of is: each remains one connection.
func TestRedactManyOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("51,000 connections")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pcapng"), filepath.Join(dir, "out.pcapng")
	const imap, others = 18_000, 33_000
	writeOpen(t, in, imap, others)
	o := pcap.Options{}
	r, read, err := export.Redact(context.Background(), pcap.Files([]string{in}, export.RedactOptions(o)), out, false, o, protocol.UnknownDialect)
	if read != nil || err != nil {
		t.Fatal(read, err)
	}
	if r.Conns != imap+others || r.Blanked > 0 {
		t.Errorf("%+v", r)
	}
	// It also works if the reader has to forget connections: those are continued as others.
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	r, read, err = export.Redact(context.Background(), pcap.Files([]string{in}, o), out, false, o, protocol.UnknownDialect)
	if read != nil || err != nil || r.Conns != 2*imap+others {
		t.Fatal(r.Conns, read, err)
	}
}

// writeOpen writes a capture whose connections all begin before they continue.
func writeOpen(t *testing.T, name string, imap, others int) {
	t.Helper()
	rec, err := pcap.Create(name, pcap.RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1e9, 0)
	var off [2]int64
	send := func(id int, dir capture.Direction, text string) {
		at = at.Add(time.Millisecond)
		rec.Event(&capture.Event{Kind: capture.Data, Conn: capture.ConnID(id), Time: at, Dir: dir, Off: off[dir], Data: []byte(text)})
	}
	for id := 1; id <= imap+others; id++ {
		port, text := uint16(143), "* OK hi\r\n"
		if id > imap {
			port, text = 80, "HTTP/1.0 OK\r\n"
		}
		client := netip.MustParseAddrPort(fmt.Sprintf("10.1.%d.%d:%d", id>>16, id>>8&255, 10000+id&255))
		rec.Event(&capture.Event{Kind: capture.Opened, Conn: capture.ConnID(id), Time: at, Info: &capture.Conn{
			ID: capture.ConnID(id), Client: client, Server: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), port), Start: at,
		}})
		send(id, capture.ServerToClient, text)
	}
	off[capture.ServerToClient] = int64(len("* OK hi\r\n"))
	for id := 1; id <= imap; id++ {
		send(id, capture.ClientToServer, "A1 NOOP\r\n")
		send(id, capture.ServerToClient, "A1 OK\r\n")
	}
	if err := rec.Finish(at); err != nil {
		t.Fatal(err)
	}
}
