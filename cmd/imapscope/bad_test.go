package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"imapscope/samples"
)

// TestBadInput: whatever is wrong with a file, what came before it is shown, one
// line says what and where, and the exit code is 2.
func TestBadInput(t *testing.T) {
	good, err := samples.Read(samples.Demo)
	if err != nil {
		t.Fatal(err)
	}
	// Records of a pcap: 24 bytes of header, then 16 bytes before each frame.
	record := func(n int) int {
		at := 24
		for range n {
			at += 16 + int(binary.LittleEndian.Uint32(good[at+8:]))
		}
		return at
	}
	const packets = 10 // the LOGIN is within them, LOGOUT is not
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, tc := range map[string]struct {
		file  []byte
		want  []string // in the line
		shows bool     // the packets before it
	}{
		"cut in a frame":  {good[:record(packets)+30], []string{"packet 11 at offset"}, true},
		"cut in a record": {good[:record(packets)+7], []string{"packet 11 at offset"}, true},
		"a record of 1.3 GB": {change(func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[record(packets)+8:], 1_300_000_000)
			return b
		}), []string{"packet 11 at offset", "1300000000"}, true},
		"an unknown link type": {change(func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[20:], 127)
			return b
		}), []string{"packet 1 at offset 24", "127"}, false},
		"a header only, cut": {good[:20], []string{"cut"}, false},
		"empty":              {nil, []string{"empty"}, false},
		"text":               {[]byte("Dear diary,\n"), []string{"not a capture"}, false},
		"cut gzip":           {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c"), []string{"gzip"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bad\x1b[31m.pcap")
			if runtime.GOOS == "windows" {
				file = filepath.Join(t.TempDir(), "bad.pcap")
			}
			if err := os.WriteFile(file, tc.file, 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errw bytes.Buffer
			if code := run([]string{"decode", file}, nil, &out, &errw); code != 2 {
				t.Errorf("exit code %d", code)
			}
			line := errw.String()
			if strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "imapscope: ") || strings.Contains(line, "\x1b") {
				t.Errorf("not one inert line: %q", line)
			}
			for _, w := range tc.want {
				if !strings.Contains(line, w) {
					t.Errorf("%q lacks %q", line, w)
				}
			}
			if shows := strings.Contains(out.String(), "A00000 OK LOGIN completed"); shows != tc.shows {
				t.Errorf("shows what came before: %t\n%s", shows, out.String())
			}
			for _, how := range [][]string{{"report"}, {"report", "--redact"}} {
				out.Reset()
				errw.Reset()
				if code := run(append(how, "-o", "-", file), nil, &out, &errw); code != 2 {
					t.Errorf("%s: exit code %d", how, code)
				}
				if shows := strings.Contains(out.String(), "A00000 OK LOGIN completed"); shows != tc.shows {
					t.Errorf("%s: shows what came before: %t", how, shows)
				}
				if n := strings.Count(errw.String(), line); n != 1 || !tc.shows && errw.String() != line {
					t.Errorf("%s: the line is there %d times in %q", how, n, errw.String())
				}
			}
		})
	}
}

// TestNoPermission and the like: the operating system's word, in one line.
func TestNoPermission(t *testing.T) {
	if os.Getuid() <= 0 {
		t.Skip("root reads everything, and Windows knows no modes")
	}
	file := filepath.Join(t.TempDir(), "mine.pcap")
	if err := os.WriteFile(file, nil, 0); err != nil {
		t.Fatal(err)
	}
	var errw bytes.Buffer
	if code := run([]string{"decode", file}, nil, &bytes.Buffer{}, &errw); code != 2 || !strings.Contains(errw.String(), "permission") {
		t.Errorf("exit code %d, %q", code, errw.String())
	}
}
