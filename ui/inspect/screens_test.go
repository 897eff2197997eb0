package inspect

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/learn"
)

// sizes are common terminal sizes.
var sizes = drawn([][2]int{{80, 24}, {120, 40}, {200, 60}})

// drawn returns the sizes that are drawn: with the race detector, only the smallest.
func drawn(all [][2]int) [][2]int {
	if raceDetector {
		return all[:1]
	}
	return all
}

// some returns all of a list, and with the race detector every tenth: where each opens an
// inspector, and all go through the same code.
func some[T any](all []T) []T {
	if !raceDetector {
		return all
	}
	var few []T
	for i := 0; i < len(all); i += 10 {
		few = append(few, all[i])
	}
	return few
}

// TestScreens compares each pane and each tab, at each size, with the screens in
// testdata. go test ./ui/inspect -run Screens -update rewrites them.
func TestScreens(t *testing.T) {
	screens := []struct {
		name  string
		file  string
		press func(*driver)
	}{
		{"transactions", mtest, func(d *driver) { d.press("j", "j").on("A00002") }},
		{"connections", mtest, func(d *driver) { d.press("Backtab").on("59550") }},
		{"annotated", mtest, func(d *driver) { d.press("j", "j", "Enter").on("→ A00002") }},
		{"tree", mtest, func(d *driver) { d.press("j", "j", "2", "Enter", "j", "l", "l", "j").onTab(panes.TabTree) }},
		{"message", mtest, func(d *driver) { d.press("j", "j", "j", "3").sees("Subject") }},
		{"timing", mtest, func(d *driver) { d.press("j", "j", "4").sees("exchange time") }},
		{"findings", "raw-errors--imap-1.pcap", func(d *driver) { d.press(".").on("a002 SELECT").press("5").sees("What to do") }},
		{"ladder", mtest, func(d *driver) { d.press("j", "j", "6").sees("A00002 FETCH 1:20 ALL ─") }},
		{"ladder-scale", mtest, func(d *driver) { d.press("j", "j", "6", "Tab", "S", "z").sees("┊") }},
		{"diff", mtest, func(d *driver) {
			d.press("j", "j", "j", "j", "m", "j", "m", "d", "z").sees("Normal variation").onTab(panes.TabDiff)
		}},
		{"filter", mtest, func(d *driver) { d.press("f").types(`command == "FETCH" and octets > 1000 an`).sees("!") }},
		{"fields", mtest, func(d *driver) { d.press("f", "Tab", "Tab").sees("^ status ") }},
		{"sorted", mtest, func(d *driver) {
			d.press(":").types("sort").press("Enter").sees("by marks").press("S", "s", "s", "s", "s", "s").sees("by ms ▼").press("j", "k").on("A00009 CHECK")
		}},
		{"help", mtest, func(d *driver) { d.press("?").sees("Help: Transactions") }},
	}
	for _, s := range screens {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				d := open(t, size[0], size[1], s.file)
				d.on("^1 ")
				s.press(d)
				d.golden(name)
			})
		}
	}
	for _, size := range sizes {
		name := fmt.Sprintf("lesson-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			d := taughtAt(t, size[0], size[1], lessonOf(counting, learn.Page{}))
			d.until(func() bool { return strings.Contains(d.reversed(), "EXISTS") }, "is shown EXISTS")
			d.golden(name)
		})
	}
	for _, size := range sizes {
		name := fmt.Sprintf("empty-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			silent := sourceFunc(func(ctx context.Context, _ capture.Sink) error { <-ctx.Done(); return nil })
			d := openSource(t, size[0], size[1], silent, Options{
				Source: "proxy 127.0.0.1:1143", Live: true,
				Hint: []string{"No connection yet. Point your client at 127.0.0.1:1143"},
			})
			d.sees("No connection yet").golden(name)
		})
	}
}

// sourceFunc is a function that is a source.
type sourceFunc func(context.Context, capture.Sink) error

func (f sourceFunc) Run(ctx context.Context, s capture.Sink) error { return f(ctx, s) }

// The screen is redrawn at each size, down to unusable ones.
func TestResizeRedraws(t *testing.T) {
	d := open(t, 200, 60, mtest)
	d.on("A00000").press("j", "j", "6").sees("client 127")
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 10}, {10, 3}, {1, 1}, {300, 100}, {80, 24}} {
		d.resize(size[0], size[1])
		time.Sleep(20 * time.Millisecond)
	}
	d.sees("A00002 FETCH 1:20 ALL ─", "Detail")
}
