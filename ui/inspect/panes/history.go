package panes

import (
	"fmt"

	"imapscope/decode/account"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// historyView is the tab of everything that connections reported about a message or a
// mailbox.
type historyView struct {
	*Pager
	model  *model.Model
	events []*account.Event // by line; nil for a line that leads nowhere
}

func newHistoryView(b base) *historyView {
	return &historyView{Pager: NewPager(b.theme), model: b.model}
}

// Show implements View: only History changes what is shown.
func (v *historyView) Show(*model.Exchange) {}

// maxHistory is how many events are listed.
const maxHistory = 10_000

// History shows what was reported.
func (v *historyView) History(h *model.History) {
	th := v.theme
	var out Lines
	v.events = nil
	add := func(e *account.Event, l ...Span) {
		out = append(out, l)
		v.events = append(v.events, e)
	}
	add(nil, Span{h.Title(), th.Strong}, Span{"  " + h.Count(), th.Faint})
	for _, c := range h.Changes() {
		add(c.Event, Span{"! " + c.Text, th.Bad})
	}
	for i, e := range h.Events {
		if i == maxHistory {
			add(nil, Span{fmt.Sprintf("… and %d more", len(h.Events)-i), th.Faint})
			break
		}
		style := th.Plain
		if e.Fact.Own {
			style = th.Client
		}
		line := Line{{view.Stamp(e.Fact.Time), th.Faint}, {fmt.Sprintf("  %-8s ", view.Place(e)), th.Strong}}
		if !h.OneMessage() {
			if names := view.Messages(&e.Fact); names != "" {
				line = append(line, Span{view.Inert(model.Cut(names, 40)) + ": ", th.Faint})
			}
		}
		add(e, append(line, Span{view.AccountEvent(e), style})...)
	}
	v.Pager.Show(out, min(len(out)-1, 1))
}

// Open implements opener: it leads to the transaction.
func (v *historyView) Open() Goal {
	if v.at >= len(v.events) || v.events[v.at] == nil {
		return Goal{}
	}
	e := v.events[v.at]
	if i, ok := v.model.Archive.Find(e.Conn.ID, e.Fact.Txn); ok {
		return Goal{To: ToTxn, Txn: i}
	}
	return Goal{}
}
