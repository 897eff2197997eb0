package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// args reads the words of a kind. After an error it returns zero values.
type args struct {
	words []string
	err   error
}

func (a *args) fail(format string, v ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, v...)
	}
}

// more reports whether another word is there.
func (a *args) more() bool { return a.err == nil && len(a.words) > 0 }

// text returns the next word.
func (a *args) text(what string) string {
	if !a.more() {
		a.fail("%s is missing", what)
		return ""
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

// line returns the next word, which must fit in a line of a message.
func (a *args) line(what string) string {
	w := a.text(what)
	if strings.ContainsAny(w, "\r\n\x00") {
		a.fail("%s must be one line", what)
	}
	return w
}

// one returns the next word, which must be one of a list.
func (a *args) one(what string, of ...string) string {
	w := a.text(what)
	if a.err == nil && !slices.Contains(of, w) {
		a.fail("%s %q is none of %s", what, w, strings.Join(of, ", "))
	}
	return w
}

// duration returns the next word as a duration, up to a day.
func (a *args) duration(what string) time.Duration {
	w := a.text(what)
	if a.err != nil {
		return 0
	}
	d, err := time.ParseDuration(w)
	if err != nil || d < 0 || d > 24*time.Hour {
		a.fail("%s %q is not a duration such as 5s, up to 24h", what, w)
	}
	return d
}

// number returns the next word as a number.
func (a *args) number(what string, least, most int) int {
	w := a.text(what)
	if a.err != nil {
		return 0
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < least || n > most {
		a.fail("%s %q is not a number from %d to %d", what, w, least, most)
	}
	return n
}

// nearest returns a hint that names the kind whose name is most like a word.
func nearest(word string) string {
	best, least := "", 3
	for _, k := range kinds() {
		if d := distance(word, k.Name); d < least {
			best, least = k.Name, d
		}
	}
	if best == "" {
		return "; 'imapscope help faults' lists them"
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// distance returns how many letters must be changed, added or removed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0]++
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
