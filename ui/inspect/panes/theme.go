package panes

import (
	"github.com/gdamore/tcell/v2"

	"imapscope/decode/protocol"
)

// Theme is how things look. Colour is never the only distinction.
type Theme struct {
	Plain, Faint, Strong tcell.Style
	Title, Chosen        tcell.Style // of panes: with and without focus
	Selected, Unfocused  tcell.Style // the row under the cursor, by focus of its pane
	Ok, No, Bad, Unsure  tcell.Style // by status
	Client, Server       tcell.Style // by direction
	Tag, Word, Literal   tcell.Style // tokens
	Found, Marked        tcell.Style
	Key                  tcell.Style // in the footer
	Border               tcell.Style
	Focused              tcell.Color
}

// plainTheme returns a theme without colours of its own.
func plainTheme(d, faint tcell.Style) *Theme {
	return &Theme{
		Plain: d, Faint: faint, Strong: d.Bold(true),
		Title: d, Chosen: d.Bold(true).Reverse(true),
		Selected: d.Reverse(true), Unfocused: d.Underline(true),
		Ok: d, No: d.Bold(true), Bad: d.Bold(true), Unsure: faint,
		Client: d.Bold(true), Server: d,
		Tag: faint, Word: d.Bold(true), Literal: d.Underline(true),
		Found: d.Reverse(true), Marked: d.Bold(true),
		Key:    d.Bold(true),
		Border: d,
	}
}

// ownTheme returns the theme of the terminal's own 16 colours, on its own background.
func ownTheme() *Theme {
	d := tcell.StyleDefault
	t := plainTheme(d, d.Dim(true))
	t.Ok = d.Foreground(tcell.ColorGreen)
	t.No = d.Foreground(tcell.ColorOlive).Bold(true)
	t.Bad = d.Foreground(tcell.ColorMaroon).Bold(true)
	t.Unsure = d.Foreground(tcell.ColorPurple)
	t.Client = d.Foreground(tcell.ColorTeal)
	t.Tag = d.Foreground(tcell.ColorPurple)
	t.Word = d.Foreground(tcell.ColorTeal).Bold(true)
	t.Literal = d.Foreground(tcell.ColorOlive)
	t.Found = d.Background(tcell.ColorOlive).Foreground(tcell.ColorBlack)
	t.Marked = d.Foreground(tcell.ColorOlive).Bold(true)
	t.Key = d.Foreground(tcell.ColorTeal).Bold(true)
	t.Focused = tcell.ColorTeal
	t.Border = d.Foreground(tcell.ColorTeal)
	return t
}

// Status returns the style of a status.
func (t *Theme) Status(s string) tcell.Style {
	switch protocol.StatusEffect(s) {
	case protocol.Succeeds, protocol.PreAuthenticates:
		return t.Ok
	case protocol.Refuses, protocol.SaysBye:
		return t.No
	case protocol.Rejects:
		return t.Bad
	}
	return t.Unsure
}

// Finding returns the sign of a severity.
func (t *Theme) Finding(severity string) (string, tcell.Style) {
	switch severity {
	case "error":
		return "!", t.Bad
	case "warning":
		return "?", t.No
	case "note":
		return "·", t.Faint
	}
	return "", t.Plain
}
