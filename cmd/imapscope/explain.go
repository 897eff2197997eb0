package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/decode/lint"
	"imapscope/ui/print"
)

func newExplain(e *env) *cobra.Command {
	var client, server bool
	c := &cobra.Command{
		Use: "explain LINE | WORD | RULE | STATE | states",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return explainable(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if client && server {
				return usage("explain: --client or --server, not both")
			}
			x := explainer{env: e, o: print.TextOptions{Width: width(e), Color: colored(e)}}
			switch {
			case client:
				x.from = print.Client
			case server:
				x.from = print.Server
			}
			if text := strings.Join(args, " "); text != "" && text != "-" {
				return x.topic(text)
			}
			return x.lines()
		},
	}
	c.Flags().BoolVar(&client, "client", false, "the client says it")
	c.Flags().BoolVar(&server, "server", false, "the server says it")
	return c
}

// explainable returns what explain takes besides a line: the words of the protocol, the
// states, and the rules of check.
func explainable() []string {
	out := append(print.Topics(), "states")
	for _, r := range lint.Rules() {
		out = append(out, r.ID)
	}
	return out
}

// explainer explains to standard output.
type explainer struct {
	*env
	o      print.TextOptions
	from   print.Side
	faults int
}

// lines explains standard input.
func (x *explainer) lines() error {
	in := bufio.NewScanner(x.in)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		if text := strings.TrimRight(in.Text(), "\r"); text != "" {
			if err := x.line(text); err != nil {
				return err
			}
			fmt.Fprintln(x.out)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return x.verdict()
}

// verdict returns what the exit status reports.
func (x *explainer) verdict() error {
	if x.faults > 0 {
		return errFindings
	}
	return nil
}

// topic explains a rule, a word, a state, or else a line.
func (x *explainer) topic(text string) error {
	if x.from == print.Either {
		if strings.EqualFold(text, "states") {
			return print.Explain(x.out, x.o, print.ExplainStates())
		}
		if r, ok := lint.Lookup(strings.ToUpper(text)); ok {
			return x.rule(r)
		}
		word, isWord := print.ExplainWord(text)
		state, isState := print.ExplainState(text)
		if isWord {
			if err := print.Explain(x.out, x.o, word); err != nil || !isState {
				return err
			}
			fmt.Fprintln(x.out) // some words are the name of a state, too
		}
		if isState {
			return print.Explain(x.out, x.o, state)
		}
	}
	if err := x.line(strings.NewReplacer(`\r\n`, "\r\n").Replace(text)); err != nil {
		return err
	}
	return x.verdict()
}

// rule explains a rule of check, with an example that it finds and one that it does not.
func (x *explainer) rule(r *lint.Rule) error {
	about, bad, good := print.ExplainRule(r)
	err := print.Explain(x.out, x.o, about)
	for _, part := range []struct {
		title string
		lines []string
	}{{"It finds something here:", bad}, {"And nothing here:", good}} {
		fmt.Fprintf(x.out, "\n%s\n", part.title)
		for _, l := range part.lines {
			fmt.Fprintf(x.out, "  %s\n", l)
		}
	}
	return err
}

// line explains a line, and counts its faults.
func (x *explainer) line(text string) error {
	about, faults, ok := print.ExplainLine(text, x.from)
	if !ok {
		return usage("explain: %s is no line", text)
	}
	x.faults += faults
	return print.Explain(x.out, x.o, about)
}
