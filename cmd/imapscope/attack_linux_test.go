package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// The attack suite runs every verb on every hostile input, as a process of its own, and holds
// the time and the memory it takes to a bound.
//
//	go test ./cmd/imapscope -run Attack                  small inputs
//	go test ./cmd/imapscope -run Attack -attack full     ten times as large; prints the table of help/attacks.md
//	go test ./cmd/imapscope -run AttackMutations -attack.for 3h -timeout 4h
//
// A new verb, or a new format of one, is a line of attackFaces; TestAttackFaces fails until
// it is there. A new source or parser is a line of attackInputs.
var (
	attackSize = flag.String("attack", "small", "the size of the hostile inputs: small or full")
)

// attackFaces are the ways to look at a capture. In args, IN is the input, OUT a file to
// write. Replay and diff hold recordings in memory: script.DefaultMaxOctets of each, which
// the garbage collector may double. A transcript needs a mask for each connection. Redact keeps connections apart for as long as it can.
var attackFaces = []struct {
	args   string
	memory int64 // the most it may take, in bytes, whatever the input
}{
	{args: "decode IN", memory: 200 << 20},
	{args: "decode -v IN", memory: 200 << 20},
	{args: "decode --findings note IN", memory: 240 << 20},
	{args: "decode --format jsonl IN", memory: 200 << 20},
	{args: "decode --format tree IN", memory: 200 << 20},
	{args: "decode --format none --stats IN", memory: 240 << 20},
	{args: "decode --filter ms>=0&&octets>0 IN", memory: 240 << 20},
	{args: "decode --format none --otlp http://127.0.0.1:1 IN", memory: 480 << 20},
	{args: "check IN", memory: 240 << 20},
	{args: "check --format junit IN", memory: 280 << 20},
	{args: "check --format sarif IN", memory: 280 << 20},
	{args: "why IN", memory: 280 << 20},
	{args: "why --format jsonl IN", memory: 280 << 20},
	{args: "scan --force --workers 1 IN -o OUT", memory: 400 << 20},
	{args: "scan --force --workers 1 --format parquet IN -o OUT", memory: 500 << 20},
	{args: "coverage IN", memory: 320 << 20},
	{args: "coverage --missing --format jsonl IN", memory: 320 << 20},
	{args: "minimize --rule C008 -o OUT IN", memory: 1500 << 20},
	{args: "report -o OUT IN", memory: 400 << 20},
	{args: "export --as parquet -o OUT IN", memory: 320 << 20},
	{args: "export --as pcapng -o OUT IN", memory: 400 << 20},
	{args: "export --as transcript -o OUT IN", memory: 640 << 20},
	{args: "export --as script -o OUT IN", memory: 1500 << 20},
	{args: "export --as mbox -o OUT IN", memory: 320 << 20},
	{args: "redact IN OUT", memory: 1400 << 20},
	{args: "diff IN IN", memory: 3000 << 20},
	{args: "replay --dry-run --format none --to 127.0.0.1:1 IN", memory: 1500 << 20},
}

// attackedElsewhere are verbs that read no capture, or not to its end: what attacks them instead.
var attackedElsewhere = map[string]string{
	"ca":       "has no input",
	"compare":  "has no input",
	"conform":  "FuzzParse, FuzzMatch and TestHostileServers of proxy/conform",
	"demo":     "has no input",
	"exercise": "FuzzSheet, TestHostileSheets of ui/class",
	"explain":  "TestAttackWords",
	"help":     "TestAttackWords",
	"hub":      "TestSensorPublishesUnderItsNameOnly, TestGiganticMessagesAreRefused of capture/hub/server",
	"inspect":  "TestAttackInspector",
	"learn":    "TestAttackLessons",
	"mcp":      "shares its source with redact; ui/mcp's tests attack its answers",
	"mock":     "TestAttackMock",
	"proxy":    "TestFaultsUnderLoad",
	"run":      "shares its source with proxy",
	"sniff":    "shares its source with proxy, its parser with decode",
	"version":  "has no input",
	"web":      "shares its source with inspect; ui/web's tests attack its answers, ui/web/door's who may ask",
}

