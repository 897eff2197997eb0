package print

import (
	"fmt"
	"io"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// commandsWidth is the width of the list of commands, the same as of a help topic.
const commandsWidth = 80

// commandsTitle is the title of what Commands writes.
const commandsTitle = "Every command"

// Commands writes every command of the protocol as a help topic: by dialect, each with its
// form, what it does, and where it is defined.
func Commands(to io.Writer) error {
	w := &listWriter{w: to}
	w.line("# " + commandsTitle)
	w.line("")
	w.paragraph("", "The dialect is the one that introduced a command; of an extension, the capability that announces it follows in parentheses. 'imapscope explain SELECT' has more on each.")
	for d := protocol.IMAP2; d <= protocol.Extension; d++ {
		first := true
		for en := range protocol.Of(protocol.Command) {
			if en.Dialect != d {
				continue
			}
			if first {
				w.line("")
				w.line("## " + d.String())
				w.line("")
				first = false
			}
			name := en.Name
			if en.Capability != "" && en.Capability != en.Name {
				name += " (" + en.Capability + ")"
			}
			w.line("    " + name)
			w.paragraph("        ", en.Shape())
			w.paragraph("        ", en.Plain)
			w.paragraph("        ", en.Ref.String())
		}
	}
	return w.err
}

// listWriter writes lines, and records the first error.
type listWriter struct {
	w   io.Writer
	err error
}

func (w *listWriter) line(s string) {
	if w.err == nil {
		_, w.err = fmt.Fprintln(w.w, strings.TrimRight(s, " "))
	}
}

func (w *listWriter) paragraph(indent, text string) {
	for _, l := range view.Wrap(text, commandsWidth-len(indent)) {
		w.line(indent + l)
	}
}
