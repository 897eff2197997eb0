package view

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// gathered plays both sides of one command, and returns the exchange and how many bytes
// were in use before it was taken.
func gathered(t *testing.T, g *Gather, responses func(say func(string))) (*Exchange, int64) {
	t.Helper()
	now := time.Unix(0, 0)
	d := decode.New(decode.Options{})
	var out *Exchange
	events := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				if e.Txn != nil {
					g.Message(1, e)
				}
			case *decode.Transaction:
				out = g.Take(1, e)
			}
		}
	}
	server := func(s string) { events(d.Write(capture.ServerToClient, now, []byte(s))) }
	before := inUse()
	server("* OK hi\r\n")
	events(d.Write(capture.ClientToServer, now, []byte("a FETCH 1:9999 ALL\r\n")))
	responses(server)
	used := inUse() - before
	server("a OK done\r\n")
	if out == nil || len(g.open) != 0 {
		t.Fatalf("%d exchanges are still open", len(g.open))
	}
	return out, used
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestExchangeIsBounded checks that what is kept of the responses to one command is
// bounded, and that the request and the completion are kept regardless.
func TestExchangeIsBounded(t *testing.T) {
	long := strings.Repeat("x", 60<<10)
	const most = 4 << 20
	for _, c := range []struct {
		name string
		say  func(say func(string))
	}{
		{"many messages", func(say func(string)) {
			for i := range 10_000 {
				say(fmt.Sprintf("* %d FETCH (FLAGS (\\Seen) RFC822.SIZE %d)\r\n", i+1, i))
			}
		}},
		{"many kinds", func(say func(string)) {
			for i := range 10_000 {
				say(fmt.Sprintf("* KIND%d x\r\n", i))
			}
		}},
		{"long lines of many kinds", func(say func(string)) {
			for i := range 400 {
				say(fmt.Sprintf("* KIND%d %s\r\n", i%100, long))
			}
		}},
		{"long controls", func(say func(string)) {
			for i := range 200 {
				say(fmt.Sprintf("* KIND%d %s\r\n", i, strings.Repeat("\x1b", 60<<10)))
			}
		}},
		{"long ready responses", func(say func(string)) {
			for i := range 200 {
				say(fmt.Sprintf("+ %d %s\r\n", i, long))
			}
		}},
		{"long status responses", func(say func(string)) {
			for range 200 {
				say("* OK " + long + "\r\n")
			}
		}},
		{"long subjects", func(say func(string)) {
			for i := range 200 {
				say(fmt.Sprintf("* %d FETCH (ENVELOPE (NIL %q NIL NIL NIL NIL NIL NIL NIL NIL))\r\n", i+1, long))
			}
		}},
		{"many items", func(say func(string)) {
			for i := range 200 {
				say(fmt.Sprintf("* %d FETCH (FLAGS () %s 1)\r\n", i+1, strings.Repeat(fmt.Sprint("ITEM", i, " 1 "), 5000)))
			}
		}},
		{"many flags", func(say func(string)) {
			for i := range 200 {
				say(fmt.Sprintf("* %d FETCH (FLAGS (%s))\r\n", i+1, strings.Repeat("flag ", 10_000)+"x"))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, verbose := range []bool{false, true} {
				ex, used := gathered(t, &Gather{Verbose: verbose}, c.say)
				if limit := int64(most); used > limit && !verbose || used > 4*limit {
					t.Errorf("verbose %t: %d bytes in use", verbose, used)
				}
				if len(ex.Lines) > MaxLines+2 {
					t.Errorf("%d lines", len(ex.Lines))
				}
				if first, last := ex.Lines[0].Text, ex.Lines[len(ex.Lines)-1].Text; first != "a FETCH 1:9999 ALL" || last != "a OK done" {
					t.Errorf("from %q to %q", first, last)
				}
				for _, l := range ex.Lines {
					if len(l.Rows) > MaxRows {
						t.Errorf("%d rows", len(l.Rows))
					}
					if len(l.Text) > 64<<10 {
						t.Errorf("a text of %d bytes", len(l.Text))
					}
				}
			}
		})
	}
}

// TestRequestComesFirst checks that the request is shown first, although the responses
// between its lines came before its end.
func TestRequestComesFirst(t *testing.T) {
	d := decode.New(decode.Options{})
	var g Gather
	var ex *Exchange
	at := time.Unix(0, 0)
	write := func(dir capture.Direction, s string) {
		at = at.Add(time.Second)
		for _, e := range d.Write(dir, at, []byte(s)) {
			switch e := e.(type) {
			case *decode.Message:
				if e.Txn != nil {
					g.Message(1, e)
				}
			case *decode.Transaction:
				ex = g.Take(1, e)
			}
		}
	}
	write(capture.ServerToClient, "* OK hi\r\n")
	write(capture.ClientToServer, "a LOGIN {4}\r\n")
	write(capture.ServerToClient, "+ go\r\n")
	write(capture.ClientToServer, "fred {6}\r\n")
	write(capture.ServerToClient, "+ go\r\n")
	write(capture.ClientToServer, "secret\r\n")
	write(capture.ServerToClient, "* 5 EXISTS\r\n")
	write(capture.ServerToClient, "* NO slow\r\n* 6 EXISTS\r\n")
	write(capture.ServerToClient, "a OK in\r\n")
	var got []string
	for _, l := range ex.Lines {
		got = append(got, l.Text)
	}
	want := []string{`a LOGIN {4}fred {6}` + Mask, "+ go  (2 times)", "* 5 EXISTS", "* 6 EXISTS", "* NO slow", "a OK in"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}
