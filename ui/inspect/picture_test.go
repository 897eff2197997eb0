package inspect

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/pcap"
	"imapscope/samples/lesson"
	"imapscope/ui/learn"
	"imapscope/ui/view"
)

// pictures is the folder of the pictures that README.md shows.
const pictures = "../../samples/pictures"

// TestPictures compares the SVG pictures of the inspector with what it shows, in colour.
// go test ./ui/inspect -run Pictures -update draws them again.
func TestPictures(t *testing.T) {
	for _, p := range []struct {
		name, about string
		height      int
		lesson      string
		press       func(*driver)
	}{
		{"inspector", "The inspector: transactions, and the lines of one of them, each word explained", 34, "",
			func(d *driver) { d.on("^1 ").press("j", "j", "Enter").on("→ A00002") }},
		{"ladder", "The same conversation as a ladder diagram", 30, "",
			func(d *driver) { d.on("^1 ").press("j", "j", "6").sees("A00002 FETCH 1:20 ALL ─") }},
		{"lesson", "A lesson, next to the conversation that it is about", 32, "2",
			func(d *driver) { d.sees("Transactions  29", "^ +EXISTS  ", "[?] How many messages") }},
	} {
		t.Run(p.name, func(t *testing.T) {
			src, o := capture.Source(pcap.Files([]string{"../../samples/" + mtest}, pcap.Options{})), Options{Source: mtest}
			if p.lesson != "" {
				tutor, title := tutorAt(t, p.lesson, 1)
				src, o = tutor, Options{Source: title, Live: true, Guide: tutor}
			}
			d := openColored(t, 100, p.height, src, o)
			p.press(d)
			d.settled()
			golden.File(t, filepath.Join(pictures, p.name+".svg"), d.picture(p.about))
		})
	}
}

// tutorAt begins one of our lessons at a step, and returns its title.
func tutorAt(t *testing.T, which string, step int) (tutor *learn.Tutor, title string) {
	t.Helper()
	progress, err := lesson.LoadProgress(filepath.Join(t.TempDir(), "learn.json"))
	if err != nil {
		t.Fatal(err)
	}
	l, read, err := lesson.Open(which, progress)
	if err != nil {
		t.Fatal(err)
	}
	record := progress.Of(l.ID)
	record.Step = step
	tutor, err = learn.New(l, read, record, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return tutor, l.Title
}

// The measures of a picture, in pixels: a cell, and the margin around the screen.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 14
)

// The colours of a picture: those that the theme uses, on a dark background.
const (
	paper = "#1c2028"
	ink   = "#d6dae2"
	faint = "#969dab"
)

var paints = map[tcell.Color]string{
	tcell.ColorTeal: "#56c5cf", tcell.ColorOlive: "#dcbc62", tcell.ColorMaroon: "#ef7a80",
	tcell.ColorPurple: "#cf94dd", tcell.ColorGreen: "#8cc96f", tcell.ColorBlack: paper,
}

// strokes are the box-drawing characters, by where their strokes go: left, right, up, down.
// They are drawn, because fonts leave gaps between them.
var strokes = map[rune][4]bool{
	'─': {true, true, false, false}, '│': {false, false, true, true},
	'┌': {false, true, false, true}, '┐': {true, false, false, true},
	'└': {false, true, true, false}, '┘': {true, false, true, false},
	'├': {false, true, true, true}, '┤': {true, false, true, true},
}

// blocks are the eighths of a cell that a block character fills, from the left.
var blocks = map[rune]float64{'█': 8, '▉': 7, '▊': 6, '▋': 5, '▌': 4, '▍': 3, '▎': 2, '▏': 1}

// look is how a cell is painted.
type look struct {
	ink, paper      string
	bold, underline bool
}

func lookOf(style tcell.Style) look {
	fg, bg, attr := style.Decompose()
	l := look{ink: ink, paper: paper, bold: attr&tcell.AttrBold != 0, underline: attr&tcell.AttrUnderline != 0}
	if c, ok := paints[fg]; ok {
		l.ink = c
	} else if attr&tcell.AttrDim != 0 {
		l.ink = faint
	}
	if c, ok := paints[bg]; ok && bg != tcell.ColorBlack {
		l.paper = c
	}
	if attr&tcell.AttrReverse != 0 {
		l.ink, l.paper = l.paper, l.ink
	}
	return l
}

