package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// unknownWords are the words that have generic nodes under them, by capture, each with the
// reason. Of other people's captures ("public") only the words are named.
var unknownWords = map[string]map[string]string{
	"raw-errors--imap-1.pcap": {
		"VERSION": "a command of a server of 1992, in no RFC",
		"CHECK":   "an argument, sent on purpose", "EXPUNGE": "likewise", "LOGOUT": "likewise", "NOOP": "likewise",
		"LOGIN": "a missing space, sent on purpose",
	},
	"public": {"SELECT": "a mailbox with a space, without quotes"},
}

// TestNoGenericNodes decodes recordings of real clients and servers: no value is without a
// role where an RFC has a production.
func TestNoGenericNodes(t *testing.T) {
	used := make(map[string]map[string]bool)
	for _, pattern := range []string{"../../samples/*.pcap*", filepath.Join(shared.Dir(), "captures/lab/*.pcap*"), filepath.Join(shared.Dir(), "captures/public/*/*.*")} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			t.Logf("SKIPPED: no captures at %s (IMAPSCOPE_SHARED names the folder that holds captures)", pattern)
		}
		nodes := 0
		for _, file := range files {
			name := filepath.Base(file)
			if strings.Contains(pattern, "public") {
				name = "public"
			}
			total, under := genericNodes(t, file)
			nodes += total
			for _, word := range under {
				if unknownWords[name][word] == "" {
					t.Errorf("%s: generic nodes under %q", filepath.Base(file), word)
				}
				if used[name] == nil {
					used[name] = make(map[string]bool)
				}
				used[name][word] = true
			}
		}
		if len(files) > 0 && nodes < 1000 {
			t.Errorf("%s: only %d nodes", pattern, nodes)
		}
	}
	for name, words := range unknownWords {
		for word := range words {
			if used[name] != nil && !used[name][word] {
				t.Errorf("%s has no generic node under %s: remove it from the list", name, word)
			}
		}
	}
}

// genericNodes returns the number of nodes in a capture, and the words that generic ones are
// under. A damaged capture, or one without IMAP, has those that were read.
func genericNodes(t *testing.T, file string) (nodes int, under []string) {
	out, _ := decoded(t, "--format", "jsonl", "--stats", file)
	for line := range bytes.Lines(out) {
		var g struct {
			Type  string
			Nodes int
			Under []struct{ Word string }
		}
		if err := json.Unmarshal(line, &g); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		if g.Type != "grammar" {
			continue
		}
		nodes = g.Nodes
		for _, w := range g.Under {
			under = append(under, w.Word)
		}
	}
	return nodes, under
}
