package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/golden"
	"imapscope/capture/logs"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/proxy/intercept/fault"
	"imapscope/ui/view"
)

// TestTables: the help topics that are tables say what the program does. -update writes
// them, below their first paragraphs.
func TestTables(t *testing.T) {
	for topic, made := range map[string]string{"rules": rulesTable(t), "states": statesTable(), "dialects": dialectsTable(), "faults": faultsTable(), "logs": logsTable(), "reasons": reasonsTable(t), "conformance": conformanceTable(t)} {
		golden.Section(t, filepath.Join("help", topic+".md"), tableMark, "", made)
	}
}

const tableMark = "\n## The table\n\n"

// rulesTable is all rules, with a capture that shows each.
func rulesTable(t *testing.T) string {
	goldens, err := filepath.Glob("../../decode/lint/testdata/*.txt")
	if err != nil || len(goldens) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	shown := make(map[string][]string)
	for _, g := range goldens {
		b, err := os.ReadFile(g)
		if err != nil {
			t.Fatal(err)
		}
		capture := strings.TrimSuffix(filepath.Base(g), ".txt")
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 5 && !slices.Contains(shown[f[5]], capture) {
				shown[f[5]] = append(shown[f[5]], capture)
			}
		}
	}
	var b strings.Builder
	for _, r := range lint.Rules() {
		v := view.RuleOf(r)
		fmt.Fprintf(&b, "    %s  %-7s  %-7s  %s\n", v.ID, v.Severity, v.Verdict, v.Title)
		wrapTo(&b, "          ", v.Cite)
		wrapTo(&b, "          ", whereShown(v.ID, shown[r.ID]))
	}
	return b.String()
}

// whereShown prefers a capture that everybody has.
func whereShown(id string, captures []string) string {
	for _, c := range captures {
		if _, err := os.Stat(filepath.Join("../../samples", c)); err == nil {
			return "samples/" + c
		}
	}
	if len(captures) > 0 {
		return "recorded for the tests: " + captures[0]
	}
	return "an example: imapscope explain " + id
}

// faultsTable is every kind of fault.
func faultsTable() string {
	var b strings.Builder
	for _, k := range fault.Kinds() {
		wrapTo(&b, "    ", k.Name+" "+k.Syntax)
		wrapTo(&b, "        ", k.Help)
		wrapTo(&b, "        ", k.Example)
	}
	return b.String()
}

// logsTable is every format of logs.
func logsTable() string {
	var b strings.Builder
	for _, f := range logs.Formats() {
		wrapTo(&b, "    ", f.Name)
		wrapTo(&b, "        ", f.How)
		wrapTo(&b, "        ", "missing: "+f.Missing)
	}
	return b.String()
}

// statesTable is every change of state, and what is permitted in each.
func statesTable() string {
	var b strings.Builder
	for line := range strings.Lines(view.StatesDiagram()) {
		b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	b.WriteString("\n")
	for _, row := range session.Table() {
		fmt.Fprintf(&b, "    %s\n", row.On)
		wrapTo(&b, "        ", "from "+stateList(row.From)+" to "+row.To.String()+": "+row.Why)
		wrapTo(&b, "        ", row.Cite)
	}
	for s := protocol.NotAuthenticated; s <= protocol.Selected; s++ {
		var permitted []string
		for en := range protocol.Of(protocol.Command) {
			if set, ok := session.Permitted(en.Name); ok && set.Has(s) && en.Dialect == protocol.IMAP2 {
				permitted = append(permitted, en.Name)
			}
		}
		fmt.Fprintf(&b, "\nPermitted when %s, of RFC 1176's commands:\n\n", s)
		wrapTo(&b, "    ", strings.Join(permitted, ", "))
	}
	return b.String()
}

// dialectsTable is every word that a dialect or an extension ended, by what ended it.
func dialectsTable() string {
	var b strings.Builder
	for _, d := range append(protocol.Dialects(), protocol.Extension) {
		first := true
		for r := range protocol.All() {
			if r.Until != d {
				continue
			}
			if first && b.Len() > 0 {
				b.WriteString("\n")
			}
			if first {
				fmt.Fprintf(&b, "Ended by %s:\n\n", map[bool]string{true: "an extension", false: d.String()}[d == protocol.Extension])
				first = false
			}
			fmt.Fprintf(&b, "    %s (%s)\n", r.Name, r.Kind)
			if r.Became != "" {
				wrapTo(&b, "        ", "now "+r.Became)
			}
			wrapTo(&b, "        ", r.Later.String())
		}
	}
	return b.String()
}

func stateList(set protocol.States) string {
	var out []string
	for _, s := range set.List() {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// wrapTo writes a text in lines of at most 80 columns.
func wrapTo(b *strings.Builder, indent, text string) {
	line := indent
	for _, w := range strings.Fields(text) {
		if len(line)+1+len(w) > 80 && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += w
	}
	b.WriteString(line + "\n")
}
