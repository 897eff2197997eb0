package view

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"imapscope/decode/protocol"
)

// MaxSVG is the maximum number of steps that an SVG shows; it gives the number of further
// ones.
const MaxSVG = 1000

// The positions of an SVG's columns and rows, in its own units.
const (
	svgWidth  = 1000
	svgTime   = 112 // where times end
	svgClient = 124 // the client's life line
	svgServer = 876
	svgLane   = 888 // the first lane
	svgLanes  = 8   // from one lane to the next
	svgTxn    = 990 // where transaction numbers end
	svgTop    = 56  // where the life lines begin
	svgRow    = 28  // from one step to the next
	svgGap    = 12  // of a row of passing time
	svgChars  = 100 // characters that fit on an arrow
)

// svgStyle is the light theme, svgDark the dark one. All selectors are scoped to the class
// of the picture, so a page around it is unaffected. Custom properties would be shorter,
// but not every viewer supports them.
const svgStyle = `.imap-ladder{background:#fff}
.imap-ladder text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
.imap-ladder path{fill:none;stroke:#656d76;stroke-width:1.5}
.imap-ladder .t,.imap-ladder .r{fill:#656d76}
.imap-ladder .t{text-anchor:end}
.imap-ladder .n{font-weight:bold;text-anchor:middle}
.imap-ladder .r{font-style:italic}
.imap-ladder .g{stroke-dasharray:2 4}
.imap-ladder .c path{stroke:#0550ae}
.imap-ladder .s path{stroke:#1a6b32}
.imap-ladder .no path{stroke:#855900}
.imap-ladder .bad path{stroke:#b3202a}
.imap-ladder .no .l{fill:#855900}
.imap-ladder .bad .l{fill:#b3202a}
`

const svgDark = `@media (prefers-color-scheme:dark){
.imap-ladder{background:#0d1117}
.imap-ladder text{fill:#e6edf3}
.imap-ladder path{stroke:#9198a1}
.imap-ladder .t,.imap-ladder .r{fill:#9198a1}
.imap-ladder .c path{stroke:#79c0ff}
.imap-ladder .s path{stroke:#7ee787}
.imap-ladder .no path{stroke:#e3b341}
.imap-ladder .bad path{stroke:#ff9b94}
.imap-ladder .no .l{fill:#e3b341}
.imap-ladder .bad .l{fill:#ff9b94}
}
`

// svg is a picture being written.
type svg struct {
	*bufio.Writer
	l     *Ladder
	lanes []lanes
}

