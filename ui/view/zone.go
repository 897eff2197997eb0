package view

import (
	"errors"
	"fmt"
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

// zoned returns the date of a message in the zone in which dates are shown; empty if no
// zone was requested, or if the date cannot be read.
func (o Options) zoned(s string) string {
	t, ok := parseDate(s)
	if o.Zone == nil || !ok {
		return ""
	}
	return t.In(o.Zone).Format("2006-01-02 15:04:05 -0700")
}

// besideDate is zoned, to follow the date.
func (o Options) besideDate(s string) string { return Decoded{Text: o.zoned(s)}.beside() }

// parseDate reads a date of a message: an internal date or one of RFC 5322.
func parseDate(s string) (time.Time, bool) {
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

// SetZone sets o.Zone: "Local", "UTC", or a name of the time zone database.
func (o *Options) SetZone(name string) error {
	if name == "" {
		return errors.New("a zone has a name, such as Europe/Berlin")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return fmt.Errorf("%q is not a zone such as Local, UTC or Europe/Berlin", name)
	}
	o.Zone = zone
	return nil
}

// In returns a time in the zone in which times are shown.
func (o Options) In(t time.Time) time.Time {
	if o.Zone != nil {
		return t.In(o.Zone)
	}
	return t.Local()
}
