package archive_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/samples/traffic"
)

// TestLabCaptures: of each recording the archive has what the decoder told.
func TestLabCaptures(t *testing.T) {
	names := shared.Glob(t, "lab/*.pcap*")
	if len(names) < 30 {
		t.Fatalf("%d files", len(names))
	}
	conns, txns := 0, 0
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := newSpy()
			a := newArchive(t, archive.Options{Handler: s})
			src := pcap.Files([]string{name}, pcap.Options{})
			if err := src.Run(context.Background(), capture.Tee{s.text(), a.Writer()}); err != nil {
				t.Fatal(err)
			}
			s.verify(t, a)
			conns, txns = conns+a.Conns(), txns+a.Len()
		})
	}
	if conns < 30 || txns < 500 {
		t.Errorf("only %d connections and %d transactions in all", conns, txns)
	}
}

// TestRecording: connections written as pcapng from the archive decode to the same
// transactions.
func TestRecording(t *testing.T) {
	var file bytes.Buffer
	sum, err := traffic.Write(&file, traffic.Options{Bytes: 3 << 20, Conns: 5, LossPercent: 0.5, ReorderPercent: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := newSpy()
	a := newArchive(t, archive.Options{Handler: s})
	if err := pcap.Stream(&file, "traffic", pcap.Options{}).Run(context.Background(), capture.Tee{s.text(), a.Writer()}); err != nil {
		t.Fatal(err)
	}
	if int64(a.Conns()) != sum.Connections || sum.LostServer == 0 {
		t.Fatalf("%d connections of %d, %d bytes lost", a.Conns(), sum.Connections, sum.LostServer)
	}
	s.verify(t, a)

	recording, err := pcaptest.Record(func(rec capture.Sink) error { return a.Reader().Replay(context.Background(), rec, 2, 4) })
	if err != nil {
		t.Fatal(err)
	}
	again := newArchive(t, archive.Options{})
	if err := pcap.Stream(bytes.NewReader(recording), "recording", pcap.Options{}).Run(context.Background(), again.Writer()); err != nil {
		t.Fatal(err)
	}
	if again.Conns() != 2 {
		t.Fatalf("%d connections", again.Conns())
	}
	for k, id := range []capture.ConnID{2, 4} {
		compareConns(t, a, id, again, again.Conn(k).ID)
	}
}

// compareConns holds the transactions of two connections against each other; times
// in a recording are microseconds at worst.
func compareConns(t *testing.T, a *archive.Archive, id capture.ConnID, b *archive.Archive, other capture.ConnID) {
	t.Helper()
	was, _ := a.ConnOf(id)
	is, _ := b.ConnOf(other)
	if was.Txns != is.Txns || was.Txns < 5 || was.Octets != is.Octets || was.Lost != is.Lost {
		t.Fatalf("%+v\n%+v", was, is)
	}
	var x, y decode.Transaction
	for n := 1; n <= was.LastN; n++ {
		i, _ := a.Find(id, n)
		j, ok := b.Find(other, n)
		if err := a.Reader().Txn(i, &x); err != nil {
			t.Fatal(err)
		}
		if err := b.Reader().Txn(j, &y); err != nil {
			t.Fatal(err)
		}
		if !ok || x.Tag != y.Tag || x.Text != y.Text || x.Octets != y.Octets || !bytes.Equal(x.Request.Raw, y.Request.Raw) || !x.Time.Equal(y.Time) {
			t.Fatalf("transaction %d: %+v\n%+v", n, x, y)
		}
	}
}
