package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imapscope/capture/outfile"
	"imapscope/ui/print"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// newMan returns the verb that writes the manual pages. It is for who packs the program, and
// --help does not list it.
func newMan(e *env, root *cobra.Command) *cobra.Command {
	var replace bool
	c := &cobra.Command{
		Use: "man DIR", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			pages := manuals(root)
			for _, m := range pages {
				name := filepath.Join(args[0], fmt.Sprintf("%s.%d", m.Name, m.Section))
				if err := outfile.Write(name, outfile.Options{Mode: 0o644, Replace: replace}, m.Write); err != nil {
					return forceHint(err)
				}
			}
			_, err := fmt.Fprintf(e.err, "%d pages in %s\n", len(pages), view.Inert(args[0]))
			return err
		},
	}
	c.Flags().BoolVar(&replace, "force", false, "replace pages that exist")
	return c
}

// manuals returns a page for the program, one for each verb, and one for each topic that has not
// the name of a verb.
func manuals(root *cobra.Command) []*print.Manual {
	program := manualOf(root)
	program.Synopsis = root.Name() + " VERB [flags] [FILE…]"
	program.Text += "\n\n## Verbs\n"
	list := []*print.Manual{program}
	verbs := make(map[string]bool)
	for _, c := range root.Commands() {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		verbs[c.Name()] = true
		program.Text += fmt.Sprintf("\n  %-10s %s", c.Name(), c.Short)
		program.SeeAlso = append(program.SeeAlso, root.Name()+"-"+c.Name()+"(1)")
		list = append(list, manualOf(c))
	}
	pages := helpPages()
	for _, name := range pages.Names() {
		text, ok := pages.Topic(name)
		if !ok || verbs[name] {
			continue // imapscope help shows the verb's page, too
		}
		title, body, _ := strings.Cut(text, "\n")
		m := newManual(root.Name()+"-"+name, 7, strings.TrimLeft(title, "# "), body)
		m.SeeAlso = []string{root.Name() + "(1)"}
		program.SeeAlso = append(program.SeeAlso, m.Name+"(7)")
		list = append(list, m)
	}
	return list
}

func newManual(name string, section int, title, text string) *print.Manual {
	b := service.ReadBuild()
	return &print.Manual{Name: name, Section: section, Title: title, Text: text, Version: strings.TrimPrefix(b.Version, "v"), Date: b.Time}
}

// manualOf returns the page of the program or of a verb.
func manualOf(c *cobra.Command) *print.Manual {
	m := newManual(strings.ReplaceAll(c.CommandPath(), " ", "-"), 1, c.Short, c.Long)
	m.Synopsis, m.Examples = c.UseLine(), c.Example
	if topic, ok := helpPages().Topic(c.Annotations[tableTopic]); ok {
		_, table, _ := strings.Cut(topic, "\n")
		m.Text += "\n\n" + table
	}
	if c.HasParent() {
		m.SeeAlso = []string{c.Root().Name() + "(1)"}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			m.Options = append(m.Options, optionOf(f))
		}
	})
	slices.SortStableFunc(m.Options, func(a, b print.ManualOption) int {
		return strings.Compare(strings.TrimLeft(a.Flag, "-"), strings.TrimLeft(b.Flag, "-"))
	})
	return m
}

// optionOf writes a flag as --help does.
func optionOf(f *pflag.Flag) print.ManualOption {
	value, usage := pflag.UnquoteUsage(f)
	flag := "--" + f.Name
	if f.Shorthand != "" {
		flag = "-" + f.Shorthand + ", " + flag
	}
	if value != "" {
		flag += " " + value
	}
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
	default:
		usage += " (default " + f.DefValue + ")"
	}
	return print.ManualOption{Flag: flag, Usage: usage}
}
