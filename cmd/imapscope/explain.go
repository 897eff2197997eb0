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
				return usage("explain: --client and --server exclude each other")
			}
			o, from := print.TextOptions{Width: width(e), Color: colored(e)}, print.Either
			switch {
			case client:
				from = print.Client
			case server:
				from = print.Server
			}
			var faults int
			var err error
			if text := strings.Join(args, " "); text == "" || text == "-" {
				faults, err = explainLines(e, o, from)
			} else if faults, err = print.ExplainTopic(e.out, o, text, from); err != nil {
				err = fmt.Errorf("explain: %s: %w", text, err)
			}
			if err == nil && faults > 0 {
				return errFindings
			}
			return err
		},
	}
	c.Flags().BoolVar(&client, "client", false, "the line is from the client")
	c.Flags().BoolVar(&server, "server", false, "the line is from the server")
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

// explainLines explains the lines of standard input, and returns how many words are wrong.
func explainLines(e *env, o print.TextOptions, from print.Side) (faults int, err error) {
	in := bufio.NewScanner(e.in)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		text := strings.TrimRight(in.Text(), "\r")
		if text == "" {
			continue
		}
		n, err := print.ExplainLineTo(e.out, o, text, from)
		if err != nil {
			return 0, fmt.Errorf("explain: %s: %w", text, err)
		}
		faults += n
		fmt.Fprintln(e.out)
	}
	if err := in.Err(); err != nil {
		return 0, fmt.Errorf("standard input: %w", err)
	}
	return faults, nil
}
