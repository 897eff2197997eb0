package logs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/logs"
)

// endless is a text of left bytes that is made as it is read: piece returns its nth piece.
type endless struct {
	piece func(n int) string
	left  int64
	n     int
	have  string
}

func (r *endless) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	for r.have == "" {
		r.have = r.piece(r.n)
		r.n++
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.have)
	r.have = r.have[n:]
	r.left -= int64(n)
	return n, nil
}

// heap is a sink that looks at the memory in use while facts arrive.
type heap struct {
	*rules
	size, peak uint64
}

func (h *heap) Event(e *capture.Event) error {
	if h.size += uint64(len(e.Data)) + 100; h.size > 4<<20 {
		h.size = 0
		h.look()
	}
	return h.rules.Event(e)
}

func (h *heap) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapAlloc)
}

// maxHeap is how much the heap may grow while a log is read, garbage included.
const maxHeap = 48 << 20

// hostile are logs by what is bad about them: the first line, and what follows without end.
var hostile = map[string]struct {
	first string
	piece func(n int) string
}{
	"a line without an end": {"* OK hello\na1 NOOP\na1 OK done\n", func(int) string { return strings.Repeat("x", 1<<16) }},
	"long lines":            {"* OK hello\na1 NOOP\na1 OK done\n", func(int) string { return "* OK " + strings.Repeat("x", 3<<20) + "\n" }},
	"NULs":                  {"* OK hello\na1 NOOP\n", func(int) string { return "a1 OK done\n* 1 FETCH (\x00\x00\n\x00\x00\x00\n" }},
	"zeros":                 {"* OK hello\na1 NOOP\n", func(int) string { return strings.Repeat("\x00", 1<<16) }},
	"noise":                 {"* OK hello\na1 NOOP\n", noise},
	"many sessions": {"[2026-01-01 10:00:00] 1< * OK hello\n", func(n int) string {
		return fmt.Sprintf("[2026-01-01 10:00:00] %d< * OK hello\n", n)
	}},
	"sessions begun again": {"[2026-01-01 10:00:00] 4< * OK hello\n", func(int) string {
		return "[2026-01-01 10:00:00] Connected to h:143 on fd=4\n[2026-01-01 10:00:00] 4< * OK hello\n"
	}},
	"long keys": {`{"src":"s","msg":"* OK hello","cid":"1"}` + "\n", func(n int) string {
		return fmt.Sprintf(`{"src":"s","msg":"* OK hello","cid":"%d%s"}`, n, strings.Repeat("k", 1<<19)) + "\n"
	}},
	"many times": {`{"src":"s","msg":"* OK hello","cid":"1"}` + "\n", func(n int) string {
		return fmt.Sprintf(`{"src":"s","msg":"* OK hello","cid":"1","time":%d}`, rand.Int64()) + "\n"
	}},
	"open literals": {"[2026-01-01 10:00:00] 1< * OK hello\n", func(n int) string {
		return fmt.Sprintf("[2026-01-01 10:00:00] %d< * %d FETCH (BODY[] {10}\n[2026-01-01 10:00:00] %d> a1 APPEND x {9}\n", n%5000, n, n%5000)
	}},
	"huge literals": {"S: * OK hello\nC: a1 NOOP\n", func(n int) string {
		return fmt.Sprintf("S: * %d FETCH (BODY[] {999999999999999}\nS: )\nC: a1 APPEND x {999999999999999+}\nC: a2 NOOP\n", n)
	}},
	"sizes that overflow": {"  00:00.00 new IMAP4 connection, tag=b'ABCD'\n", func(n int) string {
		return "  00:00.00 < b'* 1 FETCH (BODY[] {999999999999999}'\n  00:00.00 read literal size 999999999999999999999\n"
	}},
	"masks that differ": {`DEBUG IMAPS: trying to connect to host "x", port 143, isSSL false` + "\n", func(n int) string {
		return fmt.Sprintf("DEBUG IMAPS: %d%s command trace suppressed\n", n, strings.Repeat("x", 1<<19))
	}},
	"lines that are objects": {`{"src":"s","msg":"* OK hello","cid":"1"}` + "\n", func(n int) string {
		return `{"src":"s","cid":"1","msg":"` + strings.Repeat(`\n`, 1<<18) + `"}` + "\n" + strings.Repeat(`{"a":`, 1<<17) + "\n"
	}},
	"dumps": {"=> Send header, 5 bytes (0x5)\n", func(n int) string {
		return "<= Recv data, 999999999999999999 bytes (0xffff)\n7ffffffffffffff0: 61 62\n0000: " + strings.Repeat("61 ", 16) + " aaaaaaaaaaaaaaaa\n"
	}},
	"responses as lists": {"01-01 10:00:00.0 conn1 >>> 1 NOOP\n", func(n int) string {
		return "01-01 10:00:00.0 conn1 <<<#null# [" + strings.Repeat("[", 1<<18) + "]\n"
	}},
	"fences": {"F: >>> 1 NOOP\n* 1 FETCH (BODY[] {5}\n", func(n int) string { return "=========\n" }},
	"objects of many lines": {"  src: 's',\n  msg: '* OK hello',\n  cid: 'x'\n}\n", func(n int) string {
		return "  msg: 'x' +\n" + strings.Repeat("    '"+strings.Repeat("x", 99)+"' +\n", 1<<14)
	}},
	"connections with raw data": {`{"src":"s","msg":"* OK hello","cid":"1"}` + "\n", func(n int) string {
		return fmt.Sprintf(`{"src":"s","data":"KiBPSyBoZWxsbw0K","cid":"%d%s"}`, n, strings.Repeat("k", 1<<12)) + "\n"
	}},
	"records":              {"CONNECTED(00000003)\n", func(int) string { return strings.Repeat("x", 1<<18) + ">>> TLS 1.3, RecordHeader [length 0005]\n" }},
	"many quoted sessions": {"> * OK hello\n> a1 NOOP\n", func(n int) string { return "> * 1 EXISTS\n\n>\n" }},
	"a container's lines": {`{"log":"* OK hello\n","time":"2026-01-01T10:00:00Z"}` + "\n" + `{"log":"a1 NOOP\n"}` + "\n", func(n int) string {
		return `{"log":"` + strings.Repeat("x", 1<<18) + `","time":"9999-12-31T23:59:59-23:00"}` + "\n"
	}},
	"pieces": {"C 1000000000.000000 a1 NOOP\n", func(n int) string { return "c+" + strings.Repeat("x", 1<<16) + "\nS+\nC\n" }},
}

