package logs

import "testing"

// TestEveryPatternCompiles compiles what is compiled only when a log of its kind is read.
func TestEveryPatternCompiles(t *testing.T) {
	for _, p := range patterns {
		p.compiled()
	}
	if len(patterns) < 50 {
		t.Errorf("%d patterns", len(patterns))
	}
}
