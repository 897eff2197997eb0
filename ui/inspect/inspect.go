package inspect

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// Options are what an inspector shows, and what it can do beyond looking.
type Options struct {
	Archive *archive.Archive
	View    view.Options

	Source string   // what is looked at: a file's name, "proxy 127.0.0.1:1143"
	Hint   []string // what to do while nothing has come, a line each
	Live   bool     // more may come at any time

	Filter string // to begin with, as --filter has it

	// Progress, if set, is how much of the source has been read, from 0 to 1.
	Progress func() float64
	// Ended is closed once nothing more will come; its error is why.
	Ended <-chan error

	Export Exporter // nil: nothing can be written

	Replay Replayer // nil: nothing can be played; else all of it is at once

	Guide Guide // nil: no lesson stands beside

	// Findings are looked for while the archive is filled; nil: only what the decoder
	// knows is remarked on.
	Findings *view.Findings

	Comments []Comment // that were made earlier, and are not in the source
	Beside   string    // the file that they came from, and go to again; may be empty

	NoColor bool
	Screen  tcell.Screen // for tests; nil is the terminal
	// Copy takes what is to be pasted elsewhere; nil is the terminal's clipboard
	// (OSC 52).
	Copy func(text string) error
}

// Replayer plays what is shown against a server; what comes of it is shown as further
// connections. Its methods may be called concurrently.
type Replayer interface {
	// Replay plays all that was recorded, once it has been read, and says in a line what
	// came of it.
	Replay(ctx context.Context) (string, error)
	// Twin is the transaction that was played last in place of a recorded one, or the
	// recorded one in place of which it was played, and whether they differ by meaning.
	Twin(c capture.ConnID, n int) (twin capture.ConnID, m int, played, differs, ok bool)
}

// Comment is what a person wrote on a transaction.
type Comment struct {
	Conn capture.ConnID `json:"conn"`
	N    int            `json:"n"` // of the transaction in its connection
	Text string         `json:"comment"`
}

// Run shows the inspector until it is left or ctx ends.
func Run(ctx context.Context, o Options) error {
	x := newInspector(o)
	if o.Filter != "" {
		if err := x.setFilter(o.Filter); err != nil {
			return err
		}
	}
	return x.run(ctx)
}

// inspector is the whole screen. All of it belongs to tview's goroutine.
type inspector struct {
	Options
	app     *tview.Application
	theme   theme
	actions []action
	data    *data
	parser  syntax.Parser

	root, foot, main *tview.Flex
	pages            *tview.Pages
	titles           [panes]*title
	conns, txns      *grid
	detail           *detailPane
	guide            *guidePane
	prompt           *prompt
	status           *statusLine

	focus  pane
	zoomed bool
	wide   bool // the detail stands beside the transactions

	list   *list // the transactions that are shown
	follow bool  // the cursor stays on the last one
	paused bool
	ended  bool
	endErr error

	replays func() // plays what was recorded

	find      string // searched for last
	pending   func() // a jump that waits for what a search finds
	search    context.CancelFunc
	bookmarks map[int]bool
	comments  map[int]string
	marked    []int // transactions, oldest mark first
	said      string
	screen    tcell.Screen
	gone      chan struct{} // closed once it is left
	helpPager *pager
}

// ownColours leaves the terminal its own colours. They are tview's for all of a process,
// so that inspectors side by side, as in tests, set them once.
var ownColours = sync.OnceFunc(func() { tview.Styles = tview.Theme{} })

func newInspector(o Options) *inspector {
	x := &inspector{
		Options:   o,
		app:       tview.NewApplication(),
		theme:     newTheme(!o.NoColor),
		actions:   newActions(),
		focus:     inTxns,
		gone:      make(chan struct{}),
		follow:    o.Live && o.Guide == nil,
		bookmarks: make(map[int]bool),
		comments:  make(map[int]string),
	}
	ownColours()
	x.data = newData(o.Archive, o.View)
	x.list = newList(x.data)
	x.conns = newGrid(&x.theme, connColumns, connRows{x})
	x.conns.empty = func() []string { return x.Hint }
	x.txns = newGrid(&x.theme, txnColumns, txnRows{x})
	x.txns.empty = x.noTransactions
	x.txns.moved = func(int) { x.selected() }
	x.conns.moved = func(int) {}
	x.detail = newDetail(x)
	x.guide = newGuide(x)
	if o.Guide != nil {
		x.actions = append(guideActions(), x.actions...)
	}
	x.prompt = newPrompt(x)
	x.status = &statusLine{Box: tview.NewBox(), x: x}
	x.lay()
	x.app.SetInputCapture(x.key)
	if o.Screen != nil {
		x.app.SetScreen(o.Screen)
	}
	return x
}