func noise(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, 1<<14)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// TestHostileLogs: no log takes much memory, no matter what follows its first lines; and the
// facts keep the rules of package capture.
func TestHostileLogs(t *testing.T) {
	size := int64(4 << 20)
	if raceEnabled {
		size = 1 << 18 // it is slow, and takes memory of its own
	}
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			readBounded(t, io.MultiReader(strings.NewReader(c.first), &endless{piece: c.piece, left: size}), size)
		})
	}
}

// TestLogMemory reads each sample again and again as one large log in little memory; one of them
// for longer.
func TestLogMemory(t *testing.T) {
	for name, text := range samples(t) {
		size := int64(4 << 20)
		switch {
		case raceEnabled:
			size = 1 << 18
		case name == largeSample && !testing.Short():
			size = 96 << 20
		}
		t.Run(name, func(t *testing.T) { readBounded(t, &repeated{text: text, left: size}, size) })
	}
}

// largeSample is the log that is read for long.
const largeSample = "thunderbird.log"

// readBounded reads a log and fails if it takes much memory.
func readBounded(t *testing.T, r io.Reader, size int64) {
	t.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	h := &heap{rules: newRules()}
	err := read(r, h)
	h.look()
	if err = errors.Join(err, h.end(size)); err != nil {
		t.Fatal(err)
	}
	if !raceEnabled && h.peak > before.HeapAlloc+maxHeap {
		t.Errorf("%d MB of heap", (h.peak-before.HeapAlloc)>>20)
	}
	if testing.Verbose() {
		t.Logf("%d facts of %d connections, %d MB of heap", h.events, h.opened, (max(h.peak, before.HeapAlloc)-before.HeapAlloc)>>20)
	}
}

