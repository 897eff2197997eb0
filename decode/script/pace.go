package script

import (
	"fmt"
	"strconv"
	"strings"
)

// ParsePace parses how fast a recording is played, and returns the factor for its
// times: "none" is 0, at once; "recorded" is 1; "2x", twice as fast, is 0.5.
func ParsePace(s string) (float64, error) {
	switch s {
	case "none":
		return 0, nil
	case "recorded":
		return 1, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !strings.HasSuffix(s, "x") || !(f > 0 && f <= 1e6) {
		return 0, fmt.Errorf("a pace is recorded, none, or a multiple such as 0.5x, not %s", s)
	}
	return 1 / f, nil
}
