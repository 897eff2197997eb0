package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpread(t *testing.T) {
	for _, x := range []struct {
		values []float64
		want   spread
	}{
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{4, 1}, spread{1, 2.5, 4}},
		{[]float64{9, 1, 3}, spread{1, 3, 9}},
		{[]float64{8, 2, 4, 100}, spread{2, 6, 100}},
	} {
		if got := spreadOf(x.values); got != x.want {
			t.Errorf("%v: %v", x.values, got)
		}
	}
}

// TestRatiosAreOfOneRound: the ratio of the medians would be 1 here.
func TestRatiosAreOfOneRound(t *testing.T) {
	r := runs{
		"a": {{cpuTime: 2}, {cpuTime: 4}, {cpuTime: 1}},
		"b": {{cpuTime: 1}, {cpuTime: 2}, {cpuTime: 4}},
	}
	got, ok := r.ratio("a", "b", cpuTime)
	if want := (spread{0.25, 2, 2}); !ok || got != want {
		t.Errorf("the ratio is %v, %v", got, ok)
	}
}

func TestWhatWasNotMeasuredHasNoFigure(t *testing.T) {
	r := runs{"a": {{cpuTime: 2}, {}, {cpuTime: 6}}, "b": {{cpuTime: 1}, {cpuTime: 1}, {cpuTime: 0}}, "short": {{cpuTime: 4}}}
	if s, ok := r.of("a", cpuTime); !ok || s.median != 4 {
		t.Errorf("a takes %v, %v", s, ok)
	}
	for _, x := range []struct {
		name, to string
		q        quantity
		want     float64 // 0: none
	}{{"a", "b", cpuTime, 2}, {"a", "short", cpuTime, 0.5}, {"a", "nothing", cpuTime, 0}, {"nothing", "a", cpuTime, 0}, {"a", "b", peak, 0}} {
		if s, ok := r.ratio(x.name, x.to, x.q); s.median != x.want || ok != (x.want != 0) {
			t.Errorf("%s of %s and %s is %v, %v", x.q, x.name, x.to, s, ok)
		}
	}
	if got := r.cell("a", peak, figure); got != absentCell {
		t.Errorf("the cell is %q", got)
	}
}

func TestDifferenceIsLargerThanItsSpread(t *testing.T) {
	for _, x := range []struct {
		s    spread
		want bool
	}{
		{spread{1.18, 1.2, 1.25}, true},
		{spread{0.7, 0.8, 0.82}, true},
		{spread{0.9, 1.05, 1.2}, false},
		{spread{1.1, 1.2, 1.4}, false}, // each is slower, but by how much is noise
		{spread{1.2, 1.2, 1.2}, false}, // one round
	} {
		if got := x.s.differs(); got != x.want {
			t.Errorf("%v: %v", x.s, got)
		}
	}
}

func TestRoundsRunInTurn(t *testing.T) {
	var order []string
	one := func(name string) contender {
		return contender{name: name, title: name, run: func(context.Context) (sample, error) {
			order = append(order, name)
			return sample{cpuTime: float64(len(order))}, nil
		}}
	}
	r, err := alternate(t.Context(), 3, []contender{one("a"), one("b"), one("c")}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ""); got != "abcbcacab" {
		t.Errorf("they run as %s", got)
	}
	want := runs{
		"a": {{cpuTime: 1}, {cpuTime: 6}, {cpuTime: 8}},
		"b": {{cpuTime: 2}, {cpuTime: 4}, {cpuTime: 9}},
		"c": {{cpuTime: 3}, {cpuTime: 5}, {cpuTime: 7}},
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Errorf("samples (-want +got):\n%s", d)
	}
}

func TestFailureEndsTheRun(t *testing.T) {
	failed := errors.New("it failed")
	list := []contender{{name: "a", title: "the one", run: func(context.Context) (sample, error) { return nil, failed }}}
	if _, err := alternate(t.Context(), 2, list, io.Discard); !errors.Is(err, failed) || !strings.Contains(err.Error(), "the one") {
		t.Errorf("the error is %v", err)
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0.0421: "0.042", 0.0996: "0.10", 1.234: "1.23", 9.996: "10.0", 48.26: "48.3", 99.96: "100", 1234.5: "1234"} {
		if got := figure(v); got != want {
			t.Errorf("%v is %s, not %s", v, got, want)
		}
	}
}
