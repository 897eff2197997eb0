package panes

import (
	"fmt"
	"time"

	"imapscope/ui/inspect/model"
)

// minMeaning is how many columns an explanation gets at least.
const minMeaning = 20

// blank returns a count; nothing if it is 0.
func blank(n int) string {
	if n == 0 {
		return ""
	}
	return model.Number(n)
}

// amount returns a number of bytes in a few characters.
func amount(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprint(n)
	case n < 10_000_000:
		return fmt.Sprint(n/1000, "k")
	case n < 10_000_000_000:
		return fmt.Sprint(n/1_000_000, "M")
	}
	return fmt.Sprint(n/1_000_000_000, "G")
}

// millis returns a time in milliseconds, to three digits or so.
func millis(d time.Duration) string {
	ms := float64(d) / 1e6
	switch {
	case ms < 0:
		return "?"
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return model.Number(int(ms))
}

// clock returns a time in seconds, or from a minute on as 1:05.
func clock(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s < 60 {
		return fmt.Sprintf("%d s", s)
	}
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
