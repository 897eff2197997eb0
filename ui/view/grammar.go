package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/syntax"
)

// Grammar counts the nodes of trees, and those that are generic: values that no grammar
// describes, by the words that they are under.
type Grammar struct {
	Nodes, Generic int
	byWord         map[string]int
}

// WordCount is the number of generic nodes under one word.
type WordCount struct {
	Word  string // inert; "" for nodes under none
	Count int
}

// otherWords counts what is under the words beyond maxCommands.
const otherWords = "(others)"

// maxUnder is the length to which a word is shown.
const maxUnder = 40

// Words returns the words that have generic nodes under them, those with most first.
func (g *Grammar) Words() []WordCount {
	out := make([]WordCount, 0, len(g.byWord))
	for w, n := range g.byWord {
		out = append(out, WordCount{w, n})
	}
	slices.SortFunc(out, func(a, b WordCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Word, b.Word))
	})
	return out
}

// add adds what another one counted.
func (g *Grammar) add(other *Grammar) {
	g.Nodes += other.Nodes
	g.Generic += other.Generic
	for _, w := range slices.Sorted(maps.Keys(other.byWord)) {
		g.count(w, other.byWord[w])
	}
}

func (g *Grammar) count(word string, n int) {
	if g.byWord == nil {
		g.byWord = make(map[string]int)
	}
	if _, known := g.byWord[word]; !known && len(g.byWord) >= maxCommands {
		word = otherWords
	}
	g.byWord[word] += n
}

// message counts the nodes of a message. Bytes that were not kept are in no node, so the
// ones after them are not counted as generic.
func (g *Grammar) message(m *decode.Message, p *syntax.Parser) {
	b := Options{}.masked(m)
	g.walk(m.Parse(p), &b, "", m.Elided > 0)
}

// walk counts n and the nodes below it; word is the one that n is under.
func (g *Grammar) walk(n *syntax.Node, b *masked, word string, cut bool) {
	g.Nodes++
	if n.Generic() && (n.Kind != syntax.KindUnknown || !cut) {
		g.Generic++
		g.count(word, 1)
	}
	for i := range n.Kids {
		k := &n.Kids[i]
		switch k.Kind {
		case syntax.KindCommand, syntax.KindData, syntax.KindAttribute, syntax.KindKey, syntax.KindCodeName, syntax.KindWord:
			word = strings.ToUpper(Fit(Inert(string(b.of(k.Span))), maxUnder, "…"))
		case syntax.KindSection:
			word = strings.ToUpper(Fit(Inert(string(b.of(k.Kids[0].Span))), maxUnder, "…"))
		}
		g.walk(k, b, word, cut)
	}
}
