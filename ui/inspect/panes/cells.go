package panes

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"imapscope/ui/view"
)

// Span is a piece of a line in one style. Its text is inert (view.Inert).
type Span struct {
	Text  string
	Style tcell.Style
}

// Line is what one row shows.
type Line []Span

// Width returns how many columns the line takes.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += view.Width(s.Text)
	}
	return n
}

// Text returns the line without its styles.
func (l Line) Text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Draw writes a line into cells, without tview's tags, from its column skip on. What does
// not fit is cut, with an ellipsis in its place. With fill, the rest of the row gets the
// style rest.
func (l Line) Draw(s tcell.Screen, x, y, width, skip int, rest tcell.Style, fill bool) {
	at := -skip
	cut := false
	for _, p := range l {
		for cell, w := range view.Cells(p.Text) {
			if cut = cut || at+w > width; cut {
				break
			}
			switch {
			case w == 0: // view.Inert leaves none: a combining mark without its letter
			case at >= 0:
				r := []rune(cell)
				s.SetContent(x+at, y, r[0], r[1:], p.Style)
			case at+w > 0: // the second half of a wide character
				for i := range at + w {
					s.SetContent(x+i, y, ' ', nil, p.Style)
				}
			}
			at += w
		}
	}
	if cut && width > 0 {
		at = min(max(at, 1), width)
		_, _, style, _ := s.GetContent(x+width-1, y)
		for i := at; i < width; i++ {
			s.SetContent(x+i, y, ' ', nil, style)
		}
		s.SetContent(x+width-1, y, '…', nil, style)
		return
	}
	if fill {
		for i := max(at, 0); i < width; i++ {
			s.SetContent(x+i, y, ' ', nil, rest)
		}
	}
}

// Over returns the line with one style for every span: the row under the cursor.
func (l Line) Over(style tcell.Style) Line {
	out := make(Line, len(l))
	for i, s := range l {
		out[i] = Span{s.Text, style}
	}
	return out
}

// highlight marks each occurrence of word, in upper or lower case.
func (l Line) highlight(word string, style tcell.Style) Line {
	if word == "" {
		return l
	}
	text := strings.ToLower(l.Text())
	word = strings.ToLower(word)
	if len(text) != len(l.Text()) || !strings.Contains(text, word) {
		return l // a letter whose lower case is longer: not marked
	}
	var out Line
	at := 0 // in text
	next, end := strings.Index(text, word), 0
	end = next + len(word)
	for _, s := range l {
		for len(s.Text) > 0 {
			switch n := len(s.Text); {
			case next < 0 || at+n <= next:
				out = append(out, s)
				s.Text = ""
				at += n
			case at < next:
				k := next - at
				out = append(out, Span{s.Text[:k], s.Style})
				s.Text = s.Text[k:]
				at += k
			default:
				k := min(n, end-at)
				out = append(out, Span{s.Text[:k], style})
				s.Text = s.Text[k:]
				at += k
				if at == end {
					if next = strings.Index(text[at:], word); next >= 0 {
						next += at
						end = next + len(word)
					}
				}
			}
		}
	}
	return out
}

// Fit cuts or pads a text to a width, for columns.
func Fit(s string, width int, right bool) string {
	if width < 1 {
		return ""
	}
	s = view.Fit(s, width, "…")
	if right {
		return strings.Repeat(" ", max(width-view.Width(s), 0)) + s
	}
	return view.Pad(s, width)
}

// Untag makes text safe where tview reads tags: each bracket is followed by a tag
// that changes nothing, so no text can begin one of its own. tview.Escape lets some
// through.
func Untag(s string) string {
	if !strings.Contains(s, "[") {
		return s
	}
	return strings.ReplaceAll(s, "[", "[[:]")
}

// wrapSpans breaks words of several styles at spaces into lines of no more columns than
// width, as far as they let it.
func wrapSpans(spans []Span, width int) []Line {
	var out []Line
	var now, word Line // word is what has come since the last space, of any style
	space := ""        // between them
	put := func() {
		if len(word) == 0 {
			return
		}
		if len(now) > 0 && now.Width()+len(space)+word.Width() > width {
			out, now, space = append(out, now), nil, ""
		}
		if space != "" {
			now = append(now, Span{space, word[0].Style})
		}
		now, word, space = append(now, word...), nil, ""
	}
	for _, s := range spans {
		for i, part := range strings.Split(s.Text, " ") {
			if i > 0 {
				put()
				if len(now) > 0 {
					space = " "
				}
			}
			if part != "" {
				word = append(word, Span{part, s.Style})
			}
		}
	}
	put()
	return append(out, now)
}
