package inspect

import (
	"fmt"
	"strconv"

	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// messageHistory shows what all connections reported about the message that the cursor is
// on, or, if it is on none, about a message whose UID it asks for.
func (x *inspector) messageHistory() {
	i, ok := x.current()
	if !ok {
		return
	}
	if m, ok := x.messageOf(i); ok {
		x.history(i, m)
		return
	}
	x.ask(question{
		label: "UID: ",
		check: func(text string) (string, int) {
			if _, ok := parseUID(text); !ok && text != "" {
				return "a UID is a number from 1 to 4294967295", 0
			}
			return "", -1
		},
		done: func(text string) {
			if uid, ok := parseUID(text); ok {
				x.history(i, account.Message{UID: uid})
			}
		},
	})
}

func parseUID(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil && n > 0
}

// mailboxHistory shows what all connections reported about the mailbox.
func (x *inspector) mailboxHistory() {
	if i, ok := x.current(); ok {
		x.history(i, account.Message{})
	}
}

// history shows what all connections reported about a message, or the mailbox, of a
// transaction. They are replayed in the background.
func (x *inspector) history(i int, m account.Message) {
	ctx := x.search.begin()
	x.report("looking at what was reported …")
	reader := x.model.Archive.Reader()
	row := x.model.Archive.Row(i)
	ids := x.model.Sharing(row.Conn)
	go func() {
		h, err := model.HistoryOf(ctx, reader, ids, model.Of{Row: row, Message: m})
		if ctx.Err() != nil {
			return
		}
		x.later(func() {
			switch {
			case err != nil:
				x.reportError(err)
			case h == nil:
				x.report("no mailbox is selected here")
			case len(h.Events) == 0:
				x.report("nothing was reported about " + h.Title())
			default:
				x.detail.History(h)
				x.setFocus(inDetail)
				x.report(fmt.Sprintf("%s: %s; Enter goes to the transaction", view.Inert(h.Title()), h.Count()))
			}
		})
	}()
}

// messageOf returns the message that the cursor is on: by the UID that a request names, or
// by number.
func (x *inspector) messageOf(i int) (account.Message, bool) {
	if n, ok := x.messageNumber(i); ok {
		return account.Message{Number: n}, true
	}
	for _, m := range x.model.Exchange(i).Messages {
		if m.Kind != decode.Request || m.Row == nil || !m.Row.UID {
			continue
		}
		if n := x.parser.Request(&m.Message).FindRole(protocol.RoleUID); n != nil {
			set := syntax.ReadSequence(n, m.Raw)
			if len(set) == 1 && set[0].First == set[0].Last && set[0].First != syntax.Star {
				return account.Message{UID: set[0].First}, true
			}
		}
	}
	return account.Message{}, false
}
