package inspect

import (
	"testing"

	"github.com/gdamore/tcell/v2"

	"imapscope/ui/inspect/panes"
)

// TestChooseTheme checks that the flag has precedence over the variable, and that over what the
// terminal says.
func TestChooseTheme(t *testing.T) {
	for _, c := range []struct {
		flag, variable, fgbg string
		want                 panes.Look
		ask                  bool
	}{
		{"", "", "", panes.Own, true},
		{"auto", "dark", "", panes.Own, true},
		{"light", "dark", "15;0", panes.Light, false},
		{"", "dark", "0;15", panes.Dark, false},
		{"", "", "0;15", panes.Light, false},
		{"auto", "dark", "0;15", panes.Light, false},
		{"", "auto", "15;0", panes.Own, false},
		{"terminal", "", "0;15", panes.Own, false},
	} {
		got, ask, err := ChooseTheme(c.flag, func(name string) string {
			return map[string]string{"IMAPSCOPE_THEME": c.variable, "COLORFGBG": c.fgbg}[name]
		})
		if got != c.want || ask != c.ask || err != nil {
			t.Errorf("%+v: %s, ask %t, %v", c, got, ask, err)
		}
	}
	if _, _, err := ChooseTheme("solarized", func(string) string { return "" }); err == nil {
		t.Error("any name is a theme")
	}
}

// TestThemes goes through the themes, panes and tabs: in light and dark each cell has the
// background of the theme or a colour of its own, and none of the terminal's.
func TestThemes(t *testing.T) {
	d := openLook(t, panes.Own)
	d.on("A00000")
	d.press("Ctrl-T").sees("theme: light")
	d.painted("light")
	d.press("Ctrl-T").sees("theme: dark")
	d.painted("dark")
	for _, keys := range [][]string{{"j", "j", "2"}, {"3"}, {"4"}, {"5"}, {"6"}, {"7"}, {"8"}, {"1", "Tab"}, {"Backtab", "Backtab"}, {"s"}, {"?"}, {"q", "f"}} {
		d.press(keys...)
		d.settled()
		d.painted("dark, after " + keys[len(keys)-1])
	}
	d.press("Esc").press("Ctrl-T").sees("theme: terminal")
	if n := d.defaults(); n == 0 {
		t.Error("the terminal's own background is gone")
	}
}

// openLook opens a capture in colour.
func openLook(t *testing.T, l panes.Look) *driver {
	d := open(t, 100, 30, mtest)
	d.do(func() { d.x.setLook(l) })
	return d
}

// defaults returns the number of cells with a colour that is the terminal's.
func (d *driver) defaults() int {
	d.t.Helper()
	n := 0
	d.do(func() {
		cells, _, _ := d.screen.GetContents()
		for _, c := range cells {
			if fg, bg, _ := c.Style.Decompose(); fg == tcell.ColorDefault || bg == tcell.ColorDefault {
				n++
			}
		}
	})
	return n
}

// painted waits until no cell has a colour of the terminal's.
func (d *driver) painted(when string) {
	d.t.Helper()
	d.until(func() bool { return d.defaults() == 0 }, "is painted (%s)", when)
}
