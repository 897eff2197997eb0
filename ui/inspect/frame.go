package inspect

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/ui/inspect/panes"
)

// pane is a part of the screen: its index in the frame.
type pane int

const (
	inConns pane = iota
	inTxns
	inWaiting // only with Options.Holds, while something waits or it has the focus
	inDetail
	inFaults // only with Options.Faults, in place of the detail while it is open
	inLesson // only in a lesson
	inHelp   // while it is open; it is not one of the frame's panes
)

// frame is what surrounds the panes: titles, the line at the foot, the prompt, the help,
// and which pane has the focus. It knows of the panes only what panes.Pane has.
type frame struct {
	app     *tview.Application
	theme   *panes.Theme
	panes   []panes.Pane      // nil where there is none
	hides   func(p pane) bool // reports whether a pane is not on the screen now
	moved   func()            // called when another pane has got the focus
	actions []action          // the one table of what keys do

	pages  *tview.Pages
	root   *tview.Flex // main above foot
	main   *mainArea
	foot   *tview.Flex
	titles []*title
	prompt *prompt
	status *statusLine
	help   *helpPane // nil unless it is open

	focus  pane
	zoomed bool
	gone   chan struct{} // closed once it is left
}

// mainArea is where the panes are. It is arranged again before each drawing.
type mainArea struct {
	*tview.Flex
	screen  tcell.Screen // nil until it is first drawn on
	opened  func()       // called once the screen is there
	arrange func(width, height int)
}

func newFrame(t *panes.Theme, all []panes.Pane, actions []action, screen tcell.Screen) *frame {
	f := &frame{
		app: tview.NewApplication(), theme: t, panes: all, actions: actions, hides: func(pane) bool { return false }, focus: inTxns, gone: make(chan struct{}),
		prompt: newPrompt(t), main: &mainArea{Flex: tview.NewFlex()},
	}
	f.status = &statusLine{Box: tview.NewBox(), frame: f}
	for p := range all {
		f.titles = append(f.titles, &title{Box: tview.NewBox(), frame: f, pane: pane(p)})
	}
	f.foot = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(f.prompt.hint, 0, 0, false).
		AddItem(f.prompt, 0, 0, false).
		AddItem(f.status, 1, 0, false)
	f.root = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(f.main, 0, 1, true).
		AddItem(f.foot, 1, 0, false)
	f.pages = tview.NewPages().AddPage("main", f.root, true, true)
	if screen != nil {
		f.app.SetScreen(screen)
	}
	f.app.SetRoot(f.pages, true).EnableMouse(true)
	f.app.SetBeforeDrawFunc(func(s tcell.Screen) bool {
		if f.main.screen == nil {
			f.main.screen = s
			f.main.opened()
		}
		f.main.screen = s
		width, height := s.Size()
		f.sizePrompt(height)
		f.main.arrange(width, height)
		return false
	})
	f.app.SetMouseCapture(f.mouse)
	f.app.SetFocus(all[f.focus])
	return f
}

// mouse gives the focus to the pane that is clicked.
func (f *frame) mouse(e *tcell.EventMouse, action tview.MouseAction) (*tcell.EventMouse, tview.MouseAction) {
	if action != tview.MouseLeftDown || f.prompt.open || f.covered() {
		return e, action
	}
	x, y := e.Position()
	for p, shown := range f.panes {
		if shown != nil && f.isShown(pane(p)) && (within(shown, x, y) || within(f.titles[p], x, y)) {
			f.setFocus(pane(p))
		}
	}
	return e, action
}

// covered reports whether something else than the panes is on the screen.
func (f *frame) covered() bool {
	name, _ := f.pages.GetFrontPage()
	return name != "main"
}

// isShown reports whether a pane is on the screen.
func (f *frame) isShown(p pane) bool { return f.offers(p) && (!f.zoomed || p == f.active()) }

// offers reports whether a pane is there, and can have the focus.
func (f *frame) offers(p pane) bool { return f.panes[p] != nil && !f.hides(p) }

func within(p tview.Primitive, x, y int) bool {
	left, top, width, height := p.GetRect()
	return left <= x && x < left+width && top <= y && y < top+height
}

// focused returns the pane that has the focus.
func (f *frame) focused() panes.Pane {
	if f.focus == inHelp {
		return f.help
	}
	return f.panes[f.focus]
}

// active returns the pane that has the focus, or had it before the help was opened.
func (f *frame) active() pane {
	if f.focus == inHelp {
		return f.help.over
	}
	return f.focus
}

// refocus gives the focus to the pane that is to have it.
func (f *frame) refocus() { f.app.SetFocus(f.focused()) }

func (f *frame) setFocus(p pane) {
	from := f.focus
	f.focus = p
	f.refocus()
	if f.moved != nil && from != inHelp && p != inHelp && from != p {
		f.moved()
		f.refocus()
	}
}

// stepFocus moves the focus to the next pane, or by -1 to the one before.
func (f *frame) stepFocus(by int) {
	n := len(f.panes)
	p := f.focus
	for {
		if p = pane((int(p) + by + n) % n); f.offers(p) {
			break
		}
	}
	f.setFocus(p)
}

// part returns a pane below its title.
func (f *frame) part(p pane) *tview.Flex {
	return tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(f.titles[p], 1, 0, false).
		AddItem(f.panes[p], 0, 1, true)
}

func (f *frame) zoom()   { f.zoomed = !f.zoomed }
func (f *frame) redraw() { f.app.Sync() }
func (f *frame) quit()   { f.app.Stop() }
