package view

import (
	"fmt"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// TestConnectionsAreListedByRanges: connections are listed by ranges, and beyond some are counted.
func TestConnectionsAreListedByRanges(t *testing.T) {
	for want, list := range map[string][]capture.ConnID{
		"7":                            {7},
		"1, 2":                         {2, 1},
		"1-3, 9":                       {9, 3, 2, 1},
		"1, 3, 5, 7, 9, 11 and 4 more": {1, 3, 5, 7, 9, 11, 13, 15, 16, 17},
		"1-5":                          {1, 2, 3, 4, 5},
	} {
		if got := Numbers(list, 0); got != want {
			t.Errorf("%v: %q, want %q", list, got, want)
		}
	}
}

// TestNumbersFurther: those that are not listed are counted.
func TestNumbersFurther(t *testing.T) {
	if got := Numbers([]capture.ConnID{1, 2, 3}, 500); got != "1-3 and 500 more" {
		t.Error(got)
	}
	if got := Numbers([]capture.ConnID{1, 3, 5, 7, 9, 11, 13}, 500); got != "1, 3, 5, 7, 9, 11 and 501 more" {
		t.Error(got)
	}
}

// TestReasonedFindings: one Linter finds what is wrong and why, and why follows what arrives.
func TestReasonedFindings(t *testing.T) {
	f, err := NewReasonedFindings(Options{}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NewFindings(Options{}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Reason(); f.Causes() == nil || len(f.Causes().List) != 0 || f.Reasons() != 1 {
		t.Fatalf("at first %+v", f.Causes())
	}
	const text = "# greeted\nC: a1 LOGIN fred hunter2\nS: a1 NO hunter2 is wrong\nC: a2 FROB\nS: a2 BAD what\n"
	if err := decodetest.Play(text, decode.NewDemux(decode.Options{}, decode.Handlers{f, plain})); err != nil {
		t.Fatal(err)
	}
	f.Reason()
	c, version := f.Causes(), f.Reasons()
	if len(c.List) != 1 || c.List[0].Kind != "login" || c.List[0].Where != "connection 1" || len(c.List[0].Evidence) == 0 {
		t.Fatalf("%+v", c)
	}
	if f.Reason(); f.Causes() != c || f.Reasons() != version {
		t.Error("nothing came, and the causes are others")
	}
	for n := range 4 {
		if got, want := fmt.Sprintf("%+v", f.Of(1, n)), fmt.Sprintf("%+v", plain.Of(1, n)); got != want {
			t.Errorf("transaction %d: %s\nwant %s", n, got, want)
		}
	}
	if plain.Reason(); plain.Reasoned() || plain.Causes() != nil {
		t.Error("a Findings that is not asked why has causes")
	}
}
