package panes

import (
	"imapscope/capture"
	"imapscope/proxy/intercept"
	"imapscope/ui/inspect/model"
)

// waitingColumns returns the columns of what waits.
func waitingColumns() []Column {
	return []Column{
		{Title: "", Help: "→ a message of the client, ← of the server", width: 1},
		{Title: "#", Help: "the transaction's number on its connection; of several, with the connection's before it: 2/4", width: 9, right: true, least: 60},
		{Title: "message", Help: "what is held; passwords masked, literals as {n}"},
		{Title: "waits", Help: "for how long it has been held", width: 7, right: true},
		{Title: "left", Help: "how long until it is released as it is", width: 7, right: true},
	}
}

// Waiting is the table of the messages that the proxy holds.
type Waiting struct {
	*Grid
	model *model.Model
	id    int // of the message under the cursor
}

// NewWaiting returns the table of what waits according to a model.
func NewWaiting(t *Theme, m *model.Model) *Waiting {
	b := base{t, m}
	w := &Waiting{Grid: newGrid(t, waitingColumns(), waitingRows{b}), model: m}
	w.SetEmptyFunc(func() []string { return []string{"Nothing waits."} })
	return w
}

// Name implements Pane.
func (w *Waiting) Name() string { return "Waiting" }

// Title implements Pane.
func (w *Waiting) Title() Line {
	l := Line{{" " + model.Number(len(w.model.Waiting.Held)), w.theme.Plain}}
	if len(w.model.Waiting.Held) > 0 {
		for _, k := range [][2]string{{"a", "resume"}, {"A", "all"}, {"e", "edit"}} {
			l = append(l, Span{"  " + k[0], w.theme.Key}, Span{" " + k[1], w.theme.Faint})
		}
	}
	return l
}

// Current returns the message under the cursor; false if nothing waits. It is the oldest, unless
// the cursor was moved.
func (w *Waiting) Current() (*intercept.Held, bool) {
	held := w.model.Waiting.Held
	if w.at >= len(held) {
		return nil, false
	}
	return held[w.at], true
}

// Follow keeps the cursor on its message after a change of what waits; if that is gone, it goes to
// the oldest. It reports whether the message is another one.
func (w *Waiting) Follow() bool {
	was := w.id
	if _, i := w.model.Waiting.Find(w.id); i >= 0 {
		w.at = i
	} else {
		w.at, w.id = 0, 0
		if h, ok := w.Current(); ok {
			w.id = h.ID
		}
	}
	return w.id != was
}

// Settle makes the message under the cursor the one that the cursor stays on.
func (w *Waiting) Settle() {
	if h, ok := w.Current(); ok {
		w.id = h.ID
	}
}

// Open implements Pane.
func (w *Waiting) Open() Goal { return Goal{To: ToDetail} }

// Find implements Pane.
func (w *Waiting) Find(word string, back bool) bool { return w.find(word, back) }

// waitingRows are what waits as rows.
type waitingRows struct{ base }

func (w waitingRows) Len() int { return len(w.model.Waiting.Held) }

func (w waitingRows) Cells(i int) []Span {
	th, now := w.theme, &w.model.Waiting
	h := now.Held[i]
	arrow, style := "→", th.Client
	if h.Dir == capture.ServerToClient {
		arrow, style = "←", th.Server
	}
	number := ""
	if h.Txn > 0 {
		number = w.model.LabelOf(h.Conn.ID, h.Txn)
	}
	return []Span{
		{arrow, style},
		{number, th.Faint},
		{w.model.HeldLine(h), style},
		{clock(now.Now.Sub(h.Since)), th.Plain},
		{clock(now.Left(h)), th.Plain},
	}
}
