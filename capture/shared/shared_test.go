package shared

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestDirIsBesideTheModule(t *testing.T) {
	t.Setenv(variable, "")
	if got, want := Dir(), filepath.Join("..", "..", "..", "shared"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	t.Setenv(variable, "/elsewhere")
	if got := Dir(); got != "/elsewhere" {
		t.Error(got)
	}
}

func TestLinesHaveTheirPageAndHeading(t *testing.T) {
	text := "RFC 9999            Title             May 2020\n\n1.  Introduction\n\n   One.\n1. Table ........ 3\n\nCrispin        [Page 1]\n\f" +
		"RFC 9999            Title             May 2020\n\n   Two.\nUnnumbered\n2.1.  The   rest\n   Three.\n\nCrispin        [Page 2]\n\f"
	want := []Line{
		{"   One.", 1, "1. Introduction"},
		{"1. Table ........ 3", 1, "1. Introduction"},
		{"   Two.", 2, "1. Introduction"},
		{"Unnumbered", 2, "1. Introduction"},
		{"2.1.  The   rest", 2, "2.1. The rest"},
		{"   Three.", 2, "2.1. The rest"},
	}
	r := RFC{9999, text}
	got := r.Lines()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no %+v in %+v", w, got)
		}
	}
	if i := slices.IndexFunc(got, func(l Line) bool { return running.MatchString(l.Text) }); i >= 0 {
		t.Errorf("%+v is a header or a footer", got[i])
	}
	if got, want := r.Page(2), "RFC 9999 Title May 2020 Two. Unnumbered 2.1. The rest Three. Crispin [Page 2]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := r.Page(3); got != "" {
		t.Errorf("there is no page 3: %q", got)
	}
}

func TestHeadingsOfRFCsWithoutNumbers(t *testing.T) {
	for _, c := range []struct {
		rfc  int
		line string
		want bool
	}{
		{1176, "Commands", true},
		{1176, "   A Typical Scenario", true},
		{1176, "   tag NOOP", false},
		{3501, "Commands", false},
		{3501, "6.1.1.  CAPABILITY Command", true},
		{3501, "   A Typical Scenario", false},
		{2831, "2.1 Initial Authentication", true},
		{9051, "Appendix A.  Backward Compatibility", true},
	} {
		if got := (RFC{Number: c.rfc}).isHeading(c.line); got != c.want {
			t.Errorf("RFC %d: %q: %t", c.rfc, c.line, got)
		}
	}
}
