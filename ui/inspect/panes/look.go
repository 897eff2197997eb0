package panes

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// Look is a choice of colours.
type Look int

// The looks.
const (
	Own    Look = iota // the terminal's own 16 colours on its own background
	Light              // dark text on white
	Dark               // light text on near black
	NoLook             // no colours at all (NO_COLOR)
)

// lookNames are the names of the looks that can be chosen.
var lookNames = [...]string{"terminal", "light", "dark", "none"}

// String returns the name of a look.
func (l Look) String() string { return lookNames[l] }

// LookNamed returns the look with a name.
func LookNamed(name string) (Look, error) {
	for _, l := range []Look{Own, Light, Dark} {
		if l.String() == name {
			return l, nil
		}
	}
	return Own, fmt.Errorf("there is no theme %q: light, dark, terminal or auto", name)
}

// LookOf returns the look for the variable COLORFGBG, in which terminals report the numbers of
// their colours, foreground and background: "0;15". It returns false if that says nothing.
func LookOf(colorfgbg string) (Look, bool) {
	at := strings.LastIndexByte(colorfgbg, ';')
	if at < 0 {
		return Own, false
	}
	switch colorfgbg[at+1:] {
	case "7", "9", "10", "11", "12", "13", "14", "15":
		return Light, true
	case "0", "1", "2", "3", "4", "5", "6", "8":
		return Own, true
	}
	return Own, false
}

// colours are what a look with a background of its own consists of. The numbers are those of
// the palette of 256, of which all from 16 on are the same everywhere.
type colours struct {
	text, back, faint            int
	ok, no, bad, unsure          int
	client, tag, literal         int
	chosenText, chosenBack       int
	selectedText, selectedBack   int
	foundText, foundBack, border int
}

// light and dark keep a contrast of 4.5 to 1, as WCAG 2 asks for; a test computes it.
var (
	light = colours{
		text: 234, back: 231, faint: 240,
		ok: 22, no: 94, bad: 124, unsure: 90,
		client: 24, tag: 90, literal: 94,
		chosenText: 231, chosenBack: 24,
		selectedText: 16, selectedBack: 153,
		foundText: 16, foundBack: 222, border: 24,
	}
	dark = colours{
		text: 253, back: 234, faint: 247,
		ok: 114, no: 221, bad: 210, unsure: 177,
		client: 80, tag: 177, literal: 222,
		chosenText: 16, chosenBack: 80,
		selectedText: 231, selectedBack: 24,
		foundText: 16, foundBack: 221, border: 80,
	}
)

// theme returns the theme of colours.
func (c *colours) theme() *Theme {
	back := tcell.PaletteColor(c.back)
	on := func(n int) tcell.Style {
		return tcell.StyleDefault.Foreground(tcell.PaletteColor(n)).Background(back)
	}
	pair := func(text, back int) tcell.Style {
		return tcell.StyleDefault.Foreground(tcell.PaletteColor(text)).Background(tcell.PaletteColor(back))
	}
	plain := on(c.text)
	return &Theme{
		Plain: plain, Faint: on(c.faint), Strong: plain.Bold(true),
		Title: plain, Chosen: pair(c.chosenText, c.chosenBack).Bold(true),
		Selected: pair(c.selectedText, c.selectedBack), Unfocused: plain.Underline(true),
		Ok: on(c.ok), No: on(c.no).Bold(true), Bad: on(c.bad).Bold(true), Unsure: on(c.unsure),
		Client: on(c.client), Server: plain,
		Tag: on(c.tag), Word: on(c.client).Bold(true), Literal: on(c.literal),
		Found: pair(c.foundText, c.foundBack), Marked: on(c.no).Bold(true),
		Key:     on(c.client).Bold(true),
		Border:  on(c.border),
		Focused: tcell.PaletteColor(c.border),
	}
}

// monochrome returns black on white, or white on black, for terminals with few colours.
func monochrome(l Look) *Theme {
	text, back := tcell.ColorBlack, tcell.ColorWhite
	if l == Dark {
		text, back = back, text
	}
	d := tcell.StyleDefault.Foreground(text).Background(back)
	t := plainTheme(d, d)
	t.Focused = text
	return t
}

// NewTheme returns the theme of a look, on a terminal with a number of colours.
func NewTheme(l Look, colours int) *Theme {
	switch {
	case l == NoLook:
		return plainTheme(tcell.StyleDefault, tcell.StyleDefault.Dim(true))
	case l == Own:
		return ownTheme()
	case colours < 256:
		return monochrome(l)
	case l == Light:
		return light.theme()
	}
	return dark.theme()
}
