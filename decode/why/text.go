package why

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// mask takes the place of a secret.
const mask = "********"

// safe returns text off the wire as printable ASCII, cut after maxQuote bytes.
func safe(s string) string {
	cut := len(s) > maxQuote
	var b strings.Builder
	for _, c := range []byte(s[:min(len(s), maxQuote)]) {
		if c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\x%02x`, c)
			continue
		}
		b.WriteByte(c)
	}
	if cut {
		b.WriteString("...")
	}
	return b.String()
}

// quote returns a text that safe returned, in quotes.
func quote(s string) string { return `"` + s + `"` }

// passing reports whether a status's code says that the server lacks something at present.
func passing(text string) bool { return codeOf(text).Does(protocol.RefusesForNow) }

// span returns a time as people say it: "133 ms", "4.2 s", "29 min".
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return strings.Replace(fmt.Sprintf("%.1f h", d.Hours()), ".0", "", 1)
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// size returns a number of bytes as people say it: "900 bytes", "21 kB", "2.1 MB".
func size(n int64) string {
	switch {
	case n < 10_000:
		return plural(int(n), "byte")
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// plural returns a number of things: "1 byte", "2 bytes".
func plural(n int, thing string) string { return connections(n, thing, thing+"s") }

// connections returns a number of things, whose name is given for one and for any other number.
func connections(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// times returns how often something was: "once", "3 times".
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// maxOthers is how many further connections a sentence names.
const maxOthers = 8

// numbers names connections: "2, 3 and 4 more".
func numbers(conns []capture.ConnID) string {
	var names []string
	for _, id := range conns[:min(len(conns), maxOthers)] {
		names = append(names, fmt.Sprint(id))
	}
	list := strings.Join(names, ", ")
	if n := len(conns) - maxOthers; n > 0 {
		list += fmt.Sprintf(" and %d more", n)
	}
	return list
}