// SVG writes the ladder as a self-contained picture: text escaped, no scripts, no external
// references, light or dark according to the reader's preference. The more time passed
// between steps, the more space is between them, as in Text with Scale. After MaxSVG steps
// it ends with the number of missing ones. One or more such pictures may be embedded in an
// HTML page unchanged. The error is from w.
func (l *Ladder) SVG(w io.Writer, title string) error {
	p := &svg{Writer: bufio.NewWriter(w), l: l}
	p.lanes, _ = l.lanes()
	n := min(len(l.steps), MaxSVG)
	more := len(l.steps) - n + l.More
	height := svgTop + svgRow
	for i := range n {
		height += svgRow + svgGap*gapRows(l.Gap(i))
	}
	if more > 0 {
		height += svgRow
	}
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="imap-ladder" role="figure" viewBox="0 0 %d %d">`+"\n", svgWidth, height)
	p.printf("<title>%s</title>\n<desc>%s</desc>\n", escape(clip(title, maxLabel)), escape(l.describe(n, more)))
	p.WriteString("<style>\n" + svgStyle + svgDark + "</style>\n")
	p.printf(`<text class="n" x="%d" y="%d">%s</text>`+"\n", svgClient+60, svgTop-28, escape(Fit(l.Client, 45, "…")))
	p.printf(`<text class="n" x="%d" y="%d">%s</text>`+"\n", svgServer-60, svgTop-28, escape(Fit(l.Server, 45, "…")))
	y := svgTop - 20
	for i := range n {
		y = p.step(i, y)
	}
	if more > 0 {
		p.printf(`<text class="r" x="%d" y="%d">(%d more messages are not in this picture)</text>`+"\n", svgClient+14, y+svgRow-9, more)
	}
	p.WriteString("</svg>\n")
	return p.Flush()
}

// describe returns a textual description of the picture.
func (l *Ladder) describe(n, more int) string {
	s := fmt.Sprintf("A conversation between a client, %s, on the left and a server, %s, on the right, from top to bottom: %d steps", l.Client, l.Server, n)
	if more > 0 {
		s += fmt.Sprintf(", %d more are left out", more)
	}
	return s + "."
}

// step draws a step below y, preceded by the time before it, and returns where it ends.
func (p *svg) step(i, y int) int {
	s := &p.l.steps[i]
	if gap := svgGap * gapRows(p.l.Gap(i)); gap > 0 {
		open := uint8(0)
		if i > 0 {
			open = p.lanes[i-1].open
		}
		p.lifeLines(y, y+gap, ` class="g"`, open, -1)
		y += gap
	}
	end := y + svgRow
	at := end - 8 // the arrow's height
	p.lifeLines(y, end, "", p.lanes[i].open, int(p.lanes[i].own))
	if t := p.l.time(i); t != "" {
		p.printf(`<text class="t" x="%d" y="%d">%s</text>`+"\n", svgTime, at+4, t)
	}
	if s.Remark {
		p.printf(`<text class="r" x="%d" y="%d">(%s)</text>`+"\n", svgClient+14, at, escape(Fit(s.Label, svgChars, "…")))
		return end
	}
	p.printf(`<g class="%s"><title>%s</title>`, svgClass(s), escape(p.l.options.tip(s)))
	if s.Dir == 0 {
		p.printf(`<path d="M%d %dH%dm-7 -4l7 4l-7 4"/>`, svgClient, at, svgServer-1)
	} else {
		p.printf(`<path d="M%d %dH%dm7 -4l-7 4l7 4"/>`, svgServer, at, svgClient+1)
	}
	p.printf(`<text class="l" x="%d" y="%d">%s</text></g>`+"\n", svgClient+14, at-5, escape(Fit(s.Label, svgChars, "…")))
	p.mark(i, y, at, end)
	return end
}

// mark draws what a step does in its transaction's lane, and the number.
func (p *svg) mark(i, y, at, end int) {
	s := &p.l.steps[i]
	if own := int(p.lanes[i].own); own >= 0 {
		x := svgLane + own*svgLanes
		switch {
		case s.begins:
			y = at
		case s.ends:
			end = at
		}
		p.printf(`<path d="M%d %dV%dM%d %dh5"/>`, x, y, end, x, at)
	}
	if s.Txn > 0 {
		p.printf(`<text class="t" x="%d" y="%d">%d</text>`+"\n", svgTxn, at+4, s.Txn)
	}
}

// lifeLines draws a segment of the life lines and of the open lanes.
func (p *svg) lifeLines(from, to int, class string, open uint8, own int) {
	p.printf(`<path%s d="M%d %dV%dM%d %dV%d`, class, svgClient, from, to, svgServer, from, to)
	for i := range maxLanes {
		if open&(1<<i) != 0 && i != own {
			p.printf("M%d %dV%d", svgLane+i*svgLanes, from, to)
		}
	}
	p.WriteString("\"/>\n")
}

func (p *svg) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// svgClass returns the class that determines a step's color: its sender, or NO and BAD.
func svgClass(s *Step) string {
	if s.Dir == 0 {
		return "c"
	}
	switch protocol.StatusEffect(s.Status) {
	case protocol.Refuses:
		return "s no"
	case protocol.Rejects:
		return "s bad"
	}
	return "s"
}

// tip returns a step's tooltip, with all its details.
func (o Options) tip(s *Step) string {
	who := "client"
	if s.Dir != 0 {
		who = "server"
	}
	tip := who + ": " + s.Label
	if s.Txn > 0 {
		tip += fmt.Sprintf("\ntransaction %d", s.Txn)
	}
	if !s.Time.IsZero() {
		tip += "\n" + o.In(s.Time).Format("2006-01-02 15:04:05.000000")
	}
	return tip
}

// escape makes inert text safe inside XML.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
