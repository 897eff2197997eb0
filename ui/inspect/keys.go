package inspect

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// pane is a part of the screen that can have the focus.
type pane int

const (
	inConns pane = iota
	inTxns
	inDetail
	inGuide // only in a lesson
	panes
)

var paneNames = [panes]string{"Connections", "Transactions", "Detail", "Lesson"}

// where is a set of panes.
type where uint

const (
	conns    where = 1 << inConns
	txns     where = 1 << inTxns
	detail   where = 1 << inDetail
	guide    where = 1 << inGuide
	anywhere where = conns | txns | detail | guide
)

// action is something a person can do: by a key, by its name after ":", from the
// help. This one table feeds all three, and the footer.
type action struct {
	name  string // for ":"
	keys  []string
	where where
	foot  string // in the footer; empty: not there
	help  string
	do    func(*inspector)
}

// move is a way to move a cursor.
type move int

const (
	down move = iota
	up
	pageDown
	pageUp
	first
	last
	left
	right
)

// mover is a pane with a cursor.
type mover interface{ move(move) }

func moving(m move) func(*inspector) { return func(x *inspector) { x.body(x.focus).move(m) } }

// newActions is all that can be done.
func newActions() []action {
	return []action{
		{"down", []string{"j", "Down"}, anywhere, "", "to the next line", moving(down)},
		{"up", []string{"k", "Up"}, anywhere, "", "to the line before", moving(up)},
		{"page-down", []string{"Ctrl-F", "PgDn", "Ctrl-D"}, anywhere, "", "a page on", moving(pageDown)},
		{"page-up", []string{"Ctrl-B", "PgUp", "Ctrl-U"}, anywhere, "", "a page back", moving(pageUp)},
		{"first", []string{"g", "Home"}, anywhere, "", "to the first line", moving(first)},
		{"last", []string{"G", "End"}, anywhere, "", "to the last line; follow what comes", (*inspector).toLast},
		{"left", []string{"h", "Left"}, anywhere, "", "scroll to the left; in Tree: fold", moving(left)},
		{"right", []string{"l", "Right"}, anywhere, "", "scroll to the right; in Tree: unfold", moving(right)},
		{"help", []string{"?", "F1"}, anywhere, "help", "the keys of this pane, and what its columns mean", (*inspector).help},
		{"next-pane", []string{"Tab"}, anywhere, "pane", "to the next pane", (*inspector).nextPane},
		{"previous-pane", []string{"Backtab"}, anywhere, "", "to the pane before", (*inspector).previousPane},
		{"open", []string{"Enter"}, anywhere, "open", "connections: only this one's transactions; transactions: the detail", (*inspector).open},
		{"back", []string{"q", "Esc"}, anywhere, "back", "back: from detail to transactions, from a filter to all; at last, quit", (*inspector).back},
		{"zoom", []string{"z"}, anywhere, "zoom", "this pane alone on the screen, and back", (*inspector).zoom},
		{"annotated", []string{"1"}, txns | detail, "", "tab: the lines of the exchange, and what each word means", tabbing(tabAnnotated)},
		{"tree", []string{"2"}, txns | detail, "", "tab: the syntax tree beside the octets", tabbing(tabTree)},
		{"message", []string{"3"}, txns | detail, "", "tab: a fetched message as a mail reader shows it", tabbing(tabMessage)},
		{"timing", []string{"4"}, txns | detail, "", "tab: when each part came", tabbing(tabTiming)},
		{"findings", []string{"5"}, txns | detail, "", "tab: what is not as it should be", tabbing(tabFindings)},
		{"ladder", []string{"6"}, anywhere, "", "tab: the connection as two life lines", tabbing(tabLadder)},
		{"next-tab", []string{"t", "]"}, txns | detail, "tab", "the next tab", (*inspector).nextTab},
		{"previous-tab", []string{"T", "["}, txns | detail, "", "the tab before", (*inspector).previousTab},
		{"search", []string{"/"}, anywhere, "search", "look for a text in this pane", (*inspector).askSearch},
		{"next-match", []string{"n"}, anywhere, "", "to the next match", (*inspector).nextMatch},
		{"previous-match", []string{"N"}, anywhere, "", "to the match before", (*inspector).previousMatch},
		{"filter", []string{"f"}, anywhere, "filter", "show only transactions that match, as --filter does", (*inspector).askFilter},
		{"all", []string{"F"}, anywhere, "", "show all transactions again", (*inspector).showAll},
		{"next-finding", []string{"."}, txns | detail, "", "to the next transaction with a finding", (*inspector).nextFinding},
		{"request", []string{"R"}, detail, "", "to the request of the response under the cursor", (*inspector).toRequest},
		{"last-change", []string{"u"}, txns | detail, "", "to the transaction that last changed this message", (*inspector).toLastChange},
		{"bookmark", []string{"b"}, txns | detail, "", "set a bookmark here, or take it away", (*inspector).bookmark},
		{"next-bookmark", []string{"'"}, txns | detail, "", "to the next bookmark", (*inspector).nextBookmark},
		{"mark", []string{"m"}, txns | detail, "mark", "mark this transaction, or unmark it: for d and x", (*inspector).mark},
		{"diff", []string{"d"}, txns | detail, "", "what differs, by meaning, between the two that are marked, or played and recorded", (*inspector).diff},
		{"replay", []string{"r"}, anywhere, "", "play what was recorded against the server once more (replay --inspect)", (*inspector).replay},
		{"comment", []string{";"}, txns | detail, "", "write a comment on this transaction", (*inspector).askComment},
		{"copy-netcat", []string{"y"}, txns | detail, "", "copy the command as a line for netcat", (*inspector).copyNetcat},
		{"copy-curl", []string{"Y"}, txns | detail, "", "copy the command as a line for curl", (*inspector).copyCurl},
		{"export", []string{"x"}, anywhere, "export", "export the marked, the shown or all: text, JSON lines, pcapng, eml, mbox", (*inspector).askExport},
		{"save", []string{"w"}, anywhere, "", "save the session, comments included, as pcapng", (*inspector).askSave},
		{"ladder-scale", []string{"S"}, detail, "", "Ladder: gaps to scale, or not", (*inspector).scaleLadder},
		{"ladder-save", []string{"L"}, detail, "", "Ladder: save as text or SVG", (*inspector).askSaveLadder},
		{"pause", []string{"p"}, anywhere, "pause", "show nothing new, or go on; what comes is kept", (*inspector).pause},
		{"secrets", []string{"Ctrl-S"}, anywhere, "", "show passwords and SASL responses, or mask them again", (*inspector).secrets},
		{"command", []string{":"}, anywhere, "", "any of these by its name", (*inspector).askCommand},
		{"redraw", []string{"Ctrl-L"}, anywhere, "", "draw the screen anew", (*inspector).redraw},
		{"quit", []string{"Q", "Ctrl-C"}, anywhere, "", "quit", (*inspector).quit},
	}
}

// guideActions is what can be done in a lesson.
func guideActions() []action {
	return []action{
		{"go-on", []string{"Space"}, anywhere, "go on", "the lesson: on to the next step, or give what this one asks for", (*inspector).goOn},
		{"hint", []string{"H"}, anywhere, "hint", "the lesson: a hint, and another one", (*inspector).guideHint},
		{"type", []string{"!"}, anywhere, "", "the lesson: type a line to the server, where a step has one", (*inspector).typeLine},
		{"step-back", []string{"<"}, anywhere, "", "the lesson: back a step", (*inspector).guideBack},
		{"skip", []string{">"}, anywhere, "", "the lesson: on to the next step without an answer", (*inspector).guideSkip},
	}
}

// keyName is a key as the table and the help name it.
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

// keyed is the action of a key in a pane; nil if there is none.
func keyed(actions []action, key string, p pane) *action {
	for i := range actions {
		a := &actions[i]
		if a.where&(1<<p) != 0 && slices.Contains(a.keys, key) {
			return a
		}
	}
	return nil
}

// named are the actions whose names begin so.
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
