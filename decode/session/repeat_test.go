package session

import (
	"strings"
	"testing"
)

// TestLongWordIsNoStraySecret: a secret far inside a word of thousands of letters is masked
// there, and does not make a secret of the whole line.
func TestLongWordIsNoStraySecret(t *testing.T) {
	s := New(false)
	s.words = s.words.with([]byte("wxyz"))
	long := strings.Repeat("a", 4000) + "wxyz" + strings.Repeat("b", 4000)
	for line, want := range map[string]bool{
		"a1 wxyz\r\n":            true,
		"wxyz a1\r\n":            true,
		"a1 hunterwxyz99\r\n":    true,
		"a1 " + long + "\r\n":    false,
		"a1 " + long[3900:] + "": true,
	} {
		if got := s.strays([]byte(line)); got != want {
			t.Errorf("%.40q: %v, want %v", line, got, want)
		}
	}
}