// TestUnknownEarly: what is no log is not read to its end to find that out.
func TestUnknownEarly(t *testing.T) {
	for name, piece := range map[string]func(int) string{
		"zeros":   func(int) string { return strings.Repeat("\x00", 1<<16) },
		"letters": func(int) string { return strings.Repeat("x", 1<<16) },
		"lines":   func(int) string { return strings.Repeat("x", 100) + "\n" },
		"ends":    func(int) string { return strings.Repeat("\n", 1<<10) },
		"noise":   noise,
		"spaces":  func(int) string { return strings.Repeat(" ", 1<<16) + "\n" },
		"quotes":  func(int) string { return "> > > words\n" },
		"UTF-16":  func(n int) string { return "\xff\xfe"[2*min(n, 1):] + strings.Repeat("x\x00", 1<<10) },
	} {
		r := &endless{piece: piece, left: 1 << 40}
		if err := read(r, newRules()); !errors.Is(err, logs.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
		if read := 1<<40 - r.left; read > 5<<20 { // UTF-16 is twice as long
			t.Errorf("%s: %d bytes were read", name, read)
		}
	}
}

// TestSessionIsRecognisedAndDocumentIsNot: a session is recognised, and a document with a session as an example is not.
func TestSessionIsRecognisedAndDocumentIsNot(t *testing.T) {
	const session = "S: * OK hello\nC: a1 LOGIN fred secret\nS: a1 OK done\n"
	const naked = "* OK hello\na1 LOGIN fred secret\na1 OK done\n"
	prose := strings.Repeat("Some words about what follows here, and why.\n\n", 30)
	for _, c := range []struct {
		name, text string
		is         bool
	}{
		{"a session", session, true},
		{"a greeting", "S: * OK hello\n", true},
		{"one line of a client", "> a1 LOGIN fred secret\n", true},
		{"a refusal", "* BYE too many connections\n", true},
		{"telnet", "Trying 192.0.2.2...\nConnected to x.\nEscape character is '^]'.\n" + naked, true},
		{"a report", prose + session + "Regards,\nFred\n", true},
		{"a report, without marks", prose + naked + "Regards,\nFred\n", true},
		{"a session with a long literal", prose + session + "C: a2 FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {4600}\n" + strings.Repeat("x", 45) + "\n" + strings.Repeat(strings.Repeat("x", 44)+"\n", 98) + "S: )\nS: a2 OK done\n", true},
		{"a manual", "# Manual\n\n" + prose + session + prose + session + prose, false},
		{"a manual that begins with a session", "# Manual\n" + session + prose, false},
		{"a manual, without marks", "# Manual\n\n" + prose + naked + prose, false},
		{"mail about one", "From: fred@example.org\nSubject: look\n\n> * OK hello\n> a1 LOGIN fred secret\n< a1 OK done\n", false},
		{"a mailbox", "From fred Thu Jan  1 00:00:00 1970\nSubject: look\n\n" + session, false},
		{"source", "package main\n\nfunc main() {\n\tsay(`\n" + session + "`)\n}\n" + strings.Repeat("func f() {}\n", 30), false},
		{"JSON", `{"a": ["* OK hello", "a1 LOGIN x y"]}` + "\n", false},
		{"HTML", "<html><body><pre>\n" + session + "</pre>\n" + strings.Repeat("<p>words\n", 30), false},
		{"syslog", strings.Repeat("Nov 29 10:00:00 host sshd[1]: Connection closed\n", 100), false},
		{"bullets", "* OKs are fine\n* NO is prose\n* Lists of things\n", false},
		{"SMTP", "S: 220 ready\nC: EHLO x\nS: 250 OK\n", false},
	} {
		facts := newRules()
		err := read(strings.NewReader(c.text), facts)
		if (err == nil) != c.is || err != nil && (!errors.Is(err, logs.ErrUnknown) || facts.events > 0) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := read(bytes.NewReader(nil), newRules()); !errors.Is(err, logs.ErrUnknown) {
		t.Error(err)
	}
}
