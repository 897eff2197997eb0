package main

import (
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
)

//go:embed help/*.md help/verbs/*.md help/*.schema.json
var helpFiles embed.FS

// helpPages returns the help topics and the pages of the verbs.
func helpPages() print.HelpPages { return print.HelpPages{FS: helpFiles} }

// describe gives a verb the title, the text and the examples of its file in help/verbs.
// What the verb has as its text already, a list that is made, follows.
func describe(c *cobra.Command) {
	if p, ok := helpPages().Verb(c.Name()); ok {
		c.Short, c.Example = p.Title, p.Examples
		c.Long = strings.TrimRight(p.Text+"\n\n"+c.Long, "\n")
	}
}

// newHelp returns `imapscope help`: topics are the files of help/ and the list of commands;
// a verb has what --help prints.
func newHelp(e *env, root *cobra.Command) *cobra.Command {
	pages := helpPages()
	var schema bool
	c := &cobra.Command{
		Use:   "help [TOPIC | VERB]",
		Short: "Explain a topic or a verb",
		Long:  "Topics:\n\n" + pages.List(),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return pages.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if schema {
				return helpSchema(e, args)
			}
			if len(args) == 0 {
				if err := root.Help(); err != nil {
					return err
				}
				_, err := fmt.Fprintf(e.out, "\nTopics (imapscope help TOPIC):\n%s", pages.List())
				return err
			}
			if len(args) == 1 {
				if text, ok := pages.Topic(args[0]); ok {
					_, err := io.WriteString(e.out, text)
					return err
				}
			}
			if c, _, err := root.Find(args); err == nil && c != root {
				return helpOnVerb(e, c, pages)
			}
			return usage("no help on %q; topics are: %s", strings.Join(args, " "), strings.Join(pages.Names(), ", "))
		},
	}
	c.Flags().BoolVar(&schema, "schema", false, "with jsonl: print the JSON Schema of the lines instead")
	return c
}

// helpSchema writes the schema that a topic has.
func helpSchema(e *env, args []string) error {
	if len(args) != 1 {
		return usage("help --schema: name one topic, jsonl")
	}
	text, err := helpFiles.ReadFile("help/" + args[0] + ".schema.json")
	if err != nil {
		return usage("help: the topic %s has no schema; jsonl has one", args[0])
	}
	_, err = e.out.Write(text)
	return err
}

// tableTopic is the annotation of a verb whose help goes on with a topic: the table of what it
// knows.
const tableTopic = "table"

// helpOnVerb writes what --help prints, and the table of what the verb knows, if it has one.
func helpOnVerb(e *env, c *cobra.Command, pages print.HelpPages) error {
	if err := c.Help(); err != nil {
		return err
	}
	if text, ok := pages.Topic(c.Annotations[tableTopic]); ok {
		_, err := io.WriteString(e.out, "\n"+text)
		return err
	}
	return nil
}
