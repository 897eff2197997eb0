package print

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// HelpPages are help pages: FS has a Markdown file for each topic in the folder help, and
// for each verb in help/verbs. One topic is not a file: the list of commands is made from
// the protocol's rows.
type HelpPages struct{ FS fs.FS }

// commandsTopic is the name of the list of commands.
const commandsTopic = "commands"

// A VerbPage is the page of a verb in parts: its title, its text, and its examples.
type VerbPage struct{ Title, Text, Examples string }

// Verb returns the page of a verb, or false if it has none.
func (h HelpPages) Verb(name string) (VerbPage, bool) {
	b, err := fs.ReadFile(h.FS, "help/verbs/"+name+".md")
	if err != nil {
		return VerbPage{}, false
	}
	text, examples, _ := strings.Cut(string(b), "\n## Examples\n\n")
	title, text, _ := strings.Cut(text, "\n\n")
	return VerbPage{
		Title:    strings.TrimPrefix(title, "# "),
		Text:     strings.TrimSpace(text),
		Examples: strings.TrimRight(strings.ReplaceAll("\n"+examples, "\n    ", "\n  "), "\n")[min(1, len(examples)):],
	}, true
}

// Topic returns the text of a topic, or false if there is no such topic.
func (h HelpPages) Topic(name string) (string, bool) {
	if name == commandsTopic {
		var b strings.Builder
		err := Commands(&b)
		return b.String(), err == nil
	}
	text, err := fs.ReadFile(h.FS, "help/"+name+".md")
	return string(text), err == nil
}

// Names returns the names of the topics, sorted.
func (h HelpPages) Names() []string {
	files, _ := fs.Glob(h.FS, "help/*.md") // the pattern is right
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".md")
	}
	files = append(files, commandsTopic)
	slices.Sort(files)
	return files
}

// List returns a line for each topic: its name and its title.
func (h HelpPages) List() string {
	var b strings.Builder
	for _, t := range h.Names() {
		fmt.Fprintf(&b, "  %-12s %s\n", t, h.title(t))
	}
	return b.String()
}

// title returns the title of a topic. It does not make the list of commands, which would
// cost every start of the program.
func (h HelpPages) title(name string) string {
	if name == commandsTopic {
		return commandsTitle
	}
	text, _ := h.Topic(name)
	title, _, _ := strings.Cut(text, "\n")
	return strings.TrimLeft(title, "# ")
}
