package inspect

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"imapscope/ui/inspect/panes"
)

// where is a set of panes.
type where uint

const (
	conns    where = 1 << inConns
	txns     where = 1 << inTxns
	waiting  where = 1 << inWaiting
	detail   where = 1 << inDetail
	faults   where = 1 << inFaults
	anywhere where = conns | txns | waiting | detail | faults | 1<<inLesson
	overlaid where = anywhere | 1<<inHelp // in the help, too
)

// action is something the user can do: by a key, or by its name after ":". One table of
// actions feeds both, the help and the footer.
type action struct {
	name  string // for ":"
	keys  []string
	where where
	foot  string // in the footer; empty: not there
	help  string
	do    func(*inspector)
}

// worksIn reports whether the action can be done in a pane.
func (a *action) worksIn(p pane) bool { return a.where&(1<<p) != 0 }

func moving(m panes.Move) func(*inspector) { return func(x *inspector) { x.focused().Move(m) } }

func tabbing(t panes.Tab) func(*inspector) { return func(x *inspector) { x.openTab(t) } }

func stepping(by int) func(*inspector) { return func(x *inspector) { x.stepFocus(by) } }

// newActions returns all that can be done.
func newActions() []action {
	return []action{
		{"down", []string{"j", "Down"}, overlaid, "", "to the next line", moving(panes.Down)},
		{"up", []string{"k", "Up"}, overlaid, "", "to the line before", moving(panes.Up)},
		{"page-down", []string{"Ctrl-F", "PgDn", "Ctrl-D"}, overlaid, "", "a page down", moving(panes.PageDown)},
		{"page-up", []string{"Ctrl-B", "PgUp", "Ctrl-U"}, overlaid, "", "a page up", moving(panes.PageUp)},
		{"first", []string{"g", "Home"}, overlaid, "", "to the first line", moving(panes.First)},
		{"last", []string{"G", "End"}, overlaid, "", "to the last line; follow what arrives", (*inspector).toLast},
		{"left", []string{"h", "Left"}, anywhere, "", "scroll to the left; in Tree: fold; in Layers: to the list", moving(panes.Left)},
		{"right", []string{"l", "Right"}, anywhere, "", "scroll to the right; in Tree: unfold; in Layers: to the bytes", moving(panes.Right)},
		{"help", []string{"?", "F1"}, overlaid, "help", "the keys of this pane, and what its columns mean", (*inspector).openHelp},
		{"filter", []string{"f"}, anywhere, "filter", "show only transactions that match, as --filter does", (*inspector).askFilter},
		{"all", []string{"F"}, anywhere, "", "show all transactions again", (*inspector).showAll},
		{"sort", []string{"s"}, conns | txns, "sort", "sort by the next column, at last no longer; a click on a title sorts by that", (*inspector).sortNext},
		{"sort-reverse", []string{"S"}, conns | txns, "", "sort in the other direction", (*inspector).sortReverse},
		{"next-pane", []string{"Tab"}, anywhere, "pane", "to the next pane", stepping(1)},
		{"previous-pane", []string{"Backtab"}, anywhere, "", "to the pane before", stepping(-1)},
		{"open", []string{"Enter"}, overlaid, "open", "connections: only this one's transactions; transactions: the detail", (*inspector).open},
		{"back", []string{"q", "Esc"}, overlaid, "back", "back: from detail to transactions, from a filter to all; at last, quit", (*inspector).back},
		{"zoom", []string{"z"}, anywhere, "zoom", "this pane alone on the screen, and back", func(x *inspector) { x.zoom() }},
		{"annotated", []string{"1"}, txns | detail, "", "tab: the lines of the exchange, and what each word means", tabbing(panes.TabAnnotated)},
		{"tree", []string{"2"}, txns | detail, "", "tab: the syntax tree next to the bytes", tabbing(panes.TabTree)},
		{"message", []string{"3"}, txns | detail, "", "tab: a fetched message as a mail reader shows it", tabbing(panes.TabMessage)},
		{"timing", []string{"4"}, txns | detail, "", "tab: when each part was sent", tabbing(panes.TabTiming)},
		{"findings", []string{"5"}, txns | detail, "", "tab: problems that were found", tabbing(panes.TabFindings)},
		{"ladder", []string{"6"}, anywhere, "", "tab: the connection as two life lines", tabbing(panes.TabLadder)},
		{"layers", []string{"7"}, anywhere, "", "tab: TLS and compression, record by record, with their bytes", openConnTab(panes.TabLayers)},
		{"why", []string{"8"}, anywhere, "", "tab: why something went wrong, on this connection and on others; Enter goes to what shows it", openConnTab(panes.TabWhy)},
		{"next-tab", []string{"t", "]"}, txns | detail, "tab", "the next tab", func(x *inspector) { x.openTab(x.detail.Next(1)) }},
		{"previous-tab", []string{"T", "["}, txns | detail, "", "the tab before", func(x *inspector) { x.openTab(x.detail.Next(-1)) }},
		{"search", []string{"/"}, anywhere, "search", "look for a text in this pane", (*inspector).askSearch},
		{"next-match", []string{"n"}, anywhere &^ waiting, "", "to the next match", func(x *inspector) { x.match(false) }},
		{"previous-match", []string{"N"}, anywhere &^ waiting, "", "to the match before", func(x *inspector) { x.match(true) }},
		{"next-finding", []string{"."}, txns | detail, "", "to the next transaction with a finding", (*inspector).nextFinding},
		{"request", []string{"R"}, detail, "", "to the request of the response under the cursor", (*inspector).toRequest},
		{"last-change", []string{"u"}, txns | detail, "", "to the transaction that last changed this message", (*inspector).toLastChange},
		{"uid", []string{"U"}, txns | detail, "", "everything that all connections reported about this message, or about a UID", (*inspector).messageHistory},
		{"mailbox", []string{"B"}, txns | detail, "", "everything that all connections reported about this mailbox", (*inspector).mailboxHistory},
		{"bookmark", []string{"b"}, txns | detail, "", "set a bookmark here, or remove it", (*inspector).bookmark},
		{"next-bookmark", []string{"'"}, txns | detail, "", "to the next bookmark", (*inspector).nextBookmark},
		{"mark", []string{"m"}, txns | detail, "mark", "mark this transaction, or unmark it: for d and x", (*inspector).mark},
		{"diff", []string{"d"}, txns | detail, "", "what differs, by meaning, between the two that are marked, or played and recorded", (*inspector).diff},
		{"replay", []string{"r"}, anywhere, "", "replay what was recorded against the server again (replay --inspect)", (*inspector).replay},
		{"comment", []string{";"}, txns | detail, "", "write a comment on this transaction", (*inspector).askComment},
		{"copy-netcat", []string{"y"}, txns | detail, "", "copy the command as a line for netcat", (*inspector).copyNetcat},
		{"copy-curl", []string{"Y"}, txns | detail, "", "copy the command as a line for curl", (*inspector).copyCurl},
		{"export", []string{"x"}, anywhere, "export", "export the marked, the shown or all: text, JSON lines, Parquet, pcapng, transcript, mail", (*inspector).askExport},
		{"save", []string{"w"}, anywhere, "", "save the session, comments included, as pcapng", (*inspector).askSave},
		{"ladder-scale", []string{"S"}, detail, "", "Ladder: gaps to scale, or not", (*inspector).scaleLadder},
		{"ladder-save", []string{"L"}, detail, "", "Ladder: save as text or SVG", (*inspector).askSaveLadder},
		{"intercept", []string{"i"}, anywhere, "", "hold messages as they pass, to look at, edit or drop them (proxy --inspect --intercept)", (*inspector).askIntercept},
		{"faults", []string{"X"}, anywhere, "", "break the traffic on purpose (proxy --inspect --fault)", (*inspector).openFaults},
		{"pause", []string{"p"}, anywhere, "pause", "stop showing what arrives, or resume; nothing is lost", (*inspector).pause},
		{"secrets", []string{"Ctrl-S"}, anywhere, "", "show passwords and SASL responses, or mask them again", (*inspector).secrets},
		{"command", []string{":"}, anywhere, "", "any of these by its name, or a transaction by its number: 4, 2/4", (*inspector).askCommand},
		{"theme", []string{"Ctrl-T"}, anywhere, "", "the next theme: light, dark, the terminal's own colours", (*inspector).toggleTheme},
		{"redraw", []string{"Ctrl-L"}, anywhere, "", "draw the screen again", func(x *inspector) { x.redraw() }},
		{"quit", []string{"Q", "Ctrl-C"}, overlaid, "", "quit", func(x *inspector) { x.quit() }},
	}
}

