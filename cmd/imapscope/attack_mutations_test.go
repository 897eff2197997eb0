package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/samples"
)

var attackTime = flag.Duration("attack.for", 0, "how long TestAttackMutations damages captures; 0 means a fixed number of times")

// mutationFaces read a damaged capture in this process, because there are thousands of them.
var mutationFaces = []string{
	"decode -v IN",
	"decode --findings note --format jsonl IN",
	"decode --format tree IN",
	"check --min-severity note IN",
	"report -o - IN",
	"redact --force IN OUT",
	"minimize --rule N001 --trials 20 --force -o OUT IN",
	"replay --dry-run --to 127.0.0.1:1 IN",
}

// attackFile writes a capture and runs faces on it. They must return an exit code that
// they may have, and not panic.
func attackFile(t *testing.T, what string, file []byte, faces ...string) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "in.pcapng")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, face := range faces {
		args := strings.Fields(strings.NewReplacer("IN", name, "OUT", filepath.Join(dir, "out")).Replace(face))
		var out, errs bytes.Buffer
		code := func() (code int) {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%s, %s: panic: %v", what, face, p)
				}
			}()
			return run(args, strings.NewReader(""), &out, &errs)
		}()
		if code < 0 || code > 2 || code == 2 && errs.Len() == 0 {
			t.Errorf("%s, %s: exit code %d, %q", what, face, code, errs.String())
		}
		if strings.ContainsFunc(errs.String(), func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("%s, %s: control characters in %q", what, face, errs.String())
		}
	}
}

// small are captures that are damaged byte by byte.
func small(t *testing.T) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, name := range []string{"raw-hang--imap-1.pcap", "broken-2.pcapng"} {
		b, err := samples.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

// TestAttackTruncation cuts small captures at every byte.
func TestAttackTruncation(t *testing.T) {
	t.Parallel()
	for name, b := range small(t) {
		step := 1
		if raceDetector || testing.Short() {
			step = 17
		}
		for n := 0; n < len(b); n += step {
			attackFile(t, fmt.Sprintf("%s cut to %d bytes", name, n), b[:n], mutationFaces[n%len(mutationFaces)])
		}
	}
}

// TestAttackMutations damages small captures: bits flip, and runs of bytes are removed,
// repeated, or replaced by numbers that parsers stumble over. Seeds are fixed, so that what
// failed fails again; -attack.for goes on with further ones.
func TestAttackMutations(t *testing.T) {
	t.Parallel()
	seeds, deadline := uint64(300), time.Time{}
	if raceDetector || testing.Short() {
		seeds = 40
	}
	if *attackTime > 0 {
		deadline = time.Now().Add(*attackTime)
	}
	for name, b := range small(t) {
		for seed := uint64(1); seed <= seeds || time.Now().Before(deadline); seed++ {
			attackFile(t, fmt.Sprintf("%s, seed %d", name, seed), damaged(b, seed), mutationFaces[seed%uint64(len(mutationFaces))])
			if t.Failed() {
				return
			}
		}
	}
}

// awkward are numbers that parsers stumble over.
var awkward = []uint32{0, 1, 3, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff}

func damaged(b []byte, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1176))
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b) - 4)
		n := min(1+r.IntN(64), len(b)-at)
		switch r.IntN(5) {
		case 0, 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			binary.LittleEndian.PutUint32(b[at:], awkward[r.IntN(len(awkward))])
		case 3:
			b = append(b[:at], b[at+n:]...)
		case 4:
			b = append(b[:at+n], b[at:]...)
		}
		if len(b) < 8 {
			return b
		}
	}
	return b
}

