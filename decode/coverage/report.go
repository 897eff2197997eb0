package coverage

import (
	"slices"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// Report is what the connections of one dialect exercised.
type Report struct {
	Dialect     protocol.Dialect
	Connections int
	Groups      []*Group // without the empty ones
}

// Group is the words of one kind, or the states.
type Group struct {
	Name  string // in the plural: "fetch items"
	Items []Item // those of protocol in its order
}

// Item is one word, state or change of state.
type Item struct {
	Name    string
	Count   int64    // times that it was sent; connections in a state; times that a change took place
	Answers []Answer // to a command, in the order OK, NO, BAD, none
	Cite    string   // of where it is defined
}

// Answer is the number of commands that were answered with a status.
type Answer struct {
	Status string // "" for no answer
	Count  int64
}

// Exercised returns how many items have a count.
func (g *Group) Exercised() (n int) {
	for i := range g.Items {
		if g.Items[i].Count > 0 {
			n++
		}
	}
	return n
}

// Total returns how many items were exercised, and how many there are.
func (r *Report) Total() (exercised, of int) {
	for _, g := range r.Groups {
		exercised += g.Exercised()
		of += len(g.Items)
	}
	return exercised, of
}

// kinds are the kinds of words that are counted: the group of each, and the side that sends them.
var kinds = []struct {
	kind protocol.Kind
	name string
	side capture.Direction
}{
	{protocol.Command, "commands", capture.ClientToServer},
	{protocol.FetchItem, "fetch items", capture.ClientToServer},
	{protocol.Macro, "fetch macros", capture.ClientToServer},
	{protocol.Section, "message sections", capture.ClientToServer},
	{protocol.StoreItem, "store items", capture.ClientToServer},
	{protocol.SearchKey, "search keys", capture.ClientToServer},
	{protocol.SearchReturn, "search return options", capture.ClientToServer},
	{protocol.SortKey, "sort keys", capture.ClientToServer},
	{protocol.ThreadAlgorithm, "thread algorithms", capture.ClientToServer},
	{protocol.StatusItem, "status items", capture.ClientToServer},
	{protocol.ListSelection, "list selection options", capture.ClientToServer},
	{protocol.ListReturn, "list return options", capture.ClientToServer},
	{protocol.Modifier, "modifiers", capture.ClientToServer},
	{protocol.MetadataOption, "metadata options", capture.ClientToServer},
	{protocol.Event, "events to be notified of", capture.ClientToServer},
	{protocol.MailboxFilter, "mailbox filters", capture.ClientToServer},
	{protocol.Completion, "completions", capture.ServerToClient},
	{protocol.Response, "responses", capture.ServerToClient},
	{protocol.Property, "message properties", capture.ServerToClient},
	{protocol.SearchResult, "search results", capture.ServerToClient},
	{protocol.ListItem, "list data items", capture.ServerToClient},
	{protocol.Code, "response codes", capture.ServerToClient},
	{protocol.Flag, "flags in responses", capture.ServerToClient},
	{protocol.QuotaResource, "quota resources", capture.ServerToClient},
	{protocol.Capability, "capabilities", capture.ServerToClient},
}

// sideOf returns the side that sends words of a kind; false if they are not counted as such.
// Capabilities are counted by their role.
func sideOf(k protocol.Kind) (capture.Direction, bool) {
	for i := range kinds {
		if kinds[i].kind == k {
			return kinds[i].side, k != protocol.Capability
		}
	}
	return 0, false
}

// completions are the statuses of Item.Answers.
func completions() []*protocol.Row {
	return append(slices.Collect(protocol.Of(protocol.Completion)), nil)
}

// report returns the Report of a dialect.
func (c *Collector) report(d protocol.Dialect, t *tally) *Report {
	r := &Report{Dialect: d, Connections: t.conns}
	for _, k := range kinds {
		g := &Group{Name: k.name}
		for row := range protocol.Of(k.kind) {
			if t.possible(d, row) {
				g.Items = append(g.Items, t.item(row))
			}
		}
		r.add(g)
	}
	states := &Group{Name: "states"}
	for s := protocol.Awaited; s <= protocol.Closed; s++ {
		states.Items = append(states.Items, Item{Name: s.String(), Count: t.states[s]})
	}
	r.add(states)
	r.add(c.changes(d, t))
	return r
}

func (r *Report) add(g *Group) {
	if len(g.Items) > 0 {
		r.Groups = append(r.Groups, g)
	}
}

// possible reports whether a word could have been exercised.
func (t *tally) possible(d protocol.Dialect, row *protocol.Row) bool {
	switch {
	case t.words[row] > 0:
		return true
	case row.Kind == protocol.Command && row.Group:
		return false // what counts has a second word
	case row.In(d):
		return true
	case row.Kind == protocol.Capability:
		return false // each that was offered was counted
	case row.Dialect != protocol.Extension || row.GoneIn(d) || row.Capability == "":
		return false
	}
	offered := protocol.Lookup(protocol.Capability, row.Capability)
	return offered != nil && t.offered[offered]
}

func (t *tally) item(row *protocol.Row) Item {
	i := Item{Name: row.Name, Count: t.words[row], Cite: row.Ref.String()}
	for _, status := range completions() {
		n := t.answers[row][status]
		if n == 0 {
			continue
		}
		a := Answer{Count: n}
		if status != nil {
			a.Status = status.Name
		}
		i.Answers = append(i.Answers, a)
	}
	return i
}

// changes returns the group of the changes of state, each from each of the states in which it can
// take place.
func (c *Collector) changes(d protocol.Dialect, t *tally) *Group {
	g := &Group{Name: "changes of state"}
	for i := range c.table {
		x := &c.table[i]
		for _, from := range x.From.List() {
			n := t.changes[change{i, from}]
			if from == protocol.UnknownState && n == 0 || n == 0 && x.Row != nil && !t.possible(d, x.Row) {
				continue
			}
			g.Items = append(g.Items, Item{Name: from.String() + ": " + x.On + " → " + x.To.String(), Count: n, Cite: x.Cite})
		}
	}
	return g
}
