package main

import (
	"strings"

	"imapscope/decode/protocol"
)

// commandsTopic is the help topic that ends in the list of all commands.
const commandsTopic = "commands"

// commandList returns all commands, a paragraph each.
func commandList() string {
	var b strings.Builder
	for row := range protocol.Of(protocol.Command) {
		b.WriteString("\n    " + row.Shape())
		if row.Capability != "" {
			b.WriteString(" (" + row.Capability + ")")
		}
		b.WriteString("\n")
		about := row.Plain
		if states := row.States.List(); len(states) > 0 {
			about += " Permitted when " + joinStates(states) + "."
		}
		if row.Obsolete {
			about += " Obsolete."
		}
		wrapText(&b, "        ", about)
		wrapText(&b, "        ", row.Ref.String())
	}
	return b.String()
}

func joinStates(states []protocol.State) string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = s.String()
	}
	return strings.Join(names, ", ")
}

// wrapText writes text in lines of at most 80 columns.
func wrapText(b *strings.Builder, indent, text string) {
	line := indent
	for _, w := range strings.Fields(text) {
		if len(line)+1+len(w) > 80 && line != indent {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += w
	}
	b.WriteString(line + "\n")
}