// TestAttackBlocks reads pcapng blocks whose lengths, options and references make no sense.
func TestAttackBlocks(t *testing.T) {
	t.Parallel()
	block := func(kind, length uint32, body ...byte) []byte {
		b := binary.LittleEndian.AppendUint32(nil, kind)
		b = binary.LittleEndian.AppendUint32(b, length)
		b = append(b, body...)
		return binary.LittleEndian.AppendUint32(b, length)
	}
	section := block(0x0a0d0d0a, 28, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	iface := block(1, 20, 101, 0, 0, 0, 0, 0, 4, 0)
	packet := make([]byte, 20)
	for name, file := range map[string][]byte{
		"a section of 4 GB":                   block(0x0a0d0d0a, 0xffffffff, section[8:24]...),
		"a section of no length":              block(0x0a0d0d0a, 0, section[8:24]...),
		"another byte order":                  block(0x0a0d0d0a, 28, 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"an interface of 4 GB":                append(bytes.Clone(section), block(1, 0xfffffffc, iface[8:16]...)...),
		"an interface of 13 bytes":            append(bytes.Clone(section), block(1, 13, 0)...),
		"a packet without an interface":       append(bytes.Clone(section), block(6, 32, packet...)...),
		"a packet of 4 GB":                    bytes.Join([][]byte{section, iface, block(6, 0xfffffff0, packet...)}, nil),
		"a packet longer than its block":      bytes.Join([][]byte{section, iface, block(6, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0)}, nil),
		"an option longer than its block":     bytes.Join([][]byte{section, block(1, 28, 101, 0, 0, 0, 0, 0, 4, 0, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)}, nil),
		"a resolution of 2^-127 seconds":      bytes.Join([][]byte{section, block(1, 28, 101, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 0xff, 0, 0, 0), block(6, 32, packet...)}, nil),
		"lengths that differ":                 append(bytes.Clone(section), 1, 0, 0, 0, 20, 0, 0, 0, 101, 0, 0, 0, 0, 0, 4, 0, 24, 0, 0, 0),
		"a million interfaces":                append(bytes.Clone(section), bytes.Repeat(iface, 100_000)...),
		"a million blocks of an unknown kind": append(bytes.Clone(section), bytes.Repeat(block(0xbad, 12), 100_000)...),
	} {
		attackFile(t, name, file, mutationFaces...)
	}
}

// TestAttackWords gives the verbs hostile words where they expect lines and names: explain, help, and
// the flags that have a syntax of their own.
func TestAttackWords(t *testing.T) {
	t.Parallel()
	file, err := samples.Read("raw-hang--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.pcap")
	if err := os.WriteFile(in, file, 0o600); err != nil {
		t.Fatal(err)
	}
	words := []string{
		"", " ", "\x1b]0;title\a", "\u202egnp.exe", "a\x00b", "\xff\xfe", strings.Repeat("(", 10_000), strings.Repeat(`"\`, 10_000),
		"a1 FETCH " + strings.Repeat("1:*,", 20_000) + "1 ALL", "* 1 FETCH (BODY " + strings.Repeat("(", 10_000), "a LOGIN {4294967285}",
		strings.Repeat("a", 1<<20), "%s%n%d", "../../../../etc/passwd", "$(reboot)", "=", ",", "user=,password=,", "mailbox:=:=", strings.Repeat("user=x,", 10_000),
	}
	for _, w := range words {
		for _, args := range [][]string{
			{"explain", w}, {"explain", "--server", w}, {"help", w}, {"decode", "--filter", w, "IN"}, {"decode", "--format", w, "IN"},
			{"replay", "--dry-run", "--to", "127.0.0.1:1", "--set", w, "IN"}, {"replay", "--dry-run", "--to", w, "IN"},
			{"report", "--title", w, "-o", "-", "IN"}, {"check", "--min-severity", w, "IN"}, {"learn", "--text", w}, {w},
		} {
			if last := &args[len(args)-1]; *last == "IN" {
				*last = in
			}
			var out, errs bytes.Buffer
			code := run(args, strings.NewReader(""), &out, &errs)
			if code < 0 || code > 2 {
				t.Errorf("%q: exit code %d", short(args), code)
			}
			for name, text := range map[string]string{"standard output": out.String(), "standard error": errs.String()} {
				if where := visible(text); where != "" {
					t.Errorf("%q: %s in %s", short(args), where, name)
				}
			}
			if errs.Len() > 64<<10 {
				t.Errorf("%q: %d bytes of error", short(args), errs.Len())
			}
		}
	}
}

func short(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a[:min(len(a), 40)]
	}
	return out
}

// TestAttackLessons reads hostile lesson files.
func TestAttackLessons(t *testing.T) {
	t.Parallel()
	var template bytes.Buffer
	if code := run([]string{"learn", "--new"}, strings.NewReader(""), &template, &template); code != 0 {
		t.Fatal(template.String())
	}
	seeds := uint64(400)
	if raceDetector || testing.Short() {
		seeds = 50
	}
	files := map[string][]byte{
		"empty": nil, "one line of 8 MB": bytes.Repeat([]byte("x"), 8<<20), "100,000 headings": bytes.Repeat([]byte("# step\n"), 100_000),
		"control characters": []byte("# \x1b]0;title\a\u202e\n\x1b[2J\n"), "not UTF-8": []byte("# \xff\xfe\n\xc0\x80\n"),
		"no end of a block": append(template.Bytes(), "\n```imap\n"...), "a million fences": bytes.Repeat([]byte("```\n"), 200_000),
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		files[fmt.Sprintf("seed %d", seed)] = damaged(template.Bytes(), seed)
	}
	for what, file := range files {
		name := filepath.Join(t.TempDir(), "lesson.md")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"learn", "--check", name}, {"learn", "--text", "--progress", filepath.Join(t.TempDir(), "p.json"), name}} {
			var out, errs bytes.Buffer
			code := run(args, strings.NewReader(""), &out, &errs)
			if code < 0 || code > 2 || code == 2 && errs.Len() == 0 {
				t.Errorf("%s, %s: exit code %d, %q", what, args[1], code, errs.String())
			}
			for where, text := range map[string]string{"standard output": out.String(), "standard error": errs.String()} {
				if bad := visible(text); bad != "" {
					t.Errorf("%s, %s: %s in %s", what, args[1], bad, where)
				}
			}
		}
	}
}
