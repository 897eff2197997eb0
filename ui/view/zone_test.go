package view

import (
	"testing"
	"time"
)

// TestDatesInAZone reads the forms of dates that messages and servers have.
func TestDatesInAZone(t *testing.T) {
	var o Options
	if err := o.SetZone("Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		" 7-May-1991 12:34:56 -0700":            "1991-05-07 21:34:56 +0200",
		"07-May-1991 12:34:56 +0000":            "1991-05-07 14:34:56 +0200",
		" 9-Jun-88 12:55:44 PDT":                "1988-06-09 21:55:44 +0200",
		" 9-Jun-88 12:55:44-PDT":                "1988-06-09 21:55:44 +0200",
		"Tue, 7 May 91 12:34:56 PDT":            "1991-05-07 21:34:56 +0200",
		"Wed, 04 Mar 2026 10:00:00 +0100 (CET)": "2026-03-04 10:00:00 +0100",
		"04 Mar 2026 10:00:00 GMT":              "2026-03-04 11:00:00 +0100",
		"Wed, 04 Mar 2026 10:00:00 XYZ":         "", // a zone without an offset
		"yesterday":                             "",
		"":                                      "",
	} {
		if got := o.zoned(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
	if s := (Options{}).zoned("04 Mar 2026 10:00:00 GMT"); s != "" {
		t.Errorf("without a zone: %q", s)
	}
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	if s := o.In(at).Format(time.Kitchen); s != "2:00PM" {
		t.Error(s)
	}
	for _, name := range []string{"", "Moon/Crater", "../etc/passwd"} {
		if o.SetZone(name) == nil {
			t.Errorf("%q is a zone", name)
		}
	}
}
