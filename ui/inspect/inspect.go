package inspect

import (
	"context"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
	"imapscope/ui/inspect/model"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/learn"
	"imapscope/ui/view"
)

// Options are what an inspector shows, and what else it can do.
type Options struct {
	Archive *archive.Archive
	View    view.Options

	Source string   // what is shown: a file's name, "proxy 127.0.0.1:1143"
	Hint   []string // what to do while nothing has arrived, a line each
	Live   bool     // more may arrive at any time

	Filter string // to begin with, as --filter has it

	// Progress, if set, returns how much of the source has been read, from 0 to 1.
	Progress func() float64
	// Ended delivers why the source has ended (nil: it is complete), once it has.
	Ended <-chan error

	Export Exporter // nil: nothing can be written

	Replay Replayer // nil: nothing can be replayed; else all of it is at once

	Guide Guide // nil: there is no lesson

	// Holds holds messages for the user; nil: nothing can be held. Run closes it, so that
	// all that waits is released.
	Holds *intercept.Holds
	// Faults break the traffic; nil: none can be added.
	Faults    *fault.Set
	FaultHelp string // the text of 'imapscope help faults'
	// Editor edits a file, with the terminal to itself, until ctx is done; nil: texts are
	// edited in a pane.
	Editor  func(ctx context.Context, file string) error
	waiting func() []*intercept.Held // what waits; nil is Holds.Waiting

	// Now returns the time; nil is time.Now.
	Now func() time.Time

	// Findings are collected while the archive is filled; nil: only the decoder's own
	// remarks are shown.
	Findings *view.Findings

	// Acts is what the proxy did, collected while the archive is filled; may be nil.
	Acts *view.Acts

	Comments []Comment // made earlier, and not part of the source
	Beside   string    // the file that they came from, and go to again; may be empty

	NoColor bool
	Theme   panes.Look // with NoColor it does not matter
	// AskTheme has the terminal asked for its background: if that is light, the theme is.
	AskTheme bool
	Screen   tcell.Screen // for tests; nil is the terminal
	// Copy stores what is to be pasted elsewhere; nil uses the terminal's clipboard
	// (OSC 52).
	Copy func(text string) error
}

// Exporter writes what the user chose to files.
type Exporter interface {
	// Formats returns the endings of names that choose what is written: "txt", "jsonl",
	// "pcapng", "eml", "mbox".
	Formats() []string
	// Export writes transactions of the archive to a file, in the format that its name
	// ends in, and returns a line about what it wrote. An existing file is not replaced.
	Export(name string, txns []int, comments map[int]string) (string, error)
	// Save writes the whole session with comments, or the comments alone, depending on
	// the name's ending, and returns a line about it.
	Save(name string, comments map[int]string) (string, error)
	// Write writes a file whose content exists already: a ladder.
	Write(name string, content []byte) error
}

// Replayer replays what is shown against a server; the results are shown as further
// connections. Its methods may be called concurrently.
type Replayer interface {
	// Replay replays all that was recorded, once it has been read, and returns the
	// result in a line.
	Replay(ctx context.Context) (string, error)
	// Twin returns the transaction that was last replayed in place of a recorded one, or
	// the recorded one in place of which it was replayed, and whether they differ by
	// meaning.
	Twin(c capture.ConnID, n int) (twin capture.ConnID, m int, played, differs, ok bool)
}

// Guide is a lesson shown next to the transactions: a text in steps, some of which point at
// something or ask a question. Its methods do not block. *learn.Tutor implements it.
type Guide interface {
	Page() learn.Page
	Version() uint64 // changes whenever Page does
	Next() bool      // false if the step still asks, or if it was the last
	Back() bool
	Skip() bool
	Hint()
	Answer(text string)
	Found(conn, n int) // a transaction, of a connection counted from 1; 0 is its greeting
	Type(line string)
	Reveal() bool // shows the answer to a class; false if there is none to show
	Notes()       // shows the teacher's notes, or hides them
}

