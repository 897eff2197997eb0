package main_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/coverage"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/decode/session"
	"imapscope/decode/why"
	"imapscope/decode/wire"
	"imapscope/proxy/conform"
	"imapscope/proxy/mirror"
	"imapscope/proxy/replay"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

func helpTopic(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("help", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section is what is below a heading, up to the next one.
func section(t *testing.T, topic, heading string) string {
	t.Helper()
	_, after, ok := strings.Cut(topic, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("there is no heading %q", heading)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return text
}

// examples are the lines indented by four spaces and no more.
func examples(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if e, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    "); ok && !strings.HasPrefix(e, " ") {
			found = append(found, e)
		}
	}
	return found
}

func TestHelpFitsATerminal(t *testing.T) {
	topics, err := filepath.Glob(filepath.Join("help", "*.md"))
	if err != nil || len(topics) == 0 {
		t.Fatalf("%d topics, %v", len(topics), err)
	}
	verbs, err := filepath.Glob(filepath.Join("help", "verbs", "*.md"))
	if err != nil || len(verbs) == 0 {
		t.Fatalf("%d verbs, %v", len(verbs), err)
	}
	topics = append(topics, verbs...)
	for _, path := range topics {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), "# ") {
			t.Errorf("%s: its first line is not a title", path)
		}
		for i, line := range strings.Split(string(b), "\n") {
			rule := strings.HasPrefix(line, "    iptables ") || strings.HasPrefix(line, "    nft ") ||
				strings.HasPrefix(line, "    imapscope ") || // to be pasted whole
				strings.HasPrefix(line, "          https://")
			if n := utf8.RuneCountInString(line); n > 80 && !rule {
				t.Errorf("%s:%d: %d columns", path, i+1, n)
			}
			if strings.ContainsRune(line, '\t') {
				t.Errorf("%s:%d: a tab", path, i+1)
			}
		}
	}
}

func TestHelpListsTheFilterFields(t *testing.T) {
	topic := helpTopic(t, "filter")
	var names []string
	for _, e := range examples(section(t, topic, "Fields")) {
		name, _, _ := strings.Cut(e, " ")
		names = append(names, name)
	}
	var want []string
	for _, f := range filter.Fields() {
		want = append(want, f.Name)
	}
	for _, w := range want {
		if !slices.Contains(names, w) {
			t.Errorf("filter.md does not list the field %s", w)
		}
	}
	for _, n := range names {
		if !slices.Contains(want, n) {
			t.Errorf("filter.md lists %s, which is no field", n)
		}
	}
}

func TestHelpFilterExamples(t *testing.T) {
	topic := helpTopic(t, "filter")
	list := append(examples(section(t, topic, "Examples")), examples(section(t, topic, "A text"))...)
	if len(list) < 10 {
		t.Fatalf("%d examples found", len(list))
	}
	for _, e := range list {
		if _, err := filter.Compile(e); err != nil {
			t.Errorf("%s\n%v", e, err)
		}
	}
}

// fullAccounts returns accounts with something of everything.
func fullAccounts() *account.Accounts {
	conn := new(account.Conn)
	e := &account.Event{Conn: conn, Fact: session.Fact{Kind: session.Copied, Txn: 1, UIDValidity: 1, UID: 1, Number: 1, Set: "1", UIDs: true, To: "a", ToSet: "1", Text: "x"}}
	e.Cause = e
	numbers := &account.Event{Conn: conn, Fact: e.Fact, Cause: e}
	numbers.Fact.UIDs = false
	return &account.Accounts{Addresses: []*account.Address{{}}, Users: []*account.Account{{
		Uses: []*account.Use{{Conn: conn}}, Idles: []account.Idle{{Conn: conn}},
		Mailboxes: []*account.Mailbox{{Events: []*account.Event{e, numbers}, Validities: []account.Validity{{Event: e, Last: e}}, Backs: []account.Back{{Then: e, Here: e}}}},
	}}}
}

