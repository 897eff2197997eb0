package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// toRequest goes from a response to its request.
func (x *inspector) toRequest() {
	if !x.detail.toRequest() {
		x.say("there is no request")
	}
}

// toLastChange goes to the transaction that last changed the message that the cursor
// is on, whichever session's it was. What led there is played again, beside.
func (x *inspector) toLastChange() {
	i, ok := x.current()
	if !ok {
		return
	}
	number, ok := x.messageNumber(i)
	if !ok {
		x.say("this is about no single message")
		return
	}
	ctx := x.newSearch()
	x.say(fmt.Sprintf("looking for what last changed message %d …", number))
	reader := x.data.archive.Reader()
	row := x.data.archive.Row(i)
	ids := x.data.sharing(row.Conn)
	go func() {
		change, found, err := lastChange(ctx, reader, ids, row, number)
		if ctx.Err() != nil {
			return
		}
		x.later(func() {
			k, known := x.data.archive.Find(change.Conn, change.Txn)
			switch {
			case err != nil:
				x.fail(err)
			case !found || !known:
				x.say(fmt.Sprintf("no change of message %d was seen before this", number))
			default:
				x.goToTxn(k)
				x.say(fmt.Sprintf("message %d was last changed here: %s", number, change.What))
			}
		})
	}()
}

// messageNumber is the message that the cursor is on: that of the line in the
// detail, else the only one of the request.
func (x *inspector) messageNumber(i int) (uint32, bool) {
	if m := x.detail.under(); m != nil && m.Kind == decode.Untagged && m.Number > 0 && (m.Word == "FETCH" || m.Word == "STORE") {
		return m.Number, true
	}
	e := x.data.exchange(i)
	for _, m := range e.Messages {
		if m.Kind != decode.Request {
			continue
		}
		var p syntax.Parser
		if n := p.Request(&m.Message).FindRole(protocol.RoleMessageNumber); n != nil {
			set := syntax.ReadSequence(n, m.Raw)
			if len(set) == 1 && set[0].First == set[0].Last {
				return set[0].First, true
			}
		}
	}
	return 0, false
}

// sharing is a connection and those to the same server, which may have had the same
// mailbox.
func (d *data) sharing(id capture.ConnID) []capture.ConnID {
	ids := []capture.ConnID{id}
	mine, ok := d.archive.ConnOf(id)
	for k := 0; ok && k < d.archive.Conns() && len(ids) < maxSharing; k++ {
		if c := d.archive.Conn(k); c.ID != id && c.Server == mine.Server {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// maxSharing is how many connections are played again.
const maxSharing = 256

// errThere ends playing again.
var errThere = errors.New("there")

// lastChange plays connections again until a transaction's request, and says what by
// then had last changed a message of its mailbox.
func lastChange(ctx context.Context, r *archive.Reader, ids []capture.ConnID, until archive.Row, number uint32) (session.Change, bool, error) {
	w := &watcher{until: until, number: number}
	err := r.Replay(ctx, decode.NewDemux(decode.Options{}, w), ids...)
	if errors.Is(err, errThere) {
		err = nil
	}
	return w.change, w.found, err
}

// watcher follows sessions until it is there.
type watcher struct {
	session.World
	until  archive.Row
	number uint32
	change session.Change
	found  bool
}

// Open implements decode.Handler.
func (w *watcher) Open(c capture.Conn) error {
	w.World.Open(c)
	return nil
}

// Events implements decode.Handler.
func (w *watcher) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		m, ok := e.(*decode.Message)
		if ok && id == w.until.Conn && m.Txn != nil && m.Txn.N == w.until.N {
			if s := w.Session(id); s != nil && s.Mailbox != nil {
				if x := s.Mailbox.At(w.number); x != nil && len(x.Changes) > 0 {
					w.change, w.found = x.Changes[len(x.Changes)-1], true
					w.found = w.found && w.change.Txn > 0
				}
			}
			return errThere
		}
		decode.Follow(&w.World, id, e)
	}
	return nil
}

// commentMark begins a remark in a recording that is a person's comment on the
// transaction behind it.
const commentMark = "comment: "

// loadComments takes up the comments that were made earlier: those that a recording
// has, and those beside it.
func (x *inspector) loadComments() {
	missed := 0
	for _, c := range x.Comments {
		if i, ok := x.data.archive.Find(c.Conn, c.N); ok {
			x.comments[i] = c.Text
		} else {
			missed++
		}
	}
	if missed > 0 {
		x.say(fmt.Sprintf("%s: %s about no transaction of this capture", x.Beside, plural(missed, "comment")))
	}
	for k := range x.data.conns() {
		c := x.data.archive.Conn(k)
		if c.Notes == 0 {
			continue
		}
		waiting := ""
		err := x.data.reader.Items(c.ID, archive.Ref{}, func(it archive.Item) bool {
			if n, ok := it.Event.(*decode.Note); ok {
				if text, ok := strings.CutPrefix(n.Text, commentMark); ok {
					waiting = text
				}
			}
			if m, ok := it.Event.(*decode.Message); ok && m.Txn != nil && waiting != "" {
				if i, ok := x.data.archive.Find(c.ID, m.Txn.N); ok {
					x.comments[i] = waiting
				}
				waiting = ""
			}
			return true
		})
		x.fail(err)
	}
}
