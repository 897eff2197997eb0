package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"imapscope/capture/hub/server"
	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
	"imapscope/samples/traffic"
	"imapscope/ui/export"
)

// scanCorpus makes a directory of captures: three large ones, and those of the samples.
func scanCorpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 3 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("large%d.pcap", i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := traffic.Write(f, traffic.Options{Bytes: 6 << 20, Seed: uint64(i), Mix: traffic.Headers}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	samples, err := filepath.Glob("../../samples/*.pcap*")
	if err != nil || len(samples) == 0 {
		t.Fatalf("%d samples: %v", len(samples), err)
	}
	for _, name := range samples {
		b, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// scanResults returns what is in a directory of results, by name.
func scanResults(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(b)
	}
	return out
}

// sameResults compares results.
func sameResults(t *testing.T, what, dir string, want map[string]string) {
	t.Helper()
	got := scanResults(t, dir)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s differs: %d and %d bytes", what, name, len(got[name]), len(want[name]))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, not %d", what, len(got), len(want))
	}
}

// scanServer starts a NATS server, and returns its URL.
func scanServer(t *testing.T) string {
	t.Helper()
	leaktest.Check(t)
	s, err := server.Start(server.Options{Listen: "127.0.0.1:0", Store: t.TempDir(), NoAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	return s.URL()
}

// scanning is a test of scan with workers in processes of their own.
type scanning struct {
	program, url, corpus string
	want                 map[string]string
}

func newScanning(t *testing.T) *scanning {
	t.Helper()
	s := &scanning{program: programFile(t), url: scanServer(t), corpus: scanCorpus(t)}
	dir := filepath.Join(t.TempDir(), "here")
	outputOf(t, s.args(dir, "--workers", "1")...)
	s.want = scanResults(t, dir)
	if len(s.want) != 5 {
		t.Fatalf("%d files", len(s.want))
	}
	return s
}

// args are the arguments of scan.
func (s *scanning) args(dir string, more ...string) []string {
	return append([]string{"scan", s.corpus, "-o", dir, "--split", "2", "--split-by", "connections", "--redeliver", "1s"}, more...)
}

// coordinate starts a coordinator.
func (s *scanning) coordinate(t *testing.T, dir string, more ...string) *proxytest.Process {
	t.Helper()
	return proxytest.Start(t, exec.Command(s.program, s.args(dir, append(more, "--workers", s.url)...)...))
}

// worker starts a worker.
func (s *scanning) worker(t *testing.T, dir string) *proxytest.Process {
	t.Helper()
	return proxytest.Start(t, exec.Command(s.program, "scan", "--worker", s.url, "-o", dir, "--workers", "1"))
}

// begun waits until units are being done, or are done, in a directory of results.
func begun(t *testing.T, dir, what string) {
	t.Helper()
	proxytest.Eventually(t, "a unit "+what, func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, ".imapscope-scan", "*", what))
		return len(found) > 0
	})
}

// endsSoon reports whether a worker ends within some seconds.
func endsSoon(w *proxytest.Process) bool {
	select {
	case <-w.Done():
		return true
	case <-time.After(10 * time.Second):
		return false
	}
}

func TestWorkersOfAQueueFindTheSame(t *testing.T) {
	s := newScanning(t)
	for _, n := range []int{2, 4} {
		dir := filepath.Join(t.TempDir(), "results")
		outputOf(t, s.args(dir, "--workers", fmt.Sprint(n))...)
		sameResults(t, fmt.Sprintf("%d goroutines", n), dir, s.want)
	}
	for _, n := range []int{1, 2, 4} {
		dir := filepath.Join(t.TempDir(), "results")
		var workers []*proxytest.Process
		for range n {
			workers = append(workers, s.worker(t, dir)) // they may come before the work does
		}
		if code := s.coordinate(t, dir).Wait(t); code != 1 {
			t.Errorf("exit code %d", code)
		}
		sameResults(t, fmt.Sprintf("%d workers", n), dir, s.want)
		for _, w := range workers {
			if n > 1 && !endsSoon(w) { // others did all before it saw the scan, and it waits for the next one
				_ = w.Signal(os.Interrupt)
				w.Wait(t)
			} else if code := w.Wait(t); code != 0 {
				t.Errorf("a worker ended with %d", code)
			}
		}
	}
}

