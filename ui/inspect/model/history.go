package model

import (
	"context"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/ui/view"
)

// History is what connections reported about a message, or about a mailbox.
type History struct {
	Box     *account.Mailbox
	Message account.Message // the zero Message: all of the mailbox
	Events  []*account.Event
}

// Of is what a history is asked of: a message of the mailbox that is selected in a
// transaction, or the zero Message for the mailbox.
type Of struct {
	Row     archive.Row
	Message account.Message // its UID or its Number
}

// HistoryOf replays connections, and returns what they reported about a message or a
// mailbox. It is nil if no mailbox was selected.
func HistoryOf(ctx context.Context, r *archive.Reader, ids []capture.ConnID, of Of) (*History, error) {
	w := newWatcher(of.Row, of.Message, true)
	w.Detailed = true
	if err := r.Replay(ctx, decode.NewDemux(decode.Options{}, w), ids...); err != nil {
		return nil, err
	}
	box := w.book.Accounts().MailboxOf(w.message.Conn, w.message.Seq)
	if box == nil {
		return nil, nil
	}
	h := &History{Box: box, Events: box.Events}
	if of.Message != (account.Message{}) {
		h.Message = w.message
		h.Events = box.About(w.message)
	}
	return h, nil
}

// OneMessage reports whether it is the history of one message.
func (h *History) OneMessage() bool { return h.Message != (account.Message{}) }

// Title returns what it is the history of.
func (h *History) Title() string {
	name := view.MailboxName(h.Box.Name)
	switch {
	case h.Message.UID != 0:
		return fmt.Sprintf("UID %d in %s", h.Message.UID, name)
	case h.Message.Number != 0:
		return fmt.Sprintf("message %d in %s", h.Message.Number, name)
	}
	return name + view.MailboxFigures(h.Box)
}

// Count returns how much there is, by how many connections.
func (h *History) Count() string {
	conns := make(map[*account.Conn]bool)
	for _, e := range h.Events {
		conns[e.Conn] = true
	}
	return Plural(len(h.Events), "report") + " by " + Plural(len(conns), "connection")
}

// Strange is something in the history of a mailbox that should not happen.
type Strange struct {
	Event *account.Event
	Text  string
}

// Changes returns what should not happen to a mailbox, and did: another UIDVALIDITY, figures
// that went back.
func (h *History) Changes() (out []Strange) {
	if h.OneMessage() {
		return nil
	}
	for i, v := range h.Box.Validities {
		if i > 0 {
			out = append(out, Strange{v.Event, view.ValidityChange(h.Box.Validities[i-1], v)})
		}
	}
	for i := range h.Box.Backs {
		b := &h.Box.Backs[i]
		out = append(out, Strange{b.Here, view.WentBack(b)})
	}
	return out
}

// watcher follows sessions, and learns what a message of a transaction's mailbox is when it
// has come to the transaction.
type watcher struct {
	session.World
	book    account.Book
	until   archive.Row
	on      bool // goes on after it
	there   bool // it has come to the transaction
	message account.Message
}

func newWatcher(until archive.Row, m account.Message, on bool) *watcher {
	w := &watcher{until: until, on: on, message: m}
	w.Report = w.book.Recorder("", "")
	return w
}

// Open implements decode.Handler.
func (w *watcher) Open(c capture.Conn) error {
	if c.ID == w.until.Conn {
		w.message.Conn = account.ConnOf(&c)
	}
	w.World.Open(c)
	return nil
}

// Events implements decode.Handler.
func (w *watcher) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if id != w.until.Conn {
			decode.Follow(&w.World, id, e)
			continue
		}
		m, ok := e.(*decode.Message)
		if ok && !w.there && m.Txn != nil && m.Txn.N == w.until.N {
			w.there = true
			w.learn(id)
			if !w.on {
				return errThere
			}
		}
		decode.Follow(&w.World, id, e)
		if t, ok := e.(*decode.Transaction); ok && t.N == w.until.N && w.message.UID == 0 {
			w.learnLater(id, t)
		}
	}
	return nil
}

// learn looks up the message as the transaction begins.
func (w *watcher) learn(id capture.ConnID) {
	s := w.Session(id)
	if s == nil {
		return
	}
	w.message.Seq = s.Facts()
	if s.Mailbox != nil && w.message.UID == 0 {
		w.message.UID, _ = s.Mailbox.UID(w.message.Number)
	}
}

// learnLater looks it up at the end of the transaction, which may have shown the UID, or by
// SELECT the mailbox.
func (w *watcher) learnLater(id capture.ConnID, t *decode.Transaction) {
	s := w.Session(id)
	if s == nil || s.Mailbox == nil {
		return
	}
	for _, k := range t.Data {
		if row := decode.RowOf(decode.Untagged, k.Kind); row.Does(protocol.Removes) || row.Does(protocol.Vanishes) {
			return // the numbers are others now
		}
	}
	w.message.Seq = s.Facts()
	w.message.UID, _ = s.Mailbox.UID(w.message.Number)
}
