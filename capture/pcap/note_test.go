package pcap

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// TestNotesOfARecordingAreReported checks that the remarks in a recording are reported when it is read, where
// they were made; also on an unknown port, until the greeting has arrived.
func TestNotesOfARecordingAreReported(t *testing.T) {
	var file bytes.Buffer
	r, err := NewRecorder(&file, RecorderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := newScript(t, r, 1)
	x.ok(capturetest.To(r).Note(1, x.now, "upstream 192.0.2.1:143\nTLS 1.3"))
	x.say(capture.ServerToClient, 0, "* OK hi\r\n")
	x.say(capture.ClientToServer, 0, "a STARTTLS\r\n")
	x.ok(capturetest.To(r).Note(1, x.now, "dropped 5 bytes"))
	x.say(capture.ServerToClient, 0, "a OK begin\r\n")
	x.ok(capturetest.To(r).Note(1, x.now, "at the end"))
	x.end(capture.FIN)
	x.ok(r.Finish(x.now))

	var got calls
	if err := Stream(&file, "recording", Options{}).Run(context.Background(), &got); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, line := range got.list {
		f := strings.SplitN(line, " ", 3)
		if f[1] == "note" {
			order = append(order, f[2])
		} else {
			order = append(order, f[1])
		}
	}
	want := []string{"open", "upstream 192.0.2.1:143", "TLS 1.3", "server", "client", "dropped 5 bytes", "server", "at the end", "client", "server", "closed"}
	if d := cmp.Diff(want, order); d != "" {
		t.Errorf("(-want +got)\n%s\n%s", d, strings.Join(got.list, "\n"))
	}
}

// TestNotesBeforeOpen checks what is kept of remarks until a connection turns out to be
// IMAP has a bound.
func TestNotesBeforeOpen(t *testing.T) {
	var got calls
	a := NewAssembler(Options{}, &got)
	data, length := ethernet(tcp4(client4, netip.AddrPortFrom(server4.Addr(), 9999), 1, 0, flagSYN, "", 0))
	for range 100 {
		if err := a.Packet(&Packet{Link: 1, Data: data, Length: length, Comment: strings.Repeat("x", 1000)}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, c := range a.conns {
		for _, e := range c.doubtful().notes {
			n += len(e.text)
		}
	}
	if n == 0 || n > maxEarlyNotes {
		t.Errorf("%d bytes of remarks are kept", n)
	}
}

// notes is a sink for notes alone.
type notes struct{ texts []string }

func (s *notes) Event(e *capture.Event) error {
	if e.Kind == capture.Note {
		s.texts = append(s.texts, e.Text)
	}
	return nil
}

// TestClockBackwards checks that a clock that ran backwards is noted once; less than queues differ
// by is not.
func TestClockBackwards(t *testing.T) {
	for back, want := range map[time.Duration]string{
		5 * time.Millisecond:    "",
		4999 * time.Millisecond: "the capture's clock ran backwards by 4.999s; until it catches up, times stand still",
		48 * time.Hour:          "the capture's clock ran backwards by 48h0m0s",
	} {
		var got notes
		a := NewAssembler(Options{}, &got)
		now := time.Unix(1e9, 0)
		for i, s := range append(slices.Clone(shake), talk...) {
			if i == len(shake)+1 {
				now = now.Add(-back)
			}
			data, n := s.frame()
			if err := a.Packet(&Packet{Time: now, Link: 1, Data: data, Length: n}); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(got.texts, "|"); got != want {
			t.Errorf("back by %s: %q, want %q", back, got, want)
		}
	}
}
