package explain

import (
	"fmt"
	"strings"

	"imapscope/decode/syntax"
)

// sequence returns a sequence in words: "Messages 2 to 4, and 7."
func sequence(s syntax.Sequence, what string) string {
	if len(s) == 0 {
		return "A sequence of " + what + " numbers."
	}
	if len(s) == 1 && s[0].First == syntax.Star && s[0].Last == syntax.Star {
		return "The last " + what + "."
	}
	var parts []string
	for _, r := range s {
		switch {
		case r.First == r.Last:
			parts = append(parts, number(r.First))
		case r.First < r.Last && r.First+1 == r.Last:
			parts = append(parts, number(r.First), number(r.Last))
		case r.First > r.Last:
			parts = append(parts, number(r.First)+" back to "+number(r.Last))
		default:
			parts = append(parts, number(r.First)+" to "+number(r.Last))
		}
		if len(parts) == 8 && len(s) > 8 {
			parts = append(parts, fmt.Sprintf("%d more ranges", len(s)-8))
			break
		}
	}
	if len(s) > 1 || s[0].First != s[0].Last {
		what += "s"
	}
	return strings.ToUpper(what[:1]) + what[1:] + " " + list(parts) + "."
}

func number(n uint32) string {
	if n == syntax.Star {
		return "the last"
	}
	return fmt.Sprint(n)
}

// list joins words: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
