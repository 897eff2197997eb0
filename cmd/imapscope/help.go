package main

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
)

//go:embed help/*.md help/verbs/*.md
var helpFiles embed.FS

// describe gives a verb the title, the text and the examples of its file in help/verbs.
// What the verb has as its text already, a list that is made, follows.
func describe(c *cobra.Command) {
	b, err := helpFiles.ReadFile("help/verbs/" + c.Name() + ".md")
	if err != nil {
		return
	}
	text, examples, _ := strings.Cut(string(b), "\n## Examples\n\n")
	title, text, _ := strings.Cut(text, "\n\n")
	c.Short = strings.TrimPrefix(title, "# ")
	c.Long = strings.TrimRight(strings.TrimSpace(text)+"\n\n"+c.Long, "\n")
	c.Example = strings.TrimRight(strings.ReplaceAll("\n"+examples, "\n    ", "\n  "), "\n")[min(1, len(examples)):]
}

// newHelp returns `imapscope help`: topics are the files of help/ and the list of commands;
// a verb has what --help prints.
func newHelp(e *env, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [TOPIC | VERB]",
		Short: "Explain a topic or a verb",
		Long:  "Topics:\n\n" + topicList(),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return topics(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				if err := root.Help(); err != nil {
					return err
				}
				_, err := fmt.Fprintf(e.out, "\nTopics (imapscope help TOPIC):\n%s", topicList())
				return err
			}
			if len(args) == 1 {
				if text, ok := topic(args[0]); ok {
					_, err := io.WriteString(e.out, text)
					return err
				}
			}
			if c, _, err := root.Find(args); err == nil && c != root {
				return c.Help()
			}
			return usage("no help on %q; topics are: %s", strings.Join(args, " "), strings.Join(topics(), ", "))
		},
	}
}

// commandsTopic is the topic that is not a file: it is made from the protocol's rows.
const commandsTopic = "commands"

// topic returns the text of a help topic.
func topic(name string) (string, bool) {
	if name == commandsTopic {
		var b strings.Builder
		err := print.Commands(&b)
		return b.String(), err == nil
	}
	text, err := helpFiles.ReadFile("help/" + name + ".md")
	return string(text), err == nil
}

// topics returns the names of the help topics, sorted.
func topics() []string {
	files, _ := fs.Glob(helpFiles, "help/*.md") // the pattern is right
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".md")
	}
	files = append(files, commandsTopic)
	slices.Sort(files)
	return files
}

// topicList returns a line for each topic: its name and its title.
func topicList() string {
	var b strings.Builder
	for _, t := range topics() {
		fmt.Fprintf(&b, "  %-12s %s\n", t, topicTitle(t))
	}
	return b.String()
}

// topicTitle returns the title of a topic. It does not make the list of commands, which
// would cost every start of the program.
func topicTitle(name string) string {
	if name == commandsTopic {
		return print.CommandsTitle
	}
	text, _ := topic(name)
	title, _, _ := strings.Cut(text, "\n")
	return strings.TrimLeft(title, "# ")
}
