package intercept_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/decode/filter"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// holding returns a Holds with one rule.
func holding(t *testing.T, what intercept.What, expr string) *intercept.Holds {
	t.Helper()
	f, err := filter.Compile(expr)
	if err != nil {
		t.Fatal(err)
	}
	h := intercept.NewHolds()
	h.SetRules([]intercept.Rule{{What: what, Filter: f}})
	return h
}

// next waits until something is held, and returns it.
func next(t *testing.T, h *intercept.Holds) *intercept.Held {
	t.Helper()
	for {
		if w := h.Waiting(); len(w) > 0 {
			return w[0]
		}
		wait(t, h.Changed())
	}
}

// testLimit is how long anything is waited for.
const testLimit = 10 * time.Second

// wait waits for a signal.
func wait(t *testing.T, signal <-chan struct{}) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(testLimit):
		t.Fatal("what was waited for did not happen")
	}
}

func TestHoldEdit(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	c := intercepttest.Start(t, intercepttest.Answers, nil, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\na2 CHECK\r\n")
	w := next(t, holds)
	if string(w.Raw) != "a1 NOOP\r\n" {
		t.Errorf("%q waits", w.Raw)
	}
	if err := holds.Edit(w.ID, []byte("a1 EXPUNGE\r\n")); err != nil {
		t.Fatal(err)
	}
	c.CloseWrite()
	got, err := io.ReadAll(c)
	want := "* OK ready\r\n* OK got EXPUNGE\r\na1 OK done\r\n* OK got CHECK\r\na2 OK done\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}
