package explain

import (
	"strconv"
	"strings"
)

// fields splits a text at spaces, except those in quotes, parentheses, brackets and angle
// brackets.
func fields(text string) []string {
	var out []string
	depth, quoted, start := 0, false, -1
	for i := range len(text) {
		switch c := text[i]; {
		case quoted && c == '\\' && i+1 < len(text):
			// A quote after it does not end the string: see below.
		case c == '"' && !(quoted && text[i-1] == '\\'):
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth = max(depth-1, 0)
		case c == ' ' && depth == 0:
			if start >= 0 {
				out = append(out, text[start:i])
			}
			start = -1
			continue
		}
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, text[start:])
	}
	return out
}

// fill replaces the variables in a word by their values; "start-1" is one less than start.
func fill(word string, names []string, values map[string]string) string {
	for _, n := range names {
		if word == n {
			return values[n]
		}
	}
	var b strings.Builder
	for len(word) > 0 {
		n := identifier(word)
		if n == 0 {
			b.WriteByte(word[0])
			word = word[1:]
			continue
		}
		name := word[:n]
		word = word[n:]
		value, ok := values[name]
		if !ok {
			b.WriteString(name)
			continue
		}
		if rest, less := strings.CutPrefix(word, "-1"); less {
			if v, err := strconv.ParseUint(value, 10, 32); err == nil && v > 0 {
				value, word = strconv.FormatUint(v-1, 10), rest
			}
		}
		b.WriteString(value)
	}
	return b.String()
}

// identifier returns how long the identifier is that a text begins with.
func identifier(text string) int {
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && c != '_' && (i == 0 || c != '-' || strings.HasPrefix(text[i:], "-1")) {
			return i
		}
	}
	return len(text)
}
