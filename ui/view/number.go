package view

import (
	"fmt"
	"strconv"
	"strings"

	"imapscope/capture"
)

// Number returns a transaction's number as every face shows it, and lessons and answer
// keys write it: counted from 1 on its connection, and where there are several
// connections with the connection's number before it: "2/4".
func Number(conn capture.ConnID, n int, several bool) string {
	if several {
		return fmt.Sprintf("%d/%d", conn, n)
	}
	return strconv.Itoa(n)
}

// ParseNumber reads a transaction's number as Number writes it; conn is 0 if the text
// names none.
func ParseNumber(text string) (conn capture.ConnID, n int, ok bool) {
	text = strings.TrimSpace(text)
	if before, after, several := strings.Cut(text, "/"); several {
		c, err := strconv.ParseUint(before, 10, 64)
		if err != nil || c == 0 {
			return 0, 0, false
		}
		conn, text = capture.ConnID(c), after
	}
	n, err := strconv.Atoi(text)
	return conn, n, err == nil && n > 0
}
