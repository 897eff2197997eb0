package view

import (
	"fmt"
	"strings"
)

// Count returns a number with its noun: "1 request", "2 requests", "2 lines that are no
// response".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if head, tail, ok := strings.Cut(what, " that is"); ok {
		return fmt.Sprintf("%d %ss that are%s", n, head, tail)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
