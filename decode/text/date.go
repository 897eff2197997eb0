package text

import (
	"net/mail"
	"strings"
	"time"
)

// internalDates are the forms of an internal date: of RFC 3501, and of RFC 1176 and its
// servers.
var internalDates = [...]string{
	"2-Jan-2006 15:04:05 -0700",
	"2-Jan-06 15:04:05 -0700",
}

// zones are the zones that RFC 822 names, which have no offset otherwise.
var zones = map[string]string{
	"UT": "+0000", "UTC": "+0000", "GMT": "+0000", "Z": "+0000",
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
	"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

// Date reads a date of a message: an internal date or one of RFC 5322. It returns false if it is
// neither, or if its zone is not known.
func Date(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexAny(s, " -"); i >= 0 {
		if offset, ok := zones[strings.ToUpper(s[i+1:])]; ok {
			s = strings.TrimRight(s[:i], " ") + " " + offset
		}
	}
	for _, form := range internalDates {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	t, err := mail.ParseDate(s)
	if name, offset := t.Zone(); err != nil || offset == 0 && strings.Trim(name, "UTC") != "" {
		return t, false // a zone known only by its name
	}
	return t, true
}
