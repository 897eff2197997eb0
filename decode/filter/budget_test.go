package filter

import (
	"fmt"
	"strings"
	"testing"
)

// nested returns an expression with loops in loops, each over a list.
func nested(loop, list string, depth int, innermost string) string {
	open := fmt.Sprintf("%s(%s, {", loop, list)
	return strings.Repeat(open, depth) + innermost + strings.Repeat("})", depth)
}

// TestAttackBombs runs filters that take for ever without a budget: each fails after a
// bounded number of steps, always the same number.
func TestAttackBombs(t *testing.T) {
	row := fetch()
	row.Kinds = nil
	for i := range 64 {
		row.Kinds = append(row.Kinds, fmt.Sprintf("KIND%d", i))
	}
	row.Request = strings.Repeat("a", 64<<10)
	for name, source := range map[string]string{
		"ranges":          nested("any", "1..99", 9, "# == 0"),
		"ranges, all":     nested("all", "1..99", 9, "# > 0"),
		"ranges, none":    nested("none", "1..99", 9, "# == 0"),
		"kinds":           nested("any", "kinds", 9, `# == "x"`),
		"counts":          nested("one", "kinds", 9, `# == "x"`),
		"count":           "(" + nested("any", "kinds", 8, `count(kinds, # == "x") == 1`) + ")",
		"constant list":   nested("any", "[1,2,3,4,5,6,7,8,9]", 20, "# == 0"),
		"texts in a loop": nested("any", "1..999", 2, `request contains tag + "b"`),
		"growing":         doubling(150) + `x150 == ""`,
		"growing, mixed":  `let x0 = [request, 1][0]; ` + doubling(150)[len("let x0 = request; "):] + `x150 == ""`,
		"letters":         nested("any", "1..99", 3, `lower(upper(trim(request))) == "x"`),
		"lengths":         nested("any", "1..99", 3, `len(request) == 1`),
		"order":           nested("any", "1..99", 3, `request > request + "b"`),
		"pattern":         nested("any", "1..99", 2, `request matches "((a*)*)*b"`),
		"lists":           nested("any", "1..999", 2, `1..999 == 1..998`),
		"membership":      nested("any", "1..999", 2, `5.5 in 1..999`),
		"strings of it":   nested("any", "1..99", 3, `string(kinds) == "x"`),
		"cut":             nested("any", "1..99", 3, `request[1:] == "x"`),
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Match(row) || f.Err() == nil {
			t.Errorf("%s: no failure", name)
			continue
		}
		if s := f.Err().Error(); !strings.Contains(s, "too expensive") {
			t.Errorf("%s: %v", name, s)
		}
		spent := f.machine.steps
		f.Match(row)
		if spent == 0 || f.machine.steps != spent {
			t.Errorf("%s: %d steps, then %d", name, spent, f.machine.steps)
		}
	}
}

// TestAttackManyRows checks that a bomb costs no more on many rows than on some.
func TestAttackManyRows(t *testing.T) {
	f, err := Compile(nested("any", "1..99", 9, "# == 0"))
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for range 10_000 {
		if f.Match(fetch()) {
			t.Fatal("a match")
		}
		steps += f.machine.steps
	}
	if f.Failed() != 10_000 || steps > maxExpensive*(maxSteps+1) {
		t.Errorf("%d rows failed, %d steps", f.Failed(), steps)
	}
	if !strings.Contains(f.Err().Error(), "100,000 steps") {
		t.Error(f.Err())
	}
}

// TestChargingChangesNothing checks that an expression with a budget gives what it gives
// without, for values of every type.
func TestChargingChangesNothing(t *testing.T) {
	for source, want := range map[string]bool{
		`kinds == ["FETCH", "EXPUNGE"]`:                     true,
		`[1, "a"][1] == "a"`:                                true,
		`[1, text][1] + "!" == "FETCH completed!"`:          true,
		`string(n) + tag == "12A00012"`:                     true,
		`string(kinds) contains "EXPUNGE"`:                  true,
		`text[0:5] == "fetch"`:                              true,
		`int("12") == n and float("120.5") == ms`:           true,
		`max(kinds[0] == "FETCH" ? 1 : 2, 0) == 1`:          true,
		`n in 1..1000000000 and n not in 13..20`:            true,
		`ms in 1..200`:                                      false,
		`let t = text; any(kinds, {t startsWith #})`:        true,
		`count(kinds, # matches "^(fetch|expunge)$") == 2`:  true,
		`all(["x", "y"], {len(#) == 1}) ?? false`:           true,
		`text | lower() | trim() == "fetch completed"`:      true,
		`user < mailbox or user >= mailbox`:                 true,
		`(n > 5 ? request : text) endsWith "all"`:           true,
		`one(1..3, # == 2) and none(1..3, # == 4)`:          true,
		`text matches "^(fetch completed){1,60}(x{0,50})$"`: true,
		`-n + n == 0 and not (abs(-n) != 12)`:               true,
	} {
		f, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := f.Match(fetch()); got != want || f.Err() != nil {
			t.Errorf("%s: %v (%v)", source, got, f.Err())
		}
	}
}

// doubling returns definitions of which each is twice as long as the one before it.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("let x0 = request; ")
	for i := range n {
		fmt.Fprintf(&b, "let x%d=x%d+x%[2]d;", i+1, i)
	}
	return b.String()
}
