package view

import (
	"errors"
	"fmt"
	"time"

	"imapscope/decode/text"
)

// zoned returns the date of a message in the zone in which dates are shown; empty if no
// zone was requested, or if the date cannot be read.
func (o Options) zoned(s string) string {
	return o.inZone(s, "2006-01-02 15:04:05 -0700")
}

// inZone is zoned in a layout.
func (o Options) inZone(s, layout string) string {
	if o.Zone == nil {
		return ""
	}
	t, ok := text.Date(s)
	if !ok {
		return ""
	}
	return t.In(o.Zone).Format(layout)
}

// besideDate is zoned without seconds and zone, to follow the date in a row.
func (o Options) besideDate(s string) string {
	return Decoded{Text: o.inZone(s, "2006-01-02 15:04")}.beside()
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
