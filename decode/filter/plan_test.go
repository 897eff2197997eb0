package filter

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestPlanIsTheMachine checks that plans and expr's machine give the same results.
func TestPlanIsTheMachine(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "fetch", "FETCH", "Fetch completed", "expunge", "NO", "a", "é", "É"})
	number := rapid.SampledFrom([]int{-1, 0, 1, 2, 1000})
	comparison := rapid.Custom(func(t *rapid.T) string {
		f := rapid.SampledFrom(fields).Draw(t, "field")
		switch f.Type {
		case "text":
			op := rapid.SampledFrom([]string{"==", "!=", "contains", "startsWith", "endsWith", "matches", "in", "not in", "not contains"}).Draw(t, "op")
			w := word.Draw(t, "word")
			if op == "in" || op == "not in" {
				return fmt.Sprintf("%s %s [%q, %q]", f.Name, op, w, word.Draw(t, "word"))
			}
			return fmt.Sprintf("%s %s %q", f.Name, op, w)
		case "number":
			op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "op")
			return fmt.Sprintf("%s %s %d", f.Name, op, number.Draw(t, "number"))
		case "texts":
			return fmt.Sprintf("%q in %s", word.Draw(t, "word"), f.Name)
		case "yes or no":
			return f.Name + rapid.SampledFrom([]string{"", " == true", " != true", " == false"}).Draw(t, "op")
		case "numbers":
			op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "op")
			return fmt.Sprintf("%s %s %d", f.Name, op, number.Draw(t, "number"))
		}
		return fmt.Sprintf("unsolicited[%q] > %d", word.Draw(t, "word"), number.Draw(t, "number"))
	})
	join := rapid.SampledFrom([]string{"and", "or", "&&", "||", "and not"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := comparison.Draw(t, "a"), comparison.Draw(t, "b")
		source := fmt.Sprintf("(%s) %s (%s)", a, join.Draw(t, "join"), b)
		r := &Row{
			Command: word.Draw(t, "command"), Status: word.Draw(t, "status"), Text: word.Draw(t, "text"), Kind: word.Draw(t, "kind"),
			Kinds: []string{word.Draw(t, "kinds")}, Unsolicited: map[string]int{"FETCH": number.Draw(t, "count")},
			UID:  []Range{{rapid.Uint64Range(0, 2).Draw(t, "low"), rapid.Uint64Range(2, 3).Draw(t, "high")}},
			Code: []string{word.Draw(t, "code"), word.Draw(t, "code")},
			MS:   float64(number.Draw(t, "ms")) / 2, Lost: number.Draw(t, "lost"), Octets: number.Draw(t, "octets"),
			Held: rapid.Bool().Draw(t, "held"), Fault: word.Draw(t, "fault"),
		}
		f, err := Compile(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if f.plan == nil {
			t.Fatalf("%s has no plan", source)
		}
		m, err := newMachine(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if f.plan(r) != m.match(r) || m.err != nil {
			t.Fatalf("%s of %+v: plain Go %v, machine %v (%v)", source, r, f.plan(r), m.match(r), m.err)
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"fetch", `command == "FETCH" and ms > 100`, `"EXPUNGE" in kinds`, `unsolicited["FETCH"] > 1`, `text matches "a+"`,
		`any(kinds, # == "x")`, "can't", "lost and ambiguous", `let x = ms; x > 1`, "$env", "\xff\"", `"\u{110000}"`, "é == è", `kinds[-1] == "a"`,
	} {
		f.Add(s)
	}
	r := fetch()
	f.Fuzz(func(t *testing.T, source string) {
		filter, err := Compile(source)
		if err != nil {
			e, ok := err.(*Error)
			if !ok {
				t.Fatalf("%T", err)
			}
			_ = e.Caret()
			return
		}
		filter.Match(r)
		filter.Match(&Row{})
		_ = filter.Err()
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, filter string }{
		{"text", "no such mailbox"},
		{"plan", `command == "STORE" or ms > 500 or "BYE" in kinds`},
		{"machine", `command == "STORE" or ms > n * 500 or "BYE" in kinds`},
	} {
		b.Run(c.name, func(b *testing.B) {
			f, err := Compile(c.filter)
			if err != nil {
				b.Fatal(err)
			}
			r := fetch()
			b.ReportAllocs()
			for b.Loop() {
				f.Match(r)
			}
		})
	}
}
