package view

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// MinLadderWidth is the minimum number of columns of a ladder.
const MinLadderWidth = 50

// maxGapRows is the number of rows for the longest time.
const maxGapRows = 8

// LadderOptions configure how a ladder is drawn as text.
type LadderOptions struct {
	Scale bool // draw to scale: rows between steps, one more for each ten times as long
	ASCII bool // only ASCII characters
}

// LadderText is a ladder as rows of text, which are made on request. It shows the steps
// that the Ladder had when it was made.
type LadderText struct {
	ladder *Ladder
	pen    *pen
	width  int // of the arrows, between the life lines
	lanes  []lanes
	laneN  int
	digits int     // of transaction numbers
	starts []int32 // the row of each step, if drawn to scale; the first row has the names
	rows   int
}

// LadderRow is one row of a LadderText, divided where colors may change. Its texts are
// inert; together they take at most the requested columns.
type LadderRow struct {
	Step int // of the Ladder; -1 for the names and for passing time

	Time  string // the first step's time of day; for others, the time since the previous one
	Body  string // the life lines and what is between them
	Lanes string // the transactions that are outstanding, each in a column of its own
	Txn   string // the step's transaction
}

func (r LadderRow) String() string {
	return strings.TrimRight(r.Time+" "+r.Body+" "+r.Lanes+" "+r.Txn, " ")
}

// pen holds the characters that a ladder is drawn with.
type pen struct {
	line, noteOmitted, right, life, gap, more string
	begins, passes, stays, ends               string // of a lane
}

func penOf(ascii bool) *pen {
	if ascii {
		return &pen{"-", "<", ">", "|", ":", "...", ",", "+", "|", "'"}
	}
	return &pen{"─", "◀", "▶", "│", "┊", "…", "┌", "├", "│", "└"}
}

// timeWidth is the width of "15:04:05.000".
const timeWidth = 12

// Text lays the ladder out for a number of columns.
func (l *Ladder) Text(width int, o LadderOptions) *LadderText {
	t := &LadderText{ladder: l, pen: penOf(o.ASCII)}
	t.lanes, t.laneN = l.lanes()
	txn := 0
	for i := range l.steps {
		txn = max(txn, l.steps[i].Txn)
	}
	t.digits = len(fmt.Sprint(txn))
	t.width = max(width, MinLadderWidth) - timeWidth - len(" ") - 2 - len(" ") - t.laneN - len(" ") - t.digits
	t.rows = 1 + len(l.steps)
	if o.Scale {
		t.starts = make([]int32, len(l.steps))
		row := 1
		for i := range l.steps {
			row += gapRows(l.Gap(i))
			t.starts[i] = int32(row)
			row++
		}
		t.rows = row
	}
	return t
}

// gapRows returns the number of rows for a time: one from a millisecond on, one more for
// each ten times as long.
func gapRows(d time.Duration) int {
	if d < time.Millisecond {
		return 0
	}
	ms := float64(d) / float64(time.Millisecond)
	return min(1+int(math.Log10(ms)+1e-9), maxGapRows)
}

// Width returns the number of columns that the ladder was laid out for.
func (t *LadderText) Width() int {
	return timeWidth + len(" ") + 2 + t.width + len(" ") + t.laneN + len(" ") + t.digits
}

// Len returns the number of rows.
func (t *LadderText) Len() int { return t.rows }

// RowOf returns the row of a step.
func (t *LadderText) RowOf(step int) int {
	if t.starts == nil {
		return step + 1
	}
	return int(t.starts[step])
}

// Row returns row i; row 0 has the names above the life lines.
func (t *LadderText) Row(i int) LadderRow {
	if i == 0 {
		return t.names()
	}
	step := i - 1
	if t.starts != nil {
		step = sort.Search(len(t.starts), func(k int) bool { return int(t.starts[k]) >= i })
		if int(t.starts[step]) > i {
			return t.gap(step)
		}
	}
	return t.step(step)
}

