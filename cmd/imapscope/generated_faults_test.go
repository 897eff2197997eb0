package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"imapscope/decode/decodetest/gen"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// checksOf makes rapid draw n cases, unless its flag says how many.
func checksOf(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Value.Set(f.DefValue) })
}

// dialectsOf returns the dialects in which a fault is one: those that its rule applies
// to, within its own limits.
func dialectsOf(f *gen.Fault, r *lint.Rule) []protocol.Dialect {
	var list []protocol.Dialect
	for _, d := range []protocol.Dialect{protocol.IMAP2, protocol.IMAP2bis, protocol.IMAP4rev1} {
		if d >= f.From && (f.To == protocol.UnknownDialect || d <= f.To) && (r.Later || d < protocol.IMAP4) {
			list = append(list, d)
		}
	}
	return list
}

// within reports whether a finding is about the bytes of the fault.
func within(s *gen.Session, found map[string]any) bool {
	dir := dirOf(found["from"].(string))
	off := int64(found["offset"].(float64))
	return s.From[dir] <= off && off <= s.To[dir]
}

// TestGeneratedFaults commits each fault in otherwise correct traffic: check names its
// rule, where it was committed, and nothing else but notes and what is listed as a
// consequence.
func TestGeneratedFaults(t *testing.T) {
	checksOf(t, 10)
	for i, f := range gen.Faults() {
		t.Run(fmt.Sprintf("%s-%d", f.Rule, i), func(t *testing.T) {
			rule, ok := lint.Lookup(f.Rule)
			if !ok {
				t.Fatal("no such rule")
			}
			dialects := dialectsOf(&f, rule)
			rapid.Check(t, func(rt *rapid.T) {
				s := gen.Draw(rt, gen.Options{Dialect: rapid.SampledFrom(dialects).Draw(rt, "dialect"), Fault: &f})
				file := segmentsOf(rt, s, network{}).file(t)
				named := false
				for _, o := range objects(rt, "check", "--format", "jsonl", file) {
					id := o["id"].(string)
					here := id == f.Rule && (rule.Once || within(s, o))
					named = named || here
					if !here && o["severity"] != lint.Note.String() && !slices.Contains(f.Also, id) {
						rt.Errorf("also %v", o)
					}
				}
				if !named {
					rt.Errorf("%s was not found", f.Rule)
				}
				if rt.Failed() {
					rt.Logf("fault at %v to %v\n%s", s.From, s.To, conversation(s))
				}
			})
		})
	}
}
