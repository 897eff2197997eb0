package server

import (
	"strings"
	"time"

	"imapscope/decode/ascii"
	"imapscope/decode/syntax"
)

// A criterion is one search key, applied to message n. Its argument is in lower case, or a day.
type criterion struct {
	text func(v *view, n int, s string) bool
	day  func(is, want time.Time) bool
	is   func(v *view, n int) bool
}

// criteria are the search keys of RFC 1176 (pp. 16-17).
var criteria = map[string]criterion{
	"ALL":        {is: func(*view, int) bool { return true }},
	"ANSWERED":   flagged1(answered, true),
	"DELETED":    flagged1(deleted, true),
	"FLAGGED":    flagged1(flagged, true),
	"SEEN":       flagged1(seen, true),
	"UNANSWERED": flagged1(answered, false),
	"UNDELETED":  flagged1(deleted, false),
	"UNFLAGGED":  flagged1(flagged, false),
	"UNSEEN":     flagged1(seen, false),
	"NEW":        {is: func(v *view, n int) bool { return v.isRecent(n) && !v.has(n, seen) }},
	"OLD":        {is: func(v *view, n int) bool { return !v.isRecent(n) }},
	"RECENT":     {is: (*view).isRecent},
	"KEYWORD":    {text: func(v *view, n int, s string) bool { f, ok := flagNamed(s); return ok && v.has(n, f) }},
	"UNKEYWORD":  {text: func(v *view, n int, s string) bool { f, ok := flagNamed(s); return !ok || !v.has(n, f) }},
	"BEFORE":     {day: func(is, want time.Time) bool { return is.Before(want) }},
	"ON":         {day: func(is, want time.Time) bool { return is.Equal(want) }},
	"SINCE":      {day: func(is, want time.Time) bool { return !is.Before(want) }},
	"BCC":        person(func(e *syntax.Envelope) []syntax.Address { return e.Bcc }),
	"CC":         person(func(e *syntax.Envelope) []syntax.Address { return e.Cc }),
	"FROM":       person(func(e *syntax.Envelope) []syntax.Address { return e.From }),
	"TO":         person(func(e *syntax.Envelope) []syntax.Address { return e.To }),
	"SUBJECT": {text: func(v *view, n int, s string) bool {
		return strings.Contains(ascii.ToLower(v.entries[n-1].envelope.Subject.Value), s)
	}},
	"BODY": {text: func(v *view, n int, s string) bool {
		return strings.Contains(v.entries[n-1].text[len(v.entries[n-1].header):], s)
	}},
	"TEXT": {text: func(v *view, n int, s string) bool { return strings.Contains(v.entries[n-1].text, s) }},
}

func flagged1(f flags, want bool) criterion {
	return criterion{is: func(v *view, n int) bool { return v.has(n, f) == want }}
}

func person(of func(*syntax.Envelope) []syntax.Address) criterion {
	return criterion{text: func(v *view, n int, s string) bool {
		for _, a := range of(&v.entries[n-1].envelope) {
			if strings.Contains(ascii.ToLower(a.String()), s) {
				return true
			}
		}
		return false
	}}
}

// search lists the messages that match all criteria.
func (c *command) search() []reply {
	var tests []func(n int) bool
	for _, a := range c.args {
		name := string(a.Bytes(c.raw))
		if key := a.Kid(syntax.KindKey); key != nil {
			name = strings.ToUpper(string(key.Bytes(c.raw)))
		}
		k, known := criteria[name]
		if !known {
			return []reply{status(c.tag, "BAD", "no such criterion in IMAP2 (RFC 1176): "+printable(name))}
		}
		arg := ""
		for i := range a.Kids {
			if kind := a.Kids[i].Kind; kind != syntax.KindKey && kind != syntax.KindSP {
				arg = string(a.Kids[i].Value(c.raw))
			}
		}
		switch {
		case k.is != nil:
			tests = append(tests, func(n int) bool { return k.is(c.view, n) })
		case k.text != nil:
			arg = ascii.ToLower(arg)
			tests = append(tests, func(n int) bool { return k.text(c.view, n, arg) })
		default:
			want, ok := day(arg)
			if !ok {
				return []reply{status(c.tag, "BAD", "a date is like 7-May-91, not "+printable(arg))}
			}
			tests = append(tests, func(n int) bool {
				y, m, d := c.view.entries[n-1].internal.UTC().Date()
				return k.day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), want)
			})
		}
	}
	var found []syntax.Value
	for n := 1; n <= len(c.view.entries); n++ {
		all := true
		for _, t := range tests {
			all = all && t(n)
		}
		if all {
			found = append(found, syntax.Number(n))
		}
	}
	return append([]reply{data("SEARCH", found...)}, append(c.news(false), c.ok("SEARCH completed"))...)
}

// day parses a date as in SEARCH: "1-OCT-87" (RFC 1176, "Commands": SEARCH, p. 16).
func day(s string) (time.Time, bool) {
	for _, layout := range []string{"2-Jan-06", "2-Jan-2006"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