// TestAttackFaces fails for a verb that is not attacked.
func TestAttackFaces(t *testing.T) {
	attacked := make(map[string]bool)
	for _, f := range attackFaces {
		attacked[strings.Fields(f.args)[0]] = true
	}
	for _, c := range newRoot(&env{}).Commands() {
		if name := c.Name(); !attacked[name] && attackedElsewhere[name] == "" && !c.Hidden {
			t.Errorf("%s: add a line to attackFaces, or to attackedElsewhere", name)
		}
	}
}

// attackDeadline is how long one run may take. It is no measure of speed: a run that is
// quadratic in the size of its input takes minutes, others seconds.
const attackDeadline = 2 * time.Minute

// TestAttack runs every face on every input.
func TestAttack(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes time and memory of its own; .ci/run attack runs without it")
	}
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("skipped with -short, and where /proc does not say how much memory a process has")
	}
	scale := 1
	if *attackSize == "full" {
		scale = 10
	}
	dir := t.TempDir()
	worst := make(map[string]attackCost)
	for _, in := range attackInputs {
		file := attackInput(t, dir, in.name, scale)
		for _, f := range attackFaces {
			t.Run(in.name+"/"+f.args, func(t *testing.T) {
				cost := runAttack(t, f.args, file)
				t.Logf("%.1f s, %d MB", cost.time.Seconds(), cost.memory>>20)
				if cost.memory > f.memory {
					t.Errorf("%d MB of memory; the bound is %d", cost.memory>>20, f.memory>>20)
				}
				w := worst[f.args]
				if cost.memory > w.memory {
					w.memory, w.hungriest = cost.memory, in.name
				}
				if cost.time > w.time {
					w.time, w.slowest = cost.time, in.name
				}
				worst[f.args] = w
			})
		}
		os.Remove(file)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "    \tbound\tmost memory\tlongest time\n")
	for _, f := range attackFaces {
		c := worst[f.args]
		fmt.Fprintf(w, "    %s\t%d MB\t%d MB (%s)\t%.1f s (%s)\n",
			f.args, f.memory>>20, c.memory>>20, c.hungriest, c.time.Seconds(), c.slowest)
	}
	w.Flush()
	t.Log("\n" + table.String())
}

type attackCost struct {
	memory             int64
	time               time.Duration
	hungriest, slowest string // the inputs
}

// runAttack runs a face as a process. It must end by itself, with one of its exit codes, and
// without a panic.
func runAttack(t *testing.T, face, file string) (cost attackCost) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	args := strings.Fields(face)
	for i := range args {
		switch args[i] {
		case "IN":
			args[i] = file
		case "OUT":
			args[i] = out
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), attackDeadline)
	defer cancel()
	c := exec.CommandContext(ctx, programFile(t), args...)
	c.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	var printed written
	var errs lastBytes
	c.Stdout, c.Stderr = &printed, &errs
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			cost.time = time.Since(began)
			switch code := c.ProcessState.ExitCode(); {
			case ctx.Err() != nil:
				t.Errorf("it did not end within %v", attackDeadline)
			case code < 0 || code > 2 || errs.has("panic") || errs.has("goroutine "):
				t.Errorf("%v, and it said %q", err, errs.String())
			case code == 2 && (!errs.has("imapscope: ") || errs.has("--help")):
				t.Errorf("exit code 2, and it said %q", errs.String())
			}
			return cost
		case <-time.After(2 * time.Millisecond):
			cost.memory = max(cost.memory, highest(c.Process.Pid))
		}
	}
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct{ b []byte }

func (l *lastBytes) Write(p []byte) (int, error) {
	l.b = append(l.b, p...)
	if over := len(l.b) - 64<<10; over > 0 {
		l.b = slices.Delete(l.b, 0, over)
	}
	return len(p), nil
}

func (l *lastBytes) String() string       { return string(l.b) }
func (l *lastBytes) has(text string) bool { return bytes.Contains(l.b, []byte(text)) }
