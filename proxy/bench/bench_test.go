package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture/leaktest"
)

// TestMain plays the roles that run starts this program for.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		fmt.Fprintln(os.Stderr, playRole(role, os.Args[1]))
		os.Exit(2)
	}
	os.Exit(leaktest.Package{Tests: m}.Run())
}

// TestQuick measures everything once, as small as can be.
func TestQuick(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: processes are measured in Linux's /proc")
	}
	if testing.Short() {
		t.Skip("SKIPPED: it takes some seconds")
	}
	topic := filepath.Join(t.TempDir(), "speed.md")
	if err := os.WriteFile(topic, []byte("before\n\n"+heading+"\nold\n\n## After\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-topic", topic}, &out, t.Output()); err != nil {
		t.Fatal(err)
	}
	for _, c := range contenders() {
		cells := 8
		switch need := needs()[c.name]; {
		case need != "" && program(need) == "":
			cells = 0
		case c.start == nil, c.forks:
			cells = 6 // no process to look into, or many
		case c.tls:
			cells = 1
		}
		row := regexp.MustCompile(`(?m)^    `+regexp.QuoteMeta(c.title)+`  *([0-9.– -]+)$`).FindAllStringSubmatch(out.String(), -1)
		n := 0
		for _, part := range row {
			n += len(regexp.MustCompile(`-?[0-9.]+`).FindAllString(part[1], -1))
		}
		if len(row) != 2 || n != cells {
			t.Errorf("%s has %d figures, not %d: %q", c.name, n, cells, row)
		}
	}
	if !strings.Contains(out.String(), "Nothing that passed was missing") {
		t.Error("octets were missing")
	}
	text, err := os.ReadFile(topic)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("before\n\n"+out.String()+"\n## After\n", string(text)); d != "" {
		t.Errorf("the topic (-want +got):\n%s", d)
	}
}

// TestReport has rounds whose figures are known.
func TestReport(t *testing.T) {
	r := &report{
		Machine:  "a machine",
		Sizes:    sizes{Rounds: 3, Bytes: 5e6, Noops: 10, Conns: 20, Idle: 30},
		Rows:     []string{copying, python, recording},
		contends: map[string]contender{},
		Rounds: map[string][]figures{
			copying: {{bulk: 100e6, p50: 1e-4}, {bulk: 200e6, p50: 2e-4}, {bulk: 400e6, p50: 1e-4}},
			recording: {
				{bulk: 90e6, p50: 2e-4, idle: 70 << 10},
				{bulk.lossy(): 300e6, p50: 2e-4, idle: 50 << 10, passed: 1000, undecoded: 20, unrecorded: 5},
				{bulk: 200e6, p50: 2e-4, idle: 60 << 10},
			},
		},
	}
	for _, c := range contenders() {
		r.contends[c.name] = c
	}
	var b bytes.Buffer
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	want := `## The proxy compared with others

Over loopback, with proxy, client and server on the same cores; 'go run
./proxy/bench' measures this (Linux, some minutes). A ratio (×) is to the relay
with a buffer in the same round.

                                        bulk MB/s         ×  NOOP p50         ×
    Go relay, 64 KiB buffer                   200      1.00       100      1.00
    mitmproxy                                   –         –         –         –
    imapscope, decoding and recording         145      0.70       200      2.00

                                         NOOP p99   conns/s  CPU s/GB  KiB/idle
    Go relay, 64 KiB buffer                     –         –         –         –
    mitmproxy                                   –         –         –         –
    imapscope, decoding and recording           –         –         –      60.0

NOOP p50 and p99: microseconds of a round trip, median and 99th percentile;
KiB/idle: memory for each idle connection. Medians of 3 rounds, each contender
once a round: 5 MB of mails fetched, 10 NOOPs, 20 connections that come and go,
30 that stay. imapscope, decoding and recording missed bytes in 1 of 3 rounds,
2.0 % not decoded, 0.5 % not recorded, at 300 MB/s; what counts of these rounds
is bulk slowed down until it missed none. a machine.

Aims, decoding and recording:

- at least 0.8 of the copying relay's throughput: not met, 0.70
- round trips within 1.15 of the copying relay's: not met, 2.00
- at least 8 times mitmproxy's throughput: not measured
- less than 64 KiB for an idle plaintext connection: met, 60.0 KiB
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
}

func TestMissing(t *testing.T) {
	const said = "2 connections, 3 transactions, 0 orphans; 100 bytes →, 1 byte ←; not captured: 0 →, 5 ←\n"
	for _, x := range []struct {
		name     string
		said     string
		sent     int64
		received int64
		want     figures
		fails    bool
	}{
		{"all", said, 100, 1, figures{}, false},
		{"too few", said, 110, 4, figures{undecoded: 13}, false},
		{"too many", said, 99, 1, figures{undecoded: 1}, false},
		{"nothing said", "2 connections\n", 0, 0, figures{}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			var l load
			l.passed[0].Store(x.sent)
			l.passed[1].Store(x.received)
			f := figures{}
			err := missing(x.said, &l, undecoded, f)
			if d := cmp.Diff(x.want, f); d != "" || (err != nil) != x.fails {
				t.Errorf("error %v; figures (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestTopicWithoutHeading(t *testing.T) {
	name := filepath.Join(t.TempDir(), "speed.md")
	if err := os.WriteFile(name, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&report{}).replaceIn(name); err == nil {
		t.Error("a topic without the heading was rewritten")
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"README.md"}, {"-only", "nobody"}} {
		o, err := parse(args, t.Output())
		if err == nil {
			_, _, err = o.choose(t.Context())
		}
		if err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