// lay puts the panes together: below one another, or on a wide screen with the
// detail beside the transactions.
func (x *inspector) lay() {
	for p := range panes {
		x.titles[p] = &title{Box: tview.NewBox(), x: x, pane: p}
	}
	x.foot = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(x.prompt.hint, 0, 0, false).
		AddItem(x.prompt, 0, 0, false).
		AddItem(x.status, 1, 0, false)
	x.main = tview.NewFlex()
	x.root = tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(x.main, 0, 1, true).
		AddItem(x.foot, 1, 0, false)
	x.pages = tview.NewPages().AddPage("main", x.root, true, true)
	x.app.SetRoot(x.pages, true).EnableMouse(true)
	x.app.SetBeforeDrawFunc(func(s tcell.Screen) bool {
		x.screen = s
		w, h := s.Size()
		x.arrange(w, h)
		return false
	})
	x.app.SetFocus(x.txns)
}

// wideFrom is the width from which on the detail stands beside the transactions.
const wideFrom = 160

// minTxns is how many rows the transactions have at least, where they have no need of
// half of the screen.
const minTxns = 8

// arrange divides the screen.
func (x *inspector) arrange(width, height int) {
	m := x.main
	m.Clear()
	part := func(p pane) *tview.Flex {
		return tview.NewFlex().SetDirection(tview.FlexRow).
			AddItem(x.titles[p], 1, 0, false).
			AddItem(x.primitive(p), 0, 1, true)
	}
	if x.zoomed {
		m.AddItem(part(x.focus), 0, 1, true)
		return
	}
	if x.Guide != nil {
		m, width, height = x.beside(m, part(inGuide), width, height)
	}
	connHeight := min(max(x.data.conns(), 1), max(height/6, 2)) + 2
	if x.focus == inConns {
		connHeight = min(max(x.data.conns()+2, len(x.Hint)+2), max(height/2, 4))
	} else if x.data.conns() == 0 {
		connHeight = min(len(x.Hint)+2, height/2)
	}
	if x.Guide != nil && height < guideRoom && x.focus != inConns {
		connHeight = 0 // nobody misses them
	}
	m.SetDirection(tview.FlexRow).AddItem(part(inConns), connHeight, 0, false)
	if x.wide = width >= wideFrom; x.wide {
		m.AddItem(tview.NewFlex().
			AddItem(part(inTxns), 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(part(inDetail), 0, 1, false), 0, 1, true)
		return
	}
	half := (height - connHeight) / 2
	m.AddItem(part(inTxns), min(half, max(x.list.Len()+2, minTxns)), 0, true).AddItem(part(inDetail), 0, 1, false)
}

// How wide the lesson is beside the rest, and how high below it.
const (
	guideWidth  = 56
	guideBeside = 120 // the width from which on it is beside
	guideHeight = 9
	guideRoom   = 20 // the height of the rest from which on connections are shown
)

// beside divides the screen between a lesson and the rest, which it returns.
func (x *inspector) beside(m, lesson *tview.Flex, width, height int) (rest *tview.Flex, w, h int) {
	rest = tview.NewFlex()
	if width >= guideBeside {
		m.SetDirection(tview.FlexColumn).
			AddItem(rest, 0, 1, true).
			AddItem(tview.NewBox(), 1, 0, false).
			AddItem(lesson, guideWidth, 0, false)
		return rest, width - guideWidth - 1, height
	}
	high := min(max(x.guide.content.Len()+1, guideHeight), height/2)
	m.SetDirection(tview.FlexRow).AddItem(rest, 0, 1, true).AddItem(lesson, high, 0, false)
	return rest, width, height - high
}

func (x *inspector) primitive(p pane) tview.Primitive {
	return [panes]tview.Primitive{x.conns, x.txns, x.detail, x.guide}[p]
}

// body is the pane's cursor.
func (x *inspector) body(p pane) mover {
	return [panes]mover{x.conns, x.txns, x.detail, x.guide}[p]
}

// run draws and takes keys until it is left.
func (x *inspector) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.watch(ctx)
	}()
	var replays sync.WaitGroup
	x.replays = func() {
		replays.Go(func() {
			text, err := x.Replay.Replay(ctx)
			x.later(func() {
				x.say(text)
				x.fail(err)
			})
		})
	}
	if x.Replay != nil {
		x.replays()
	}
	err := x.app.Run()
	close(x.gone)
	cancel()
	replays.Wait()
	if x.search != nil {
		x.search()
	}
	x.list.stop()
	<-done
	return err
}

