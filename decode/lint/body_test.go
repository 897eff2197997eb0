package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestStructuresOfAnyForm checks that parts are compared with structures that have literals,
// and with long ones, and that what is kept of structures is bounded.
func TestStructuresOfAnyForm(t *testing.T) {
	fetch := func(tag, structure, part string) string {
		return "C: " + tag + " FETCH 2 (BODYSTRUCTURE BODY[" + part + "])\nS: * 2 FETCH (BODYSTRUCTURE " + structure + " BODY[" + part + "] \"abcd\")\nS: " + tag + " OK done\n"
	}
	leaf := func(size int) string {
		return fmt.Sprintf(`("text" "plain" ("charset" "utf-8") NIL NIL "7bit" %d 1)`, size)
	}
	many := func(n, last int) string {
		return "(" + strings.Repeat(leaf(4), n-1) + leaf(last) + ` "mixed")`
	}
	const literal = "(\"text\" \"plain\" (\"name\" {6}\nS: a) (b\") NIL NIL \"7bit\" %d 1)"
	for _, c := range []struct{ name, text, want string }{
		{"a literal, right", fetch("a1", fmt.Sprintf(literal, 4), "1"), ""},
		{"a literal, wrong", fetch("a1", fmt.Sprintf(literal, 5), "1"), "S048 error"},
		{"a literal, no such part", fetch("a1", fmt.Sprintf(literal, 4), "2"), "S048 error"},
		{"9 KB, right", fetch("a1", many(150, 4), "150"), ""},
		{"9 KB, wrong", fetch("a1", many(150, 5), "150"), "S048 error"},
		{"60 KB, wrong", fetch("a1", many(1000, 5), "1000"), "S048 error"},
		{"too long to be kept", fetch("a1", many(1500, 5), "1500"), ""},
		{"more than is kept together", fetch("a1", many(1000, 4), "1") + fetch("a2", many(1001, 4), "1") + fetch("a3", many(1002, 5), "1002"), "S048 error"},
		{"another structure of the same message", fetch("a1", leaf(4), "1") + fetch("a2", leaf(5), "1"), "S048 error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := play(in4+c.text, Options{Only: []string{"S048", "S047"}}, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(list); got != c.want {
				t.Errorf("%s; want %s\n%s", got, c.want, lines(list))
			}
		})
	}
}
