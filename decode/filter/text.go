package filter

import (
	"strings"

	"github.com/expr-lang/expr/ast"

	"imapscope/decode/ascii"
)

// isCondition reports whether s is a condition, and not a text to search for.
//
// A quote, a parenthesis, or one of == != < > && || ! | makes a condition.
// Other signs do not, because on their own they make nothing true or false, and
// are common in what people search for: "127.0.0.1:59550", "1:20", "BODY[TEXT]",
// "/var/mail", "IMAP4-rev1". A word that is an operator of expr makes a condition
// only next to a field, because "logged in" and "not found" are texts, and so does
// a single "=", which is then an error that explains what to write.
func isCondition(s string) bool {
	if strings.ContainsAny(s, "\"'`()<>!|") || strings.Contains(s, "==") || strings.Contains(s, "&&") {
		return true
	}
	if name, _, ok := strings.Cut(s, "="); ok && isField(strings.TrimSpace(name)) {
		return true
	}
	words := strings.Fields(s)
	for i, w := range words {
		before, after := at(words, i-1), at(words, i+1)
		if before == "not" && w != "not" {
			before = at(words, i-2)
		}
		switch w {
		case "contains", "matches", "startsWith", "endsWith":
			if isField(before) && after != "" {
				return true
			}
		case "in":
			if isOperand(before) && isOperand(after) {
				return true
			}
		case "and", "or":
			if isField(before) && isField(after) {
				return true
			}
		case "not":
			if i == 0 && isField(after) && len(words) == 2 {
				return true
			}
		}
	}
	return false
}

func at(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return words[i]
}

func isField(w string) bool {
	_, ok := fieldNamed(w)
	return ok
}

// isOperand reports whether w is a field, or the beginning of a number, a range or a list.
func isOperand(w string) bool {
	return w != "" && (isField(w) || w[0] == '[' || '0' <= w[0] && w[0] <= '9')
}

// loneText returns the text of an expression that is nothing but a quoted text.
func loneText(n ast.Node) (string, bool) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// substring returns a function that searches for a text in everything that was sent.
func substring(text string) func(*Row) bool {
	has := containing(text)
	return func(r *Row) bool {
		if has(r.Request) || has(r.Text) || has(r.Tag) || has(r.Command) || has(r.Status) || has(r.User) ||
			has(r.Mailbox) || has(r.MailboxDecoded) || has(r.RequestDecoded) || has(r.Error) || has(r.Client) || has(r.Server) || has(r.Kind) {
			return true
		}
		for _, k := range r.Kinds {
			if has(k) {
				return true
			}
		}
		return false
	}
}

// containing returns a function that finds a text in any letter case, without allocating if the
// text is ASCII.
func containing(text string) func(string) bool {
	lower := strings.ToLower(text)
	if !ascii.Valid(lower) {
		return func(s string) bool { return strings.Contains(strings.ToLower(s), lower) }
	}
	if lower == "" {
		return func(string) bool { return true }
	}
	first := lower[0]
	return func(s string) bool {
		for i := 0; i+len(lower) <= len(s); i++ {
			if ascii.Lower(s[i]) == first && ascii.EqualFold(s[i:i+len(lower)], lower) {
				return true
			}
		}
		return false
	}
}

func contains(s, text string) bool { return containing(text)(s) }

func startsWith(s, text string) bool {
	return len(s) >= len(text) && strings.EqualFold(s[:len(text)], text)
}

func endsWith(s, text string) bool {
	return len(s) >= len(text) && strings.EqualFold(s[len(s)-len(text):], text)
}