func (t *LadderText) names() LadderRow {
	room := t.width + 2
	client := t.fit(t.ladder.Client, room/2-1)
	server := t.fit(t.ladder.Server, room-room/2-1)
	space := max(room-Width(client)-Width(server), 0)
	return LadderRow{Step: -1, Time: strings.Repeat(" ", timeWidth), Body: client + strings.Repeat(" ", space) + server}
}

// gap returns a row of the time that passes before a step.
func (t *LadderText) gap(step int) LadderRow {
	open := uint8(0)
	if step > 0 {
		open = t.lanes[step-1].open
	}
	return LadderRow{
		Step:  -1,
		Time:  strings.Repeat(" ", timeWidth),
		Body:  t.pen.gap + strings.Repeat(" ", t.width) + t.pen.gap,
		Lanes: t.lane(open, -1, ""),
	}
}

func (t *LadderText) step(i int) LadderRow {
	s := &t.ladder.steps[i]
	r := LadderRow{Step: i, Time: fmt.Sprintf("%*s", timeWidth, t.ladder.time(i)), Body: t.pen.life + t.arrow(s) + t.pen.life}
	l := t.lanes[i]
	own := t.pen.passes
	switch {
	case s.begins:
		own = t.pen.begins
	case s.ends:
		own = t.pen.ends
	}
	r.Lanes = t.lane(l.open, int(l.own), own)
	if s.Txn > 0 {
		r.Txn = fmt.Sprintf("%*d", t.digits, s.Txn)
	}
	return r
}

// time returns the time of a step: the time of day of the first one, the time since the
// previous step for others. It returns "" if that is zero or not known.
func (l *Ladder) time(i int) string {
	d := l.Gap(i)
	switch {
	case i == 0 && !l.steps[i].Time.IsZero():
		return l.options.In(l.steps[i].Time).Format("15:04:05.000")
	case d == 0:
		return ""
	case d < 0:
		return Duration(d)
	}
	return "+" + Duration(d)
}

// arrow returns a step as drawn between the life lines.
func (t *LadderText) arrow(s *Step) string {
	label := s.Label
	p := t.pen
	if s.Remark {
		label = t.fit("("+label+")", t.width-2)
		return " " + label + strings.Repeat(" ", max(t.width-1-Width(label), 0))
	}
	label = t.fit(label, t.width-len("-- ")-len(" ->"))
	line := strings.Repeat(p.line, max(t.width-len("-- ")-Width(label)-len(" ")-len(">"), 0))
	if s.Dir == 0 {
		return p.line + p.line + " " + label + " " + line + p.right
	}
	return p.noteOmitted + p.line + " " + label + " " + line + p.line
}

// lane draws the open lanes, with a mark in the step's own lane.
func (t *LadderText) lane(open uint8, own int, mark string) string {
	var b strings.Builder
	for i := range t.laneN {
		switch {
		case i == own:
			b.WriteString(mark)
		case open&(1<<i) != 0:
			b.WriteString(t.pen.stays)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// fit returns the beginning of a text that fits in a number of columns.
func (t *LadderText) fit(s string, columns int) string {
	if t.pen.line == "-" {
		s = ascii(s)
	}
	return Fit(s, columns, t.pen.more)
}

// ascii escapes all other characters as Inert escapes unsafe ones.
func ascii(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u{%04x}`, r)
		}
	}
	return b.String()
}

// WriteTo writes all rows, one per line, and the number of omitted steps.
func (t *LadderText) WriteTo(w io.Writer) (int64, error) {
	var total int64
	write := func(s string) error {
		n, err := io.WriteString(w, s+"\n")
		total += int64(n)
		return err
	}
	for i := range t.Len() {
		if err := write(t.Row(i).String()); err != nil {
			return total, err
		}
	}
	if n := t.ladder.More; n > 0 {
		return total, write(fmt.Sprintf("(%d more messages)", n))
	}
	return total, nil
}
