package view

import (
	"fmt"
	"strconv"
	"strings"

	"imapscope/capture"
)

// Number returns a transaction's number as all output, lessons and answer keys write it:
// counted from 1 on its connection, and with the connection's number before it if there
// are several connections: "2/4".
func Number(conn capture.ConnID, n int, several bool) string {
	if several {
		return fmt.Sprintf("%d/%d", conn, n)
	}
	return strconv.Itoa(n)
}

// ParseNumber parses a transaction's number as written by Number; conn is 0 if the text
// has no connection.
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