// picture returns the screen as SVG: text on a grid, which no font can distort.
func (d *driver) picture(about string) string {
	var b strings.Builder
	d.do(func() {
		cells, w, h := d.screen.GetContents()
		width, height := float64(w)*cellWidth+2*margin, float64(h)*cellHeight+2*margin
		fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img">
<title>%s</title>
<style>text{font:14px "DejaVu Sans Mono",Menlo,Consolas,monospace}.b{font-weight:bold}</style>
<rect width="100%%" height="100%%" rx="8" fill="%s"/>
`, width, height, width, height, html.EscapeString(about), paper)
		for y := range h {
			drawRow(&b, cells[y*w:(y+1)*w], margin+float64(y)*cellHeight)
		}
	})
	return b.String() + "</svg>\n"
}

// drawRow draws a row of cells, whose upper edge is at y: first the backgrounds, then the
// words, each at its own place.
func drawRow(b *strings.Builder, row []tcell.SimCell, y float64) {
	at := func(x int) float64 { return margin + float64(x)*cellWidth }
	for x := 0; x < len(row); {
		l, end := lookOf(row[x].Style), x+1
		for end < len(row) && lookOf(row[end].Style) == l {
			end++
		}
		if l.paper != paper {
			drawBox(b, at(x), y, at(end)-at(x), cellHeight, l.paper)
		}
		if l.underline {
			drawBox(b, at(x), y+cellHeight-2, at(end)-at(x), 1, l.ink)
		}
		drawRun(b, row[x:end], l, at(x), y)
		x = end
	}
}

func drawBox(b *strings.Builder, x, y, width, height float64, color string) {
	fmt.Fprintf(b, `<rect x="%.1f" y="%.0f" width="%.1f" height="%.0f" fill="%s"/>`+"\n", x, y, width, height, color)
}

// drawRun draws cells of one look: their words and the lines between them.
func drawRun(b *strings.Builder, run []tcell.SimCell, l look, left, y float64) {
	var word strings.Builder
	begin, width := 0, 0
	flush := func() {
		if width > 0 {
			drawWord(b, word.String(), l, left+float64(begin)*cellWidth, y, float64(width)*cellWidth)
		}
		word.Reset()
		width = 0
	}
	for x := 0; x < len(run); x++ {
		text := string(run[x].Runes)
		first := append([]rune(text), ' ')[0]
		stroke, isLine := strokes[first]
		eighths, isBlock := blocks[first]
		switch {
		case isBlock:
			flush()
			start, filled := x, eighths
			for ; filled == 8*float64(x-start+1) && x+1 < len(run); x++ {
				next, ok := blocks[append(slices.Clone(run[x+1].Runes), ' ')[0]]
				if !ok {
					break
				}
				filled += next
			}
			drawBox(b, left+float64(start)*cellWidth, y+2, filled*cellWidth/8, cellHeight-4, l.ink)
		case isLine:
			flush()
			n := 1
			for text == "─" && x+n < len(run) && string(run[x+n].Runes) == text {
				n++
			}
			drawLines(b, stroke, l.ink, left+float64(x)*cellWidth, y, n)
			x += n - 1
		case strings.Trim(text, " \x00") == "":
			flush()
		default:
			if width == 0 {
				begin = x
			}
			word.WriteString(text)
			n := max(1, view.Width(text))
			width += n
			x += n - 1 // the cell behind a wide character is covered
		}
	}
	flush()
}

// drawWord draws a word, as wide as its cells.
func drawWord(b *strings.Builder, word string, l look, x, y, width float64) {
	class := ""
	if l.bold {
		class = ` class="b"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.0f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
		x, y+13, width, l.ink, class, html.EscapeString(word))
}

// drawLines draws the strokes of a box-drawing character, which is repeated n times if it is
// horizontal.
func drawLines(b *strings.Builder, stroke [4]bool, color string, x, y float64, n int) {
	midX, midY := x+cellWidth/2, y+cellHeight/2
	left, right, top, bottom := midX, midX, midY, midY
	if stroke[0] {
		left = x
	}
	if stroke[1] {
		right = x + float64(n)*cellWidth
	}
	if stroke[2] {
		top = y
	}
	if stroke[3] {
		bottom = y + cellHeight
	}
	path := ""
	if left < right {
		path += fmt.Sprintf("M%.1f %.1fH%.1f", left, midY, right)
	}
	if top < bottom {
		path += fmt.Sprintf("M%.1f %.1fV%.1f", midX, top, bottom)
	}
	fmt.Fprintf(b, `<path d="%s" stroke="%s"/>`+"\n", path, color)
}

// shownPicture matches a picture in README.md: its text and its file.
var shownPicture = regexp.MustCompile(`!\[([^\]]*)\]\(samples/pictures/([a-z]+\.[a-z]+)\)`)

// TestREADMEPictures checks that README.md shows each picture, with a text for readers who do
// not see it, and no picture that is not there.
func TestREADMEPictures(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, m := range shownPicture.FindAllStringSubmatch(string(readme), -1) {
		if strings.TrimSpace(m[1]) == "" {
			t.Errorf("%s has no text", m[2])
		}
		shown = append(shown, filepath.Base(m[2]))
	}
	files, err := os.ReadDir(pictures)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(shown, f.Name()) {
			t.Errorf("README.md does not show %s", f.Name())
		}
	}
	for _, name := range shown {
		if _, err := os.Stat(filepath.Join(pictures, name)); err != nil {
			t.Errorf("README.md shows a picture that is not there: %v", err)
		}
	}
}
