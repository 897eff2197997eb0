package view

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"imapscope/decode/protocol"
	"imapscope/decode/session"
)

// TestStatesDiagram: each change of the table is in the diagram once, from and to the states
// that the table has.
func TestStatesDiagram(t *testing.T) {
	text := StatesDiagram()
	t.Log("\n" + text)
	lines := strings.Split(text, "\n")
	column := map[int]int{} // by the number of a change
	for i := range stateChanges() {
		column[i] = 20 + 3*i
	}
	row := func(s protocol.State) string {
		for _, l := range lines {
			if strings.HasPrefix(l, s.String()+" ") || l == s.String() {
				return l + strings.Repeat(" ", 80)
			}
		}
		t.Fatalf("no row %s", s)
		return ""
	}
	for _, x := range session.Table() {
		lane := -1
		for i, l := range stateChanges() {
			for _, on := range l.on {
				if on == x.On && l.from == x.From && l.to == x.To {
					lane = i
				}
			}
		}
		if lane < 0 {
			t.Errorf("%s is missing", x.On)
			continue
		}
		for s := protocol.Awaited; s <= protocol.Closed; s++ {
			switch c := row(s)[column[lane]]; {
			case s == x.To && !strings.ContainsRune("v^*", rune(c)):
				t.Errorf("%s: %q at %s, where it ends", x.On, c, s)
			case s != x.To && x.From.Has(s) && c != 'o':
				t.Errorf("%s: %q at %s, where it begins", x.On, c, s)
			case s != x.To && !x.From.Has(s) && c != '|' && c != ' ':
				t.Errorf("%s: %q at %s", x.On, c, s)
			}
		}
	}
	for _, l := range lines {
		if len(l) > 80 {
			t.Errorf("%d columns: %s", len(l), l)
		}
	}
}

// TestStatesSVG: the drawing is well-formed and names every change.
func TestStatesSVG(t *testing.T) {
	svg := StatesSVG()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range session.Table() {
		if !strings.Contains(svg, x.On) {
			t.Errorf("%s is missing", x.On)
		}
	}
}
