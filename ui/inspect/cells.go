package inspect

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"imapscope/ui/view"
)

// span is a piece of a line in one style. Its text is inert (view.Inert).
type span struct {
	text  string
	style tcell.Style
}

// line is what stands in one row.
type line []span

func (l line) width() int {
	n := 0
	for _, s := range l {
		n += uniseg.StringWidth(s.text)
	}
	return n
}

func (l line) text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.text)
	}
	return b.String()
}

// draw writes a line into cells, without tview's tags, from column skip of it on.
// What does not fit is cut, with an ellipsis in its place. The rest of the row gets
// the style rest, if fill says so.
func (l line) draw(s tcell.Screen, x, y, width, skip int, rest tcell.Style, fill bool) {
	at := -skip
	cut := false
	for _, p := range l {
		text, state := p.text, -1
		for len(text) > 0 && !cut {
			var cluster string
			var bounds int
			cluster, text, bounds, state = uniseg.StepString(text, state)
			w := bounds >> uniseg.ShiftWidth
			if w == 0 {
				continue // view.Inert leaves none: a combining mark without its letter
			}
			if at+w > width {
				cut = true
				break
			}
			if at >= 0 {
				r := []rune(cluster)
				s.SetContent(x+at, y, r[0], r[1:], p.style)
			} else if at+w > 0 { // the second half of a wide character
				for i := 0; i < at+w; i++ {
					s.SetContent(x+i, y, ' ', nil, p.style)
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

// over lays a style over every span: the row under the cursor.
func (l line) over(style tcell.Style) line {
	out := make(line, len(l))
	for i, s := range l {
		out[i] = span{s.text, style}
	}
	return out
}

// highlight marks each place where word stands, in upper or lower case.
func (l line) highlight(word string, style tcell.Style) line {
	if word == "" {
		return l
	}
	text := strings.ToLower(l.text())
	word = strings.ToLower(word)
	if len(text) != len(l.text()) || !strings.Contains(text, word) {
		return l // a letter whose lower case is longer: not marked
	}
	var out line
	at := 0 // in text
	next, end := strings.Index(text, word), 0
	end = next + len(word)
	for _, s := range l {
		for len(s.text) > 0 {
			switch n := len(s.text); {
			case next < 0 || at+n <= next:
				out = append(out, s)
				s.text = ""
				at += n
			case at < next:
				k := next - at
				out = append(out, span{s.text[:k], s.style})
				s.text = s.text[k:]
				at += k
			default:
				k := min(n, end-at)
				out = append(out, span{s.text[:k], style})
				s.text = s.text[k:]
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

// fit cuts or pads a text to a width, for columns.
func fit(s string, width int, right bool) string {
	n := uniseg.StringWidth(s)
	if n > width {
		s = cutTo(s, width)
		n = uniseg.StringWidth(s)
	}
	pad := strings.Repeat(" ", max(width-n, 0))
	if right {
		return pad + s
	}
	return s + pad
}

// cutTo is the beginning of s, with an ellipsis if it is not all.
func cutTo(s string, width int) string {
	if width < 1 {
		return ""
	}
	return view.Fit(s, width, "…")
}

// untag makes text safe where tview reads tags: behind each bracket stands a tag
// that changes nothing, so no text can begin one of its own. tview.Escape lets some
// through.
func untag(s string) string {
	if !strings.Contains(s, "[") {
		return s
	}
	return strings.ReplaceAll(s, "[", "[[:]")
}
