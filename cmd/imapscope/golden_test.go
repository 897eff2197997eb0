package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
)

// labPorts are the ports that the servers of the lab listened on, TLS among them.
const labPorts = "14310,14311,14324,14350,14360,14361,14399,14410,14510"

// decoded is what `imapscope decode` prints.
func decoded(t *testing.T, args ...string) (out []byte, err error) {
	t.Helper()
	leaktest.Check(t)
	t.Setenv("COLUMNS", "")
	var b bytes.Buffer
	root := newRoot(&env{out: &b, err: &bytes.Buffer{}})
	root.SetArgs(append([]string{"decode"}, args...))
	err = root.ExecuteContext(context.Background())
	return b.Bytes(), err
}

// TestLab decodes each recording of the lab and compares what comes out, as text
// and as JSON lines, with what stands beside it.
func TestLab(t *testing.T) {
	pcaps, _ := filepath.Glob("testdata/lab/*.pcap")
	pcapngs, _ := filepath.Glob("testdata/lab/*.pcapng")
	files := slices.Concat(pcaps, pcapngs)
	if len(files) < 30 {
		t.Fatalf("%d recordings", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for format, ending := range map[string]string{"text": ".txt", "jsonl": ".jsonl"} {
				got, err := decoded(t, "--format", format, "--port", labPorts, file)
				if err != nil {
					t.Fatal(err)
				}
				golden := file + ending
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), string(got)); d != "" {
					t.Errorf("%s: -want +got\n%s", golden, d)
				}
			}
		})
	}
}

// TestPublic decodes other people's captures, which are not part of the project:
// of what comes out only a count and a hash are kept.
func TestPublic(t *testing.T) {
	shared := os.Getenv("IMAPSCOPE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(shared, "captures/public/*/*.*"))
	if len(files) == 0 {
		t.Skipf("no captures in %s: set IMAPSCOPE_SHARED to the folder that holds captures/public", shared)
	}
	const golden = "testdata/public.tsv"
	var got strings.Builder
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
		out, err := decoded(t, "--format", "jsonl", file)
		var bad *pcap.FileError
		var none noIMAPError // it was read all the same
		if errors.As(err, &none) {
			err = nil
		}
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
		conns, requests := 0, 0
		for line := range bytes.Lines(out) {
			var c struct {
				Type     string
				Requests int
			}
			if err := json.Unmarshal(line, &c); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c.Type == "close" {
				conns++
				requests += c.Requests
			}
		}
		fmt.Fprintf(&got, "%s\t%t\t%d\t%d\t%x\n", name, err == nil, conns, requests, sha256.Sum256(out))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("name, read whole, connections, requests, hash: -want +got\n%s", d)
	}
}