// later runs f where the inspector runs, and draws. It returns once that is done, or
// once the inspector is left: tview would wait for ever then.
func (x *inspector) later(f func()) {
	done := make(chan struct{})
	go func() {
		x.app.QueueUpdateDraw(f)
		close(done)
	}()
	select {
	case <-done:
	case <-x.gone:
	}
}

// watchEvery is how often the screen is drawn at most for what comes in.
const watchEvery = 100 * time.Millisecond

// watch draws what comes in.
func (x *inspector) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	ended := x.Ended
	seen := uint64(0)
	for {
		select {
		case <-ctx.Done():
			select {
			case <-x.gone:
			default:
				// In its own loop: it may be about to end by itself.
				x.later(x.app.Stop)
			}
			return
		case err := <-ended:
			ended = nil
			x.later(func() {
				x.ended, x.endErr = true, err
				x.refresh()
				x.loadComments()
			})
		case <-tick.C:
			v := x.data.version() + x.list.version()
			if x.Guide != nil {
				v += x.Guide.Version()
			}
			if v != seen {
				seen = v
				x.later(x.refresh)
			}
		}
	}
}

// refresh takes up what has come.
func (x *inspector) refresh() {
	if !x.paused {
		x.list.extend()
	}
	if x.follow && !x.paused {
		x.txns.goTo(x.list.Len() - 1)
	}
	x.arrived()
	if x.Guide != nil {
		x.guide.follow()
	}
}

// key handles a key: a prompt's own keys are its own.
func (x *inspector) key(e *tcell.EventKey) *tcell.EventKey {
	if x.prompt.open {
		return x.promptKey(e)
	}
	if x.pages.HasPage("help") {
		return x.helpKey(e)
	}
	x.said = ""
	if a := keyed(x.actions, keyName(e), x.focus); a != nil {
		a.do(x)
	}
	return nil
}

// panes is how many there are.
func (x *inspector) panes() pane {
	if x.Guide == nil {
		return inGuide
	}
	return panes
}

// refocus gives the focus to the pane that has it.
func (x *inspector) refocus() { x.app.SetFocus(x.primitive(x.focus)) }

func (x *inspector) setFocus(p pane) {
	x.focus = p
	x.refocus()
}

func (x *inspector) nextPane()     { x.setFocus((x.focus + 1) % x.panes()) }
func (x *inspector) previousPane() { x.setFocus((x.focus + x.panes() - 1) % x.panes()) }
func (x *inspector) zoom()         { x.zoomed = !x.zoomed }
func (x *inspector) redraw()       { x.app.Sync() }
func (x *inspector) quit()         { x.app.Stop() }

// open goes into what is under the cursor.
func (x *inspector) open() {
	switch x.focus {
	case inConns:
		if c, ok := x.conn(); ok {
			x.list.only(c)
			x.setFocus(inTxns)
			x.txns.goTo(0)
			x.selected()
		}
	case inTxns:
		x.setFocus(inDetail)
	case inDetail:
		x.detail.open()
	}
}

// back undoes the last step into something.
func (x *inspector) back() {
	switch {
	case x.zoomed:
		x.zoomed = false
	case x.focus == inDetail && x.detail.back():
	case x.focus != inTxns:
		x.setFocus(inTxns)
	case x.list.narrowed():
		x.showAll()
	default:
		x.quit()
	}
}

// toLast also follows what comes.
func (x *inspector) toLast() {
	x.body(x.focus).move(last)
	if x.focus == inTxns && x.Live && !x.ended {
		x.follow = true
	}
}

// pause stops what is shown; what comes meanwhile is kept and shown later.
func (x *inspector) pause() {
	if x.paused = !x.paused; !x.paused {
		x.refresh()
	}
}

// secrets shows or masks secrets.
func (x *inspector) secrets() {
	x.data.view.ShowSecrets = !x.data.view.ShowSecrets
	x.data.forget()
	x.selected()
	if x.data.view.ShowSecrets {
		x.say("secrets are shown, not masked")
	} else {
		x.say("secrets are masked")
	}
}

// say tells something at the foot of the screen, until the next key.
func (x *inspector) say(text string) { x.said = text }

// fail says what went wrong.
func (x *inspector) fail(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		x.said = err.Error()
	}
}
