package inspect

import (
	"fmt"
	"strings"

	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// toRequest goes from a response to its request.
func (x *inspector) toRequest() {
	if !x.detail.ToRequest() {
		x.report("there is no request")
	}
}

// toLastChange goes to the transaction that last changed the message that the cursor is
// on, whichever session's it was. What led there is replayed in the background.
func (x *inspector) toLastChange() {
	i, ok := x.current()
	if !ok {
		return
	}
	number, ok := x.messageNumber(i)
	if !ok {
		x.report("this does not concern a single message")
		return
	}
	ctx := x.search.begin()
	x.report(fmt.Sprintf("looking for what last changed message %d …", number))
	reader := x.model.Archive.Reader()
	row := x.model.Archive.Row(i)
	ids := x.model.Sharing(row.Conn)
	go func() {
		change, err := model.LastChange(ctx, reader, ids, row, number)
		if ctx.Err() != nil {
			return
		}
		x.later(func() {
			if err != nil {
				x.reportError(err)
				return
			}
			if change != nil {
				if k, known := x.model.Archive.Find(change.Conn.ID, change.Fact.Txn); known {
					x.goToTxn(k)
					x.report(fmt.Sprintf("message %d was last changed here: %s", number, view.AccountFact(&change.Fact)))
					return
				}
			}
			x.report(fmt.Sprintf("no change of message %d was seen before this", number))
		})
	}()
}

// messageNumber returns the message that the cursor is on: that of the line in the
// detail, else the only one of the request.
func (x *inspector) messageNumber(i int) (uint32, bool) {
	if m := x.detail.Under(); m != nil && m.Kind == decode.Untagged && m.Number > 0 && m.Row.Does(protocol.Describes) {
		return m.Number, true
	}
	e := x.model.Exchange(i)
	for _, m := range e.Messages {
		if m.Kind != decode.Request {
			continue
		}
		if n := x.parser.Request(&m.Message).FindRole(protocol.RoleMessageNumber); n != nil {
			set := syntax.ReadSequence(n, m.Raw)
			if len(set) == 1 && set[0].First == set[0].Last {
				return set[0].First, true
			}
		}
	}
	return 0, false
}

// commentMark begins a note in a recording that is the user's comment on the transaction
// after it.
const commentMark = "comment: "

// loadComments loads the comments that were made earlier: those in a recording, and those
// in the file next to it.
func (x *inspector) loadComments() {
	missed := 0
	for _, c := range x.Comments {
		if i, ok := x.model.Archive.Find(c.Conn, c.N); ok {
			x.model.Marks.Comments[i] = c.Text
		} else {
			missed++
		}
	}
	if missed > 0 {
		x.report(fmt.Sprintf("%s: %s on transactions that are not in this capture", x.Beside, model.Plural(missed, "comment")))
	}
	for k := range x.model.Conns() {
		c := x.model.Archive.Conn(k)
		if c.Notes == 0 {
			continue
		}
		waiting := ""
		err := x.model.Reader.Items(c.ID, archive.Ref{}, func(it archive.Item) bool {
			if n, ok := it.Event.(*decode.Note); ok {
				if text, ok := strings.CutPrefix(n.Text, commentMark); ok {
					waiting = text
				}
			}
			if m, ok := it.Event.(*decode.Message); ok && m.Txn != nil && waiting != "" {
				if i, ok := x.model.Archive.Find(c.ID, m.Txn.N); ok {
					x.model.Marks.Comments[i] = waiting
				}
				waiting = ""
			}
			return true
		})
		x.reportError(err)
	}
}
