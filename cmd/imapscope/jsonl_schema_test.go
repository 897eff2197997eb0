package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/layer"
	"imapscope/decode/sasl"
	"imapscope/decode/session"
	"imapscope/decode/why"
	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
	"imapscope/samples/server"
	"imapscope/ui/load"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// rareFields are fields of the schema that none of the lines of this test has, and why.
var rareFields = map[string]string{
	"omitted.type":     omittedAfter,
	"omitted.conn":     omittedAfter,
	"omitted.n":        omittedAfter,
	"omitted.messages": omittedAfter,
}

// omittedAfter: TestTreesThatWaitAreDroppedWithTheirTransaction of ui/print holds the line.
const omittedAfter = "it comes after 64 MiB of messages"

// TestLinesFollowTheSchema: each line that a verb writes is valid by help/jsonl.schema.json and has
// no field that the schema does not have; and each type and field of the schema is written.
func TestLinesFollowTheSchema(t *testing.T) {
	text, err := helpFiles.ReadFile("help/jsonl.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	seen := make(map[string]bool)
	for from, out := range linesOfVerbs(t) {
		for line := range strings.Lines(out) {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%s: %v: %s", from, err, line)
			}
			lines++
			kind, _ := v["type"].(string)
			def := s.Defs[kind]
			if def == nil {
				t.Errorf("%s: the schema has no type %q: %s", from, kind, line)
				continue
			}
			err := errors.Join(resolved.Validate(v), shown(&s, kind, def, v, seen))
			if err != nil {
				t.Errorf("%s: %v: %s", from, err, line)
			}
		}
	}
	t.Logf("%d lines", lines)
	for _, name := range slices.Sorted(maps.Keys(s.Defs)) {
		for field := range s.Defs[name].Properties {
			place := name + "." + field
			switch reason := rareFields[place]; {
			case !seen[place] && reason == "":
				t.Errorf("the schema has %s, which no line has", place)
			case seen[place] && reason != "":
				t.Errorf("%s is written, although: %s", place, reason)
			}
		}
	}
	for place := range rareFields {
		name, field, _ := strings.Cut(place, ".")
		if def := s.Defs[name]; def == nil || def.Properties[field] == nil {
			t.Errorf("%s is not in the schema", place)
		}
	}
}

