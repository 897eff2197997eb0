package view

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// A stateChange is the changes from the same states to the same state: one line in the diagram of
// the states.
type stateChange struct {
	from protocol.States
	to   protocol.State
	on   []string
}

// stateChanges returns the changes of session.Table, in its order.
func stateChanges() []stateChange {
	var out []stateChange
	for _, t := range session.Table() {
		i := slices.IndexFunc(out, func(l stateChange) bool { return l.from == t.From && l.to == t.To })
		if i < 0 {
			i = len(out)
			out = append(out, stateChange{from: t.From, to: t.To})
		}
		out[i].on = append(out[i].on, t.On)
	}
	return out
}

// ends returns the first and the last row of the diagram that a change touches.
func (l stateChange) ends() (first, last protocol.State) {
	first, last = l.to, l.to
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		if l.from.Has(s) {
			first, last = min(first, s), max(last, s)
		}
	}
	return first, last
}

// mark returns what a change shows in the row of a state: where a change begins, where it ends,
// or both.
func (l stateChange) mark(s protocol.State) string {
	first, last := l.ends()
	switch {
	case s == l.to && l.from.Has(s):
		return "*"
	case s == l.to && last == s:
		return "v"
	case s == l.to:
		return "^"
	case l.from.Has(s):
		return "o"
	case first < s && s < last:
		return "|"
	}
	return " "
}

// StatesDiagram draws the changes of state of session.Table: a row for each state, and a
// column for each change, from "o" to the head of an arrow; "*" is both. Its lines are at
// most 80 columns wide.
func StatesDiagram() string {
	all := stateChanges()
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s", "")
	for i := range all {
		fmt.Fprintf(&b, "%-3d", i+1)
	}
	b.WriteString("\n")
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		row, gap := fmt.Sprintf("%-20s", s), fmt.Sprintf("%-20s", "")
		for _, l := range all {
			first, last := l.ends()
			below := " "
			if first <= s && s < last {
				below = "|"
			}
			row += l.mark(s) + "  "
			gap += below + "  "
		}
		b.WriteString(strings.TrimRight(row, " ") + "\n")
		if s < protocol.Closed {
			b.WriteString(strings.TrimRight(gap, " ") + "\n")
		}
	}
	b.WriteString("\n")
	for i, l := range all {
		number := fmt.Sprintf("%-4d", i+1)
		for _, line := range Wrap(strings.Join(l.on, ", "), 72) {
			b.WriteString(number + line + "\n")
			number = "    "
		}
	}
	return b.String()
}

// The measures of the drawing, in pixels.
const (
	stateWidth, stateHeight = 150, 28
	stateStep               = 56
	laneStep                = 30
	legendStep              = 20
)

// StatesSVG draws the same as StatesDiagram, as a complete SVG document.
func StatesSVG() string {
	all := stateChanges()
	bottom := 20 + int(protocol.Closed-protocol.Awaited+1)*stateStep
	width, height := max(760, stateWidth+40+len(all)*laneStep), bottom+20+len(all)*legendStep
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="states-title" font-family="sans-serif" font-size="13">`, width, height, width, height)
	b.WriteString("\n<title id=\"states-title\">The states of an IMAP connection</title>\n")
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height)
	y := func(s protocol.State) int { return 40 + int(s-protocol.Awaited)*stateStep }
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		fmt.Fprintf(&b, "<rect x=\"10\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#eef3f8\" stroke=\"#345\"/>", y(s)-stateHeight/2, stateWidth, stateHeight)
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", 10+stateWidth/2, y(s)+4, html.EscapeString(s.String()))
	}
	for i, l := range all {
		x := stateWidth + 40 + i*laneStep
		first, last := l.ends()
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"14\" text-anchor=\"middle\" font-weight=\"bold\">%d</text>", x, i+1)
		fmt.Fprintf(&b, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#345\"/>", x, y(first), x, y(last))
		for s := first; s <= last; s++ {
			if l.from.Has(s) {
				fmt.Fprintf(&b, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"white\" stroke=\"#345\"/>", x, y(s))
			}
		}
		tip := 7 // of the arrow: downwards
		if l.to == first && l.to != last {
			tip = -7
		}
		fmt.Fprintf(&b, "<path d=\"M%d %d l-5 %d h10 z\" fill=\"#345\"/>\n", x, y(l.to)+tip/2, -tip)
		fmt.Fprintf(&b, "<text x=\"10\" y=\"%d\"><tspan font-weight=\"bold\">%d</tspan> %s</text>\n", bottom+20+i*legendStep, i+1, html.EscapeString(strings.Join(l.on, ", ")))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