func TestKilledWorkerChangesNothing(t *testing.T) {
	s := newScanning(t)
	dir := filepath.Join(t.TempDir(), "results")
	coordinator, victim := s.coordinate(t, dir), s.worker(t, dir)
	begun(t, dir, "part-*")
	if err := victim.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	victim.Wait(t)
	s.worker(t, dir)
	if code := coordinator.Wait(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	sameResults(t, "after a worker was killed", dir, s.want)
}

func TestKilledCoordinatorResumes(t *testing.T) {
	s := newScanning(t)
	dir := filepath.Join(t.TempDir(), "results")
	coordinator := s.coordinate(t, dir)
	worker := s.worker(t, dir)
	begun(t, dir, "0000000*")
	if err := coordinator.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	coordinator.Wait(t)
	if out, err := exec.Command(s.program, s.args(dir)...).CombinedOutput(); err == nil || !strings.Contains(string(out), "--resume continues it") {
		t.Errorf("%v: %s", err, out)
	}
	again := s.coordinate(t, dir, "--resume")
	if code := again.Wait(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	worker.Wait(t)
	sameResults(t, "after the coordinator was killed", dir, s.want)
}

// TestInterruptedScanResumes interrupts goroutines.
func TestInterruptedScanResumes(t *testing.T) {
	s := newScanning(t)
	dir := filepath.Join(t.TempDir(), "results")
	p := proxytest.Start(t, exec.Command(s.program, s.args(dir, "--workers", "1")...))
	begun(t, dir, "0000000*")
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(t); code != exitInterrupted || !strings.Contains(p.Err.String(), "--resume continues") {
		t.Errorf("exit code %d: %s", code, p.Err)
	}
	outputOf(t, s.args(dir, "--resume")...)
	sameResults(t, "after Ctrl-C", dir, s.want)
}

// stripped returns JSON lines of a type without their file and group, and without the path in
// front of their origin.
func stripped(t *testing.T, lines string, types ...string) (out []string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		for _, name := range types {
			if o["type"] != name {
				continue
			}
			withoutFiles(o)
			delete(o, "group")
			if origin, ok := o["origin"].(string); ok {
				o["origin"] = filepath.Base(origin)
			}
			b, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(b))
		}
	}
	return out
}

// withoutFiles removes the files in an object and in those in it.
func withoutFiles(x any) {
	switch x := x.(type) {
	case map[string]any:
		delete(x, "file")
		for _, v := range x {
			withoutFiles(v)
		}
	case []any:
		for _, v := range x {
			withoutFiles(v)
		}
	}
}

// sameLines compares lines, in any order: other verbs have them in the order of time or of severity.
func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	count := make(map[string]int)
	for _, l := range want {
		count[l]++
	}
	for _, l := range got {
		if count[l]--; count[l] < 0 {
			t.Errorf("%s: only scan has %s", what, l)
		}
	}
	for l, n := range count {
		if n > 0 {
			t.Errorf("%s: scan lacks %s", what, l)
		}
	}
}

// TestScanFindsWhatOtherVerbsFind compares scan of a file with check, why, decode and export of it.
func TestScanFindsWhatOtherVerbsFind(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../samples/*.pcap*", "../../ui/inspect/testdata/faults/*.pcap*", "testdata/why/*/*.pcap*", "testdata/legs/*.pcap*", "testdata/lab/*.pcap", "testdata/lab/*.pcapng"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		dir := filepath.Join(t.TempDir(), "results")
		outputOf(t, "scan", "--port", labPorts, file, "-o", dir)
		got := scanResults(t, dir)
		read := func(verb string) string { return outputOf(t, verb, "--port", labPorts, "--format", "jsonl", file) }
		sameLines(t, file, stripped(t, got["findings.jsonl"], "finding"), stripped(t, read("check"), "finding"))
		sameLines(t, file, stripped(t, got["reasons.jsonl"], "reason"), stripped(t, read("why"), "reason"))
		all := []string{"connection", "greeting", "transaction", "unsolicited", "junk", "resync", "note", "close", "upgrade", "tls", "dark"}
		sameLines(t, file, stripped(t, got["transactions.jsonl"], all...), stripped(t, read("decode"), all...))
		sameLines(t, file, stripped(t, got["accounts.jsonl"], "account", "mailbox", "address"), stripped(t, read("check"), "account", "mailbox", "address"))
	}
}

// TestScanTableIsThatOfExport compares the rows of both.
func TestScanTableIsThatOfExport(t *testing.T) {
	files, err := filepath.Glob("../../samples/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		dir := t.TempDir()
		outputOf(t, "scan", "--format", "parquet", file, "-o", filepath.Join(dir, "results"))
		outputOf(t, "export", "--as", "parquet", "-o", filepath.Join(dir, "rows.parquet"), file)
		read := func(name string) (rows []export.Row) {
			rows, err := parquet.ReadFile[export.Row](filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				rows[i].Origin = filepath.Base(rows[i].Origin)
			}
			slices.SortStableFunc(rows, func(a, b export.Row) int { return cmp.Compare(a.Conn, b.Conn) })
			return rows
		}
		if got, want := read("results/transactions.parquet"), read("rows.parquet"); len(want) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d rows, not the %d of export", file, len(got), len(want))
		}
	}
}