// TestHelpListsTheJSONFields holds jsonl.md against what ui/print writes: its
// sections are the types of line, and each names the fields of its type.
func TestHelpListsTheJSONFields(t *testing.T) {
	var out strings.Builder
	j := print.NewJSON(&out, view.Options{})
	txn := &decode.Transaction{Literals: []decode.Literal{{From: capture.ClientToServer}}, MoreLits: 1}
	for _, err := range []error{
		j.Connection(capture.Conn{ID: 1}),
		j.Greeting(1, &decode.Message{Kind: decode.Greeting}),
		j.Transaction(1, txn),
		j.Unsolicited(1, &decode.Message{Kind: decode.Untagged, Number: 1}),
		j.Junk(1, &decode.Message{Kind: decode.Junk}),
		j.Resync(1, &decode.Resync{}),
		j.Note(1, time.Time{}, "upstream 192.0.2.1:143"),
		j.Finding(&view.Finding{Rule: view.Rule{ID: "C013"}}, true),
		j.Grammar(&view.Grammar{}),
		j.Close(1, &decode.Closed{First: decode.First{Side: decode.ServerSide, Cause: capture.FIN}}),
		j.Accounts(fullAccounts()),
		j.Coverage([]*coverage.Report{{Groups: []*coverage.Group{{Items: []coverage.Item{{Name: "x", Count: 1, Answers: []coverage.Answer{{Status: "x", Count: 1}}, Cite: "x"}}}}}}, false),
		j.Reasons([]why.Reason{{Kind: why.Kinds()[0], Account: "x", More: 1, Evidence: []why.Evidence{{Rule: "C034"}}}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	trees := print.NewTrees(&out, view.Options{}, false)
	request := &decode.Message{Message: wire.Message{Raw: []byte("a COPY 1:4\r\n")}}
	if err := trees.Unsolicited(1, request); err != nil {
		t.Fatal(err)
	}
	compared := print.Comparison{Sessions: []print.Compared{{
		Divergences: []view.Divergence{{Differences: []view.Difference{{InA: true}}}}, Trouble: []string{"x"}, LeftOut: []string{"x"},
	}}}
	if err := compared.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	step := &conform.StepResult{Step: &conform.Step{}, Outcome: conform.Failed, Reasons: []string{"x"}}
	conformed := print.Conformance{Report: &conform.Report{
		Results:  []*conform.Result{{Script: &conform.Script{}, Skipped: "x"}, {Script: &conform.Script{}, Steps: []*conform.StepResult{step}}},
		Findings: []conform.Finding{{Finding: lint.Finding{Rule: lint.Rules()[0]}}},
	}}
	if err := conformed.Write(&out, "jsonl", "", print.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(&out)
	reasons := []mirror.Count{{Why: "x", N: 1}}
	if err := errors.Join(
		print.NewMirrored(w, "jsonl", print.TextOptions{}).Ended(1, "x"),
		print.MirrorJSON(&out, &mirror.Report{Latency: []*replay.Latencies{replay.NewLatencies("NOOP")}, Skipped: reasons, Ended: reasons}),
	); err != nil {
		t.Fatal(err)
	}
	topic := helpTopic(t, "jsonl")
	for line := range strings.Lines(out.String()) {
		var written map[string]any
		if err := json.Unmarshal([]byte(line), &written); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		kind, _ := written["type"].(string)
		text := section(t, topic, kind)
		for name := range written {
			// In the example, or named below it.
			if !strings.Contains(text, `"`+name+`":`) && !strings.Contains(text, "`"+name+"`") {
				t.Errorf("jsonl.md, %s: nothing about %q", kind, name)
			}
		}
		var shown map[string]any
		if err := json.Unmarshal([]byte(firstBlock(text)), &shown); err != nil {
			t.Errorf("jsonl.md, %s: the example is not JSON: %v", kind, err)
		}
		for name := range shown {
			if _, ok := written[name]; !ok {
				t.Errorf("jsonl.md, %s: the example has %q, which is never written", kind, name)
			}
		}
	}
}

// TestHelpListsTheTreeFields holds jsonl.md against the nodes of the trees that are
// written: each field has its place in the help, and each that is named there is written.
func TestHelpListsTheTreeFields(t *testing.T) {
	var out strings.Builder
	trees := print.NewTrees(&out, view.Options{}, false)
	for _, raw := range []string{"a COPY 1:4\r\n", "a NOOP " + strings.Repeat("x", 2000) + "\r\n"} {
		if err := trees.Unsolicited(1, &decode.Message{Message: wire.Message{Raw: []byte(raw)}}); err != nil {
			t.Fatal(err)
		}
	}
	written := make(map[string]bool)
	var gather func(v any)
	gather = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, x := range v {
				written[name] = true
				gather(x)
			}
		case []any:
			for _, x := range v {
				gather(x)
			}
		}
	}
	for line := range strings.Lines(out.String()) {
		var x map[string]any
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		gather(x["tree"])
	}
	text := section(t, helpTopic(t, "jsonl"), "message")
	for name := range written {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("jsonl.md, message: nothing about the field %s of a node", name)
		}
	}
	for _, name := range []string{"kind", "role", "span", "kids", "text", "length", "error", "offset", "expected", "citation"} {
		if !written[name] {
			t.Errorf("no node has the field %s", name)
		}
	}
}

// firstBlock is the first run of lines indented by four spaces or more.
func firstBlock(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			b.WriteString(code)
		} else if b.Len() > 0 {
			break
		}
	}
	return b.String()
}
