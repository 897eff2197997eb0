package inspect

import "github.com/gdamore/tcell/v2"

// theme is how things look. Only the terminal's own 16 colours are used, on its
// own background, so that it reads on dark and on light ones alike; what has to be
// told apart is never told by colour alone.
type theme struct {
	plain, faint, strong tcell.Style
	title, chosen        tcell.Style // of panes: with and without focus
	selected, unfocused  tcell.Style // the row under the cursor, by focus of its pane
	ok, no, bad, unsure  tcell.Style // by status
	client, server       tcell.Style // by direction
	tag, word, literal   tcell.Style // tokens
	found, marked        tcell.Style
	key                  tcell.Style // in the footer
	border, focused      tcell.Color
}

// newTheme is the theme; without colour if the user asked for none (NO_COLOR).
func newTheme(colour bool) theme {
	d := tcell.StyleDefault
	t := theme{
		plain: d, faint: d.Dim(true), strong: d.Bold(true),
		title: d, chosen: d.Bold(true).Reverse(true),
		selected: d.Reverse(true), unfocused: d.Underline(true),
		ok: d, no: d.Bold(true), bad: d.Bold(true), unsure: d.Dim(true),
		client: d.Bold(true), server: d,
		tag: d.Dim(true), word: d.Bold(true), literal: d.Underline(true),
		found: d.Reverse(true), marked: d.Bold(true),
		key:    d.Bold(true),
		border: tcell.ColorDefault, focused: tcell.ColorDefault,
	}
	if !colour {
		return t
	}
	t.ok = d.Foreground(tcell.ColorGreen)
	t.no = d.Foreground(tcell.ColorOlive).Bold(true)
	t.bad = d.Foreground(tcell.ColorMaroon).Bold(true)
	t.unsure = d.Foreground(tcell.ColorPurple)
	t.client = d.Foreground(tcell.ColorTeal)
	t.tag = d.Foreground(tcell.ColorPurple)
	t.word = d.Foreground(tcell.ColorTeal).Bold(true)
	t.literal = d.Foreground(tcell.ColorOlive)
	t.found = d.Background(tcell.ColorOlive).Foreground(tcell.ColorBlack)
	t.marked = d.Foreground(tcell.ColorOlive).Bold(true)
	t.key = d.Foreground(tcell.ColorTeal).Bold(true)
	t.focused = tcell.ColorTeal
	return t
}

// status is the style of a status.
func (t *theme) status(s string) tcell.Style {
	switch s {
	case "OK", "PREAUTH":
		return t.ok
	case "NO", "BYE":
		return t.no
	case "BAD":
		return t.bad
	}
	return t.unsure
}

// finding is the sign of a severity.
func (t *theme) finding(severity string) (string, tcell.Style) {
	switch severity {
	case "error":
		return "!", t.bad
	case "warning":
		return "?", t.no
	case "note":
		return "·", t.faint
	}
	return "", t.plain
}
