package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
	"imapscope/decode/why"
)

// TestWhyKinds runs why on the recordings in testdata/why/KIND:
//
//	fault-NAME.txtar  the fault, as a transcript
//	like-NAME.txtar   what only looks like it
//	real-NAME.pcap*   the fault, recorded from real programs; what why says is in
//	                  real-NAME.want, and real-NAME.cured.pcap* is without the fault
//	made-NAME.pcap*   the fault, in a recording of programs of this project (the INDEX.md of the
//	                  shared captures says which); with a .want
//
// A transcript has a comment that says where it comes from, and one section for each
// connection, "conn 1", "conn 2" (the format is that of decodetest.Play; a section starts
// at the same time as the others, so "# 3m later" at its beginning delays it). A fault also
// has the sections "cured 1", "cured 2": the connections that are different without it, in
// full. The section "want" is what why says about the kind; -update writes it.
func TestWhyKinds(t *testing.T) {
	for _, k := range why.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			dir := filepath.Join("testdata", "why", k.Name)
			for pattern, least := range map[string]int{"fault-*.txtar": 2, "real-*.want": 1, "like-*.txtar": 3} {
				if files, _ := filepath.Glob(filepath.Join(dir, pattern)); len(files) < least {
					t.Errorf("%d recordings %s, want at least %d", len(files), pattern, least)
				}
			}
			scripts, _ := filepath.Glob(filepath.Join(dir, "*.txtar"))
			for _, file := range scripts {
				t.Run(filepath.Base(file), func(t *testing.T) { whyScript(t, k.Name, file) })
			}
			real, _ := filepath.Glob(filepath.Join(dir, "real-*.pcap*"))
			made, _ := filepath.Glob(filepath.Join(dir, "made-*.pcap*"))
			for _, file := range slices.Concat(real, made) {
				t.Run(filepath.Base(file), func(t *testing.T) { whyReal(t, k.Name, file) })
			}
		})
	}
}

func whyScript(t *testing.T, kind, file string) {
	a := golden.Open(t, file)
	if len(bytes.TrimSpace(a.Comment)) == 0 {
		t.Error("no comment says where it comes from")
	}
	got := whyAbout(t, kind, whyCapture(t, a, "conn"))
	if fault := strings.HasPrefix(filepath.Base(file), "fault-"); fault != (got != "") {
		t.Errorf("why says %q", got)
	} else if fault {
		if said := whyAbout(t, kind, whyCapture(t, a, "cured")); said != "" {
			t.Errorf("without the fault why says %s", said)
		}
	}
	if got != "" {
		a.Compare("want", got)
	}
}

func whyReal(t *testing.T, kind, file string) {
	got := whyAbout(t, kind, file)
	name, _, _ := strings.Cut(file, ".pcap")
	if strings.HasSuffix(name, ".cured") {
		if got != "" {
			t.Errorf("without the fault why says %s", got)
		}
		return
	}
	if got == "" {
		t.Error("why says nothing")
	}
	golden.File(t, name+".want", got)
}

// whyAbout returns what why says about a kind on a capture, a line for each reason.
func whyAbout(t *testing.T, kind, file string) string {
	t.Helper()
	list, _ := whyLines(t, file)
	var b strings.Builder
	for _, x := range list {
		if x.Kind == kind {
			fmt.Fprintf(&b, "(%s) %s\n", x.Verdict, x.Sentence)
		}
	}
	return b.String()
}

// whyCapture records the connections of a transcript. Where it has a section of that name
// for a connection ("cured 2"), that is used instead of "conn 2"; an empty one leaves the
// connection out.
func whyCapture(t *testing.T, a *golden.Archive, name string) string {
	t.Helper()
	sections := map[string]string{}
	count, found := 0, false
	for _, f := range a.Files {
		if f.Name != "want" {
			sections[f.Name] = a.Part(f.Name)
		}
		if strings.HasPrefix(f.Name, "conn ") {
			count++
		}
		found = found || strings.HasPrefix(f.Name, name+" ")
	}
	if !found {
		t.Fatalf("no section %q", name+" 1")
	}
	var all whyEvents
	for i := range count {
		text, other := sections[fmt.Sprint(name, " ", i+1)]
		if !other {
			text = sections[fmt.Sprint("conn ", i+1)]
		}
		if text == "" {
			continue
		}
		all.conn = capture.ConnID(i + 1)
		if err := decodetest.Play(text, &all); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(all.list, func(a, b capture.Event) int { return a.Time.Compare(b.Time) })
	data, err := pcaptest.Record(func(s capture.Sink) error {
		for i := range all.list {
			if err := s.Event(&all.list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".pcapng")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// whyEvents is a sink that keeps the events of several connections.
type whyEvents struct {
	conn capture.ConnID
	list []capture.Event
}

// Event implements capture.Sink.
func (w *whyEvents) Event(e *capture.Event) error {
	x := *e
	x.Conn, x.Data = w.conn, bytes.Clone(e.Data)
	if x.Info != nil {
		info := *x.Info
		info.ID = w.conn
		info.Client = netip.AddrPortFrom(info.Client.Addr(), info.Client.Port()+uint16(w.conn))
		x.Info = &info
	}
	w.list = append(w.list, x)
	return nil
}
