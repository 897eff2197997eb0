package panes

import (
	"strconv"

	"imapscope/proxy/intercept/fault"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// faultColumns returns the columns of faults.
func faultColumns() []Column {
	return []Column{
		{Title: "", Help: "on or off", width: 3},
		{Title: "name", Help: "what the fault is called", width: 16, least: 70},
		{Title: "fault", Help: "what it does: its kind, its words and its condition, as --fault has it"},
		{Title: "acted", Help: "how often it has acted", width: 6, right: true},
	}
}

// Faults is the table of the faults that break the traffic.
type Faults struct {
	*Grid
	set *fault.Set
}

// NewFaults returns the table of the faults of a set.
func NewFaults(t *Theme, set *fault.Set) *Faults {
	f := &Faults{newGrid(t, faultColumns(), faultRows{t, set}), set}
	f.SetEmptyFunc(func() []string {
		return []string{"No faults: the traffic passes as it is.", "+ adds one, for example: delay tagged 5s", "H shows what there is."}
	})
	return f
}

// Name implements Pane.
func (f *Faults) Name() string { return "Faults" }

// Title implements Pane.
func (f *Faults) Title() Line {
	l := Line{{" " + model.Number(len(f.set.List())), f.theme.Plain}}
	for _, k := range [][2]string{{"+", "add"}, {"Space", "on/off"}, {"d", "remove"}, {"H", "kinds"}, {"q", "back"}} {
		l = append(l, Span{"  " + k[0], f.theme.Key}, Span{" " + k[1], f.theme.Faint})
	}
	return l
}

// Current returns the fault under the cursor; false if there is none.
func (f *Faults) Current() (fault.Status, bool) {
	list := f.set.List()
	if f.at >= len(list) {
		return fault.Status{}, false
	}
	return list[f.at], true
}

// Open implements Pane.
func (f *Faults) Open() Goal { return Goal{} }

// Find implements Pane.
func (f *Faults) Find(word string, back bool) bool { return f.find(word, back) }

// faultRows are the faults as rows.
type faultRows struct {
	theme *Theme
	set   *fault.Set
}

func (r faultRows) Len() int { return len(r.set.List()) }

func (r faultRows) Cells(i int) []Span {
	th := r.theme
	list := r.set.List()
	if i >= len(list) { // it was removed meanwhile
		return make([]Span, len(faultColumns()))
	}
	s := &list[i]
	on, style := "on", th.Strong
	if !s.Enabled {
		on, style = "off", th.Faint
	}
	return []Span{{on, style}, {view.Inert(s.Name), th.Plain}, {view.Inert(s.String()), th.Plain}, {strconv.Itoa(s.Acted), th.Plain}}
}
