package archive_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
)

// sealed is a recording of TLS after STARTTLS, with its keys.
const sealed = "../../cmd/imapscope/testdata/lab/imaplib--dovecot-starttls-dsb.pcapng"

// endless passes on everything but the ends of connections.
type endless struct{ capture.Sink }

func (e endless) Event(x *capture.Event) error {
	if x.Kind == capture.Closed {
		return nil
	}
	return e.Sink.Event(x)
}

// TestLayersOfConnection checks that Layers returns what Items has of them, and that what it
// counts of an open connection is what the decoder says at its end.
func TestLayersOfConnection(t *testing.T) {
	whole, open := newArchive(t, archive.Options{}), newArchive(t, archive.Options{})
	src := pcap.Files([]string{sealed}, pcap.Options{})
	if err := src.Run(context.Background(), capture.Tee{whole.Writer(), endless{open.Writer()}}); err != nil {
		t.Fatal(err)
	}
	var want []decode.Event
	var closed *decode.Closed
	r := whole.Reader()
	err := r.Items(1, archive.Ref{}, func(it archive.Item) bool {
		switch e := it.Event.(type) {
		case *decode.Upgrade, *decode.Secured, *decode.Dark:
			want = append(want, e)
		case *decode.Closed:
			closed = e
		}
		return true
	})
	if err != nil || len(want) != 2 || closed == nil {
		t.Fatalf("%d events, %v", len(want), err)
	}
	for name, a := range map[string]*archive.Archive{"whole": whole, "open": open} {
		events, sums, err := a.Reader().Layers(1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, events); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(closed.Layers, sums); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if c, _ := whole.ConnOf(1); c.TLS != "TLS 1.3" {
		t.Errorf("TLS is %q", c.TLS)
	}
	if _, _, err := r.Layers(7); err == nil {
		t.Error("a connection that is not there has layers")
	}
}

// TestHeaders checks that Headers finds the messages that have bytes in a stretch.
func TestHeaders(t *testing.T) {
	a, err := archive.NewSmall(archive.Options{Dir: t.TempDir()}, 512, 4096, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := pcap.Files([]string{sealed}, pcap.Options{}).Run(context.Background(), a.Writer()); err != nil {
		t.Fatal(err)
	}
	type place struct {
		off, end int64
		txn      int
		secrets  int
	}
	var all [2][]place
	r := a.Reader()
	err = r.Items(1, archive.Ref{}, func(it archive.Item) bool {
		if m, ok := it.Event.(*decode.Message); ok {
			p := place{off: m.Off, end: m.Off + m.Len, secrets: len(m.Secrets)}
			if m.Txn != nil {
				p.txn = m.Txn.N
			}
			all[m.Dir] = append(all[m.Dir], p)
		}
		return true
	})
	if err != nil || len(all[0]) < 16 || len(all[1]) < 30 {
		t.Fatalf("%d and %d messages, %v", len(all[0]), len(all[1]), err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		dir := capture.Direction(rnd.IntN(2))
		list := all[dir]
		off := rnd.Int64N(list[len(list)-1].end + 10)
		n := 1 + rnd.Int64N(200)
		var want, got []place
		for _, p := range list {
			if p.off < off+n && p.end > off {
				want = append(want, p)
			}
		}
		err := r.Headers(1, dir, off, n, func(m *decode.Message, txn int) bool {
			got = append(got, place{m.Off, m.Off + m.Len, txn, len(m.Secrets)})
			return true
		})
		if d := cmp.Diff(want, got, cmp.AllowUnexported(place{})); d != "" || err != nil {
			t.Fatalf("%d bytes from %d on, %s: %v\n%s", n, off, dir, err, d)
		}
	}
}
