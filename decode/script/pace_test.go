package script

import "testing"

func TestParsePace(t *testing.T) {
	for s, want := range map[string]float64{"none": 0, "recorded": 1, "2x": 0.5, "0.5x": 2} {
		if got, err := ParsePace(s); got != want || err != nil {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "x", "2", "-1x", "0x", "NaNx", "fast"} {
		if _, err := ParsePace(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
