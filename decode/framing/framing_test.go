package framing

import (
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/wire"
)

const (
	client = capture.ClientToServer
	server = capture.ServerToClient
)

func TestFraming(t *testing.T) {
	f := New(new(wire.Pool))
	check := func(dir capture.Direction, left int64, open bool) {
		t.Helper()
		if f.Left(dir) != left || f.Open(dir) != open {
			t.Errorf("%v: %d left, open %t; want %d, %t", dir, f.Left(dir), f.Open(dir), left, open)
		}
	}
	f.Write(server, []byte("* 1 FETCH (BODY[] {5}\r\n"))
	check(server, 5, true)
	f.Write(server, []byte("ab"))
	f.Gap(server, 3)
	check(server, 0, true)
	f.Write(server, []byte(")\r\n"))
	check(server, 0, false)
	f.Write(client, []byte("a1 APPEND x {3}\r\n"))
	check(client, 3, true)
	f.Refuse()
	check(client, 0, false)
	f.Write(client, []byte("a2 LOGIN fr"))
	check(client, 0, true)
	f.Gap(client, 1) // outside of a literal: the message is given up
	check(client, 0, false)
}

// TestFramingHoldsLittle: however long a line is, a direction keeps little of it.
func TestFramingHoldsLittle(t *testing.T) {
	f := New(new(wire.Pool))
	line := []byte(strings.Repeat("x", 1<<20))
	n := testing.AllocsPerRun(10, func() { f.Write(server, line) })
	if n > 10 || len(f.side[server].Pending()) > 64<<10 {
		t.Errorf("%v allocations, %d bytes", n, len(f.side[server].Pending()))
	}
}

func TestSpeaker(t *testing.T) {
	for line, want := range map[string]string{
		"* OK hello":                      "server",
		"* 3 EXISTS":                      "server",
		"* LIST () NIL x":                 "server",
		"+ go on":                         "server",
		"a1 OK done":                      "server",
		"a1 LOGIN fred secret":            "client",
		"a1 uid fetch 1 flags\r":          "client",
		"DONE":                            "client",
		"":                                "",
		"Dear diary,":                     "",
		"* bullets":                       "",
		"a1 EHLO x":                       "",
		"* 3 things":                      "",
		"(a1 OK":                          "",
		"a long tag, really OK":           "",
		strings.Repeat("t", 99) + " NOOP": "",
	} {
		by, ok := Speaker([]byte(line))
		if got := by.String(); ok && got != want || !ok && want != "" {
			t.Errorf("%q: %s, %t, want %q", line, got, ok, want)
		}
	}
}

func FuzzSpeaker(f *testing.F) {
	f.Add([]byte("* 1 FETCH (FLAGS ())"))
	f.Fuzz(func(t *testing.T, line []byte) {
		before := string(line)
		a, ok := Speaker(line)
		b, again := Speaker([]byte(before))
		if a != b || ok != again || string(line) != before {
			t.Errorf("%q", before)
		}
	})
}
