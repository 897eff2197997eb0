package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/ui/view"
)

// mostWords is how many words the line about generic nodes has at most.
const mostWords = 10

// grammar writes how many nodes of the trees no grammar describes, and under which words.
func grammar(w io.Writer, g *view.Grammar) error {
	var b strings.Builder
	fmt.Fprintf(&b, "generic nodes: %d of %d", g.Generic, g.Nodes)
	sep := ": "
	words := g.Words()
	for _, c := range words[:min(len(words), mostWords)] {
		name := c.Word
		if name == "" {
			name = "(none)"
		}
		fmt.Fprintf(&b, "%s%s %d", sep, name, c.Count)
		sep = ", "
	}
	if len(words) > mostWords {
		b.WriteString(", …")
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}

// Grammar writes the line about the nodes of all trees.
func (j *JSON) Grammar(g *view.Grammar) error {
	type under struct {
		Word  quoted `json:"word"`
		Nodes int    `json:"nodes"`
	}
	words := make([]under, 0, len(g.Words()))
	for _, c := range g.Words() {
		words = append(words, under{quoted(c.Word), c.Count})
	}
	return j.enc.Encode(struct {
		Type    string  `json:"type"`
		Nodes   int     `json:"nodes"`
		Generic int     `json:"generic"`
		Under   []under `json:"under"`
	}{"grammar", g.Nodes, g.Generic, words})
}
