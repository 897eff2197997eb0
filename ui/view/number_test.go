package view

import (
	"testing"

	"imapscope/capture"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		conn capture.ConnID
		n    int
		ok   bool
	}{
		{"4", 0, 4, true}, {"2/4", 2, 4, true}, {" 2/4 ", 2, 4, true},
		{"", 0, 0, false}, {"0", 0, 0, false}, {"2/", 2, 0, false}, {"/4", 0, 0, false}, {"0/4", 0, 0, false}, {"-1", 0, 0, false}, {"2/4/1", 0, 0, false}, {"last", 0, 0, false},
	} {
		conn, n, ok := ParseNumber(c.text)
		if ok != c.ok || ok && (conn != c.conn || n != c.n) {
			t.Errorf("%q is %d/%d, %t", c.text, conn, n, ok)
		}
		if again, m, ok := ParseNumber(Number(c.conn, c.n, c.conn > 0)); c.ok && (again != c.conn || m != c.n || !ok) {
			t.Errorf("%q is not read as it is written", c.text)
		}
	}
}
