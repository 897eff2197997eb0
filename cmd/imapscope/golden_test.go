package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
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
// and as JSON lines, with the files next to it.
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
				golden.File(t, file+ending, string(got))
			}
		})
	}
}

// TestPublic decodes other people's captures, which are not part of the project:
// of what comes out only a count and a hash are kept.
func TestPublic(t *testing.T) {
	files := shared.Glob(t, "public/*/*.*")
	// the name, whether it was read whole, connections, requests, the hash
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
	golden.File(t, "testdata/public.tsv", got.String())
}