// shown notes which fields of a definition a value has, here and below. It returns an error if
// the value has others, or a time that is none.
func shown(root *jsonschema.Schema, name string, s *jsonschema.Schema, v any, seen map[string]bool) error {
	if ref, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return shown(root, ref, root.Defs[ref], v, seen)
	}
	var errs []error
	for _, x := range s.AnyOf {
		if v != nil {
			errs = append(errs, shown(root, name, x, v, seen))
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for field, x := range v {
			p := s.Properties[field]
			if p == nil && s.Properties["type"] != nil && root.Properties[field] != nil {
				continue // all lines may have it
			}
			if p == nil && s.AdditionalProperties == nil {
				return fmt.Errorf("the schema has no %s.%s", name, field)
			}
			if p != nil {
				seen[name+"."+field] = true
				errs = append(errs, shown(root, name+"."+field, p, x, seen))
			}
		}
	case []any:
		for _, x := range v {
			if s.Items != nil {
				errs = append(errs, shown(root, name, s.Items, x, seen))
			}
		}
	case string:
		if s.Format == "date-time" {
			if _, err := time.Parse(time.RFC3339Nano, v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// TestEachTypeIsExplained: the types of the schema are the headings of help/jsonl.md, and the
// fields of each are named below its heading, but for the file, which scan adds to all.
func TestEachTypeIsExplained(t *testing.T) {
	var s jsonschema.Schema
	text, err := helpFiles.ReadFile("help/jsonl.schema.json")
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	topic, err := helpFiles.ReadFile("help/jsonl.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := make(map[string]bool)
	for _, section := range strings.Split(string(topic), "\n## ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		for _, name := range strings.Split(heading, ", ") {
			if name == "Using it" {
				continue
			}
			explained[name] = true
			def := s.Defs[name]
			if def == nil || def.Properties["type"] == nil {
				t.Errorf("jsonl.md has %s, which is no type of the schema", name)
				continue
			}
			for field := range def.Properties {
				if field != "file" && !regexp.MustCompile("[\"`]"+field+"[\"`]").MatchString(body) {
					t.Errorf("jsonl.md, %s: nothing about %s", name, field)
				}
			}
		}
	}
	for name, def := range s.Defs {
		if def.Properties["type"] != nil && !explained[name] {
			t.Errorf("jsonl.md does not have %s", name)
		}
	}
}

// linesOfVerbs returns what verbs write as JSON lines, by what wrote it.
func linesOfVerbs(t *testing.T) map[string]string {
	samples, err := filepath.Glob("../../samples/*.pcap*")
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	faults, err := filepath.Glob("testdata/faults/*.pcap")
	if err != nil || len(faults) == 0 {
		t.Fatalf("no faults: %v", err)
	}
	dir := t.TempDir()
	all := strings.Join(append(append(samples, faults...), "testdata/legs/legs.pcapng", "testdata/why/kind-18-compress.pcap"), " ")
	answers, conforms := answering(t), conforming(t)
	encoded := recordTranscript(t, "S: * OK ready\nC: a LOGIN fred secret\nS: a OK in\nC: b SELECT Entw&APw-rfe\nS: * 1 EXISTS\nS: b OK in\n"+
		"C: c STATUS &x (UIDNEXT)\nS: * LIST () NIL Entw&APw-rfe\nS: c OK done\nS: * LIST () NIL Entw&APw-rfe\n")
	out := make(map[string]string)
	for _, args := range []string{
		"decode --format jsonl --stats --findings note --zone Europe/Berlin " + all,
		"decode --format tree --stats testdata/faults/39-widths.pcap ../../samples/raw-errors--imap-1.pcap " + encoded,
		"decode --format jsonl --port 14361 testdata/keys/curl--dovecot-imaps-dsb.pcapng",
		"decode --format jsonl --port 14361 testdata/keys/curl--dovecot-imaps.pcapng",
		"decode --format jsonl " + encoded,
		"check --format jsonl " + all,
		"why --format jsonl " + all,
		"coverage --format jsonl ../../samples/mtest1988--imap-1.pcap",
		"diff --format jsonl testdata/faults/replay-bad-a.pcap testdata/faults/replay-bad-b.pcap",
		"diff --format jsonl ../../samples/mtest1988--imap-1.pcap testdata/faults/truth-fin-inside-literal.pcap",
		"replay --format jsonl --min-exchanges 1000000 --to " + answers + " ../../samples/raw-pipeline--imap-1.pcap",
		"replay --format jsonl --min-exchanges 1000000 --clients 2 --to " + answers + " ../../samples/raw-pipeline--imap-1.pcap",
		"replay --format jsonl --clients 1 --to 127.0.0.1:1 ../../samples/raw-pipeline--imap-1.pcap",
		"replay --format jsonl --to " + answers + " testdata/faults/truth-fin-inside-literal.pcap testdata/faults/truth-midstream-done.pcap",
		"conform --format jsonl --set user=fred,password=secret --to " + conforms,
		"compare --format jsonl --task one-part --bandwidth 9600",
		"compare --format jsonl --task subjects",
	} {
		code, text, errs := verb(strings.Fields(args)...)
		if code > 1 || text == "" {
			t.Errorf("imapscope %s: exit code %d: %s", args, code, errs)
		}
		out[args] = text
	}
	maps.Copy(out, linesOfScan(t, dir, all))
	maps.Copy(out, linesOfGrading(t, dir))
	maps.Copy(out, linesWithoutVerb(t))
	return out
}

// linesOfScan returns the lines of the files that scan writes.
func linesOfScan(t *testing.T, dir, files string) map[string]string {
	results := filepath.Join(dir, "results")
	if code, _, errs := verb(append([]string{"scan", "-o", results}, strings.Fields(files)...)...); code > 1 {
		t.Fatalf("scan: exit code %d: %s", code, errs)
	}
	out := make(map[string]string)
	names, err := filepath.Glob(filepath.Join(results, "*.jsonl"))
	if err != nil || len(names) < 3 {
		t.Fatalf("scan wrote %q, %v", names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out["scan: "+filepath.Base(name)] = string(b)
	}
	return out
}

// linesOfGrading returns what exercise --grade writes about an answer, and a line that is none.
func linesOfGrading(t *testing.T, dir string) map[string]string {
	week, sheet := filepath.Join(dir, "week"), filepath.Join(dir, "wilma.txt")
	if code, _, errs := verb("exercise", "--seed", "1176", "--count", "1", "-o", week); code != 0 {
		t.Fatalf("exercise: %s", errs)
	}
	answers := "recording: 01.pcapng\ntransaction: 1/4\nwho: server\nwhat: S024\nthis is no answer\nwhy: it is\n"
	if err := os.WriteFile(sheet, []byte(answers), 0o600); err != nil {
		t.Fatal(err)
	}
	_, text, _ := verb("exercise", "--grade", week, "--format", "jsonl", sheet)
	return map[string]string{"exercise --grade": text}
}

// linesWithoutVerb returns lines of verbs that need a hub, a second server, or hours.
func linesWithoutVerb(t *testing.T) map[string]string {
	now := time.Unix(1, 0).UTC()
	stats := &hub.Stats{First: now, Last: now, Sensors: []hub.SensorStats{{Sensor: "east", First: now, Last: now}}}
	counts := []mirror.Count{{Why: "x", N: 1}}
	var hubs, mirrored, loads, lines bytes.Buffer
	w := bufio.NewWriter(&mirrored)
	late := replay.NewLatencies("NOOP")
	failed := print.Comparison{Sessions: []print.Compared{{Trouble: []string{"the server reset the connection"}}}}
	err := errors.Join(
		writeRareLines(print.NewJSON(&lines, view.Options{})), failed.WriteJSON(&lines),
		print.HubStats(&hubs, stats, true),
		print.NewMirrored(w, "jsonl", print.TextOptions{}).Ended(1, "x"), w.Flush(),
		print.MirrorJSON(&mirrored, &mirror.Report{Latency: []*replay.Latencies{late}, Skipped: counts, Ended: counts}),
		load.Line(&loads, &replay.Interval{Start: now, End: now, All: replay.NewLatencies(""), Commands: []*replay.Latencies{late}}, now),
	)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"hub --stats": hubs.String(), "proxy --mirror": mirrored.String(), "replay: an interval": loads.String(), "others": lines.String()}
}

// writeRareLines writes lines with what the captures of this test do not have.
func writeRareLines(j *print.JSON) error {
	at := time.Unix(1, 0).UTC()
	acts := &decode.Acts{Faults: []string{"drop tagged"}, Held: true, Edited: true}
	said := &sasl.Report{
		Mechanism: "X", Step: 1, Steps: 2, Authentication: "a", Authorization: "b", Realm: "c", Workstation: "d", Trace: "e", Host: "f", Port: 1,
		Binding: "g", Iterations: 1, Layer: "h", Expires: at, Issuer: "i", Error: "j", Scope: "k", Schemes: "l", Configuration: "m", Fault: "n", Note: "o",
	}
	conn := &account.Conn{Source: "one.pcap"}
	e := &account.Event{Conn: conn, Fact: session.Fact{Kind: session.Copied, Txn: 1, UIDValidity: 1, UID: 1, Number: 1, Set: "1", UIDs: true, To: "a", ToSet: "1", Text: "x"}}
	e.Cause = e
	numbers := *e
	numbers.Fact.UIDs = false
	accounts := &account.Accounts{Addresses: []*account.Address{{}}, Users: []*account.Account{{
		Uses: []*account.Use{{Conn: conn}}, Idles: []account.Idle{{Conn: conn}},
		Mailboxes: []*account.Mailbox{{Events: []*account.Event{e, &numbers}, Validities: []account.Validity{{Event: e, Last: e}}, Backs: []account.Back{{Then: e, Here: e}}}},
	}}}
	return errors.Join(
		j.Greeting(1, &decode.Message{Kind: decode.Greeting, Leg: capture.ClientLeg, Acts: acts}),
		j.Transaction(1, &decode.Transaction{MoreLits: 1, Leg: capture.ClientLeg, Acts: acts, SASL: said}),
		j.Unsolicited(1, &decode.Message{Kind: decode.Untagged, Number: 1, Leg: capture.ServerLeg, Acts: acts}),
		j.Resync(1, &decode.Resync{Time: at}),
		j.Finding(&view.Finding{Rule: view.Rule{ID: "C013", Severity: "error", Verdict: "proxy"}, MadeBy: "a", Since: "b", Leg: "client"}, true),
		j.Layer(1, &decode.Secured{Time: at, Facts: layer.Facts{Alert: "close_notify", Names: []string{"a"}}}),
		j.Reason(&why.Reason{Kind: why.Kinds()[0], Verdict: why.Server, Account: "x", More: 1, Evidence: []why.Evidence{{Source: "one.pcap", Rule: "C034"}}}, 1, 1),
		j.Accounts(accounts),
	)
}

// conforming returns the address of a server with the mail of the samples.
func conforming(t *testing.T) (addr string) {
	t.Helper()
	s, err := server.New(server.Options{Quirks: []string{"wrong-size"}})
	if err != nil {
		t.Fatal(err)
	}
	addr, stop, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return addr
}