// lessonActions returns what can be done in a lesson.
func lessonActions() []action {
	return []action{
		{"go-on", []string{"Space"}, anywhere, "go on", "the lesson: on to the next step, or give what this one asks for", (*inspector).goOn},
		{"answer", []string{"A"}, anywhere, "", "the lesson: give the answer that this step asks for", (*inspector).answer},
		{"notes", []string{"O"}, anywhere, "", "the lesson, presented to a class: the teacher's notes, or not", (*inspector).showNotes},
		{"hint", []string{"H"}, anywhere, "hint", "the lesson: a hint, and another one", (*inspector).lessonHint},
		{"type", []string{"!"}, anywhere, "", "the lesson: type a line to the server, where a step has one", (*inspector).typeLine},
		{"step-back", []string{"<"}, anywhere, "", "the lesson: back a step", (*inspector).lessonBack},
		{"skip", []string{">"}, anywhere, "", "the lesson: on to the next step without an answer", (*inspector).lessonSkip},
	}
}

// keyName returns a key as the table and the help name it.
func keyName(e *tcell.EventKey) string {
	switch e.Key() {
	case tcell.KeyRune:
		if e.Rune() == ' ' {
			return "Space"
		}
		return string(e.Rune())
	case tcell.KeyBacktab:
		return "Backtab"
	}
	name := tcell.KeyNames[e.Key()]
	return name
}

// keyed returns the action of a key in a pane; nil if there is none.
func keyed(actions []action, key string, p pane) *action {
	for i := range actions {
		a := &actions[i]
		if a.worksIn(p) && slices.Contains(a.keys, key) {
			return a
		}
	}
	return nil
}

// named returns the names of the actions that begin with a prefix.
func named(actions []action, prefix string) []string {
	var names []string
	for _, a := range actions {
		if strings.HasPrefix(a.name, prefix) {
			names = append(names, a.name)
		}
	}
	slices.Sort(names)
	return names
}