// Comment is the user's comment on a transaction.
type Comment struct {
	Conn capture.ConnID `json:"conn"`
	N    int            `json:"n"` // of the transaction in its connection
	Text string         `json:"comment"`
}

// Run shows the inspector until the user quits or ctx ends.
func Run(ctx context.Context, o Options) error {
	x := newInspector(o)
	if o.Filter != "" {
		if err := x.setFilter(o.Filter); err != nil {
			return err
		}
	}
	return x.run(ctx)
}

// inspector is the whole screen: the frame, the panes in it, and what keys do. All of it
// belongs to tview's goroutine.
type inspector struct {
	Options
	*frame
	model  *model.Model
	conns  *panes.Conns
	txns   *panes.Txns
	detail *panes.Detail
	lesson *panes.Lesson // nil: there is none
	hands  hands

	parser syntax.Parser
	scheme panes.Look
	source sourceState
	search search
	taught taught
	play   func()                  // replays what was recorded
	edit   func(file string) error // runs the Editor

	composer *composer // nil unless it is open
}

// sourceState is the state of the source, and whether the cursor follows it.
type sourceState struct {
	follow bool // the cursor stays on the last transaction
	paused bool
	ended  bool
	err    error // why it ended
}

// ownColours leaves the terminal its own colours. They are tview's for all of a process,
// so that concurrent inspectors, as in tests, set them once.
var ownColours = sync.OnceFunc(func() { tview.Styles = tview.Theme{} })

func newInspector(o Options) *inspector {
	ownColours()
	if o.NoColor {
		o.Theme = panes.NoLook
	}
	theme := panes.NewTheme(o.Theme, paletteColours)
	x := &inspector{Options: o, model: newModel(&o), scheme: o.Theme}
	x.source.follow = o.Live && o.Guide == nil
	x.conns = panes.NewConns(theme, x.model)
	x.conns.SetEmptyFunc(func() []string { return x.Hint })
	x.conns.SetMovedFunc(func() {
		if _, ok := x.current(); !ok {
			x.selected()
		}
	})
	x.txns = panes.NewTxns(theme, x.model)
	x.txns.SetMovedFunc(x.selected)
	x.txns.SetSortedFunc(func() { x.sorted(x.txns) })
	x.conns.SetSortedFunc(func() { x.sorted(x.conns) })
	x.detail = panes.NewDetail(theme, x.model)
	all := []panes.Pane{inConns: x.conns, inTxns: x.txns, inDetail: x.detail, inLesson: nil}
	actions := x.newHands(theme, all)
	if o.Guide != nil {
		p := o.Guide.Page()
		x.lesson = panes.NewLesson(theme, p)
		x.taught.step = -1
		x.model.SetBlind(p.Blind)
		all[inLesson] = x.lesson
		actions = append(lessonActions(), actions...)
	}
	x.frame = newFrame(theme, all, actions, o.Screen)
	x.hides, x.moved = x.hidden, x.focusMoved
	x.status.text = x.state
	x.main.arrange = x.arrange
	x.main.opened = x.opened
	x.app.SetInputCapture(x.key)
	return x
}

func newModel(o *Options) *model.Model {
	m := model.New(o.Archive, o.View)
	m.Findings, m.Acts = o.Findings, o.Acts
	if o.Replay != nil {
		m.Differs = func(r *archive.Row) bool {
			_, _, _, differs, ok := o.Replay.Twin(r.Conn, r.N)
			return ok && differs
		}
	}
	return m
}

// current returns the transaction under the cursor, its index among all; false if there is
// none.
func (x *inspector) current() (int, bool) { return x.txns.Current() }

// key handles a key: a prompt has keys of its own.
func (x *inspector) key(e *tcell.EventKey) *tcell.EventKey {
	if x.prompt.open {
		return x.promptKey(e)
	}
	if x.composer != nil {
		return x.composeKey(e)
	}
	x.report("")
	name := keyName(e)
	if x.focus == inHelp {
		name = helpKey(name)
	}
	if a := keyed(x.actions, name, x.focus); a != nil {
		a.do(x)
	}
	return nil
}
