package print

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/ui/view"
)

func columns(s string) int { return view.Width(s) }

// printAll is a decode.Handler that prints everything.
type printAll struct{ p Printer }

func (h printAll) Open(c capture.Conn) error { return h.p.Connection(c) }

func (h printAll) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if err := printEvent(h.p, id, e); err != nil {
			return err
		}
	}
	return nil
}

func printEvent(p Printer, id capture.ConnID, e decode.Event) error {
	switch e := e.(type) {
	case *decode.Message:
		switch {
		case e.Kind == decode.Greeting:
			return p.Greeting(id, e)
		case e.Kind == decode.Junk:
			return p.Junk(id, e)
		case e.Txn == nil:
			return p.Unsolicited(id, e)
		}
		p.Message(id, e)
	case *decode.Transaction:
		return p.Transaction(id, e)
	case *decode.Resync:
		return p.Resync(id, e)
	case *decode.Closed:
		return p.Close(id, e)
	}
	return nil
}

// leastWidth is the narrowest terminal in which every line fits: the margin of a text is
// never cut (it is widest with Quiet), nor is the text's beginning.
const leastWidth = 35 + minText

// TestWidth prints the lab's recordings, and a mailbox in wide characters, for terminals of
// several widths, and checks that no line is wider unless the terminal is too narrow.
func TestWidth(t *testing.T) {
	files, _ := filepath.Glob("../../cmd/imapscope/testdata/lab/*.pcap*")
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".txt") || strings.HasSuffix(f, ".jsonl") })
	if len(files) < 30 {
		t.Fatalf("%d recordings", len(files))
	}
	wide := "S: * OK \u4e2d\u6587\u4e2d\u6587 " + strings.Repeat("\u4e2d", 100) + "\nC: a FETCH 1:2 ALL\n"
	for i := range 3 {
		wide += fmt.Sprintf("S: * %d FETCH (FLAGS (\\Seen \u65e5\u672c\u8a9e) ENVELOPE (\"Tue, 7 May 91 12:34:45 PDT\" \"%s\" ((\"%s\" NIL \"x\" \"y\")) NIL NIL NIL NIL NIL NIL NIL))\n",
			i+1, strings.Repeat("\u4e2d\u6587x", 20*i+1), strings.Repeat("\uac00", 30*i))
	}
	wide += "S: a OK " + strings.Repeat("\u3000\u4e2d\u0301", 90) + "\n"
	for _, width := range []int{20, 80, 200} {
		for _, o := range []TextOptions{{}, {Verbose: true}, {Quiet: true}} {
			o.Width = width
			var b bytes.Buffer
			play(t, NewText(&b, o), wide)
			for _, file := range files {
				src := pcap.Files([]string{file}, pcap.Options{})
				if err := src.Run(context.Background(), decode.NewDemux(decode.Options{}, printAll{NewText(&b, o)})); err != nil {
					t.Fatal(err)
				}
			}
			if b.Len() < 10_000 {
				t.Errorf("only %d bytes", b.Len())
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if w := columns(line); w > max(width, leastWidth) {
					t.Errorf("%d columns of %d: %s", w, width, line)
					break
				}
				if strings.Contains(line, "\x1b") {
					t.Fatalf("unrequested colors: %q", line)
				}
			}
		}
	}
}

// TestColor checks that there are colors if they are requested.
func TestColor(t *testing.T) {
	var b bytes.Buffer
	play(t, NewText(&b, TextOptions{Color: true}), "S: * OK hi\nC: a NOOP\nS: a NO x\n")
	if !strings.Contains(b.String(), "\x1b[") {
		t.Errorf("no colors: %q", b.String())
	}
}
