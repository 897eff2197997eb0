package logs

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// dayless turns times of a day into times; a day passes where they run backwards by hours.
type dayless struct {
	days time.Duration
	last time.Duration
}

func (c *dayless) at(sinceMidnight time.Duration) time.Time {
	if c.last-sinceMidnight > 12*time.Hour {
		c.days += 24 * time.Hour
	}
	c.last = sinceMidnight
	return noDate.Add(c.days + sinceMidnight)
}

// hourless turns times of an hour into times; an hour passes where they run backwards by minutes.
type hourless struct{ hours, last time.Duration }

func (c *hourless) at(minute, second int, fraction time.Duration) time.Time {
	t := time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + fraction
	if c.last-t > 30*time.Minute {
		c.hours += time.Hour
	}
	c.last = t
	return noDate.Add(c.hours + t)
}

// number returns the value of decimal digits, which a regular expression has checked.
func number(digits []byte) int {
	n, _ := strconv.Atoi(string(digits))
	return n
}

// clockTime returns the time since midnight of "HH:MM:SS" with a fraction or without it, or of
// "H:MM:SS PM"; false if it is none.
func clockTime(text []byte) (time.Duration, bool) {
	for _, layout := range [...]string{"15:04:05", "3:04:05 PM"} {
		if t, err := time.Parse(layout, string(text)); err == nil { // a fraction is accepted
			return t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), true
		}
	}
	// A date of which it is not known what the month is: the time of the day is.
	if _, clock, ok := bytes.Cut(text, []byte(" ")); ok && bytes.Count(text, []byte("/")) == 2 {
		return clockTime(bytes.TrimLeft(clock, " "))
	}
	return 0, false
}

// layouts are the forms of times with a date. With AM and PM the month comes first, as in the
// United States; without them it does not have to: such dates are not understood.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 Z0700", "2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999 UTC",
	"2006/01/02 15:04:05.999999999", "02.01.2006 15:04:05.999999999", "2.1.2006, 15:04:05",
	"1/2/2006 3:04:05 PM", "1/2/2006, 3:04:05 PM", "02/Jan/2006:15:04:05 -0700", "02/Jan/2006:15:04:05",
}

// parseTime returns a time of the layout, or of a common one, and its layout.
func parseTime(layout, text string) (t time.Time, as string, ok bool) {
	if text == "" {
		return time.Time{}, "", false
	}
	if t, err := time.Parse(layout, text); layout != "" && err == nil {
		return t, layout, true
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, text); err == nil {
			return t, l, true
		}
	}
	if whole, fraction, ok := strings.Cut(text, "."); ok && len(whole) >= 9 {
		seconds, err := strconv.ParseInt(whole, 10, 64)
		ns, errNs := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(seconds, ns), "", err == nil && errNs == nil
	}
	return time.Time{}, "", false
}
