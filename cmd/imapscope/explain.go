package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/ui/print"
	"imapscope/ui/view"
)

func newExplain(e *env) *cobra.Command {
	var client, server, svg bool
	var q print.Question
	c := &cobra.Command{
		Use: "explain LINE | WORD | RULE | STATE | states",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return print.Explainable(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if client && server {
				return usage("explain: --client and --server exclude each other")
			}
			o := print.TextOptions{Width: width(e), Color: colored(e)}
			switch {
			case client:
				q.From = print.Client
			case server:
				q.From = print.Server
			}
			text := strings.Join(args, " ")
			if svg {
				if !strings.EqualFold(text, "states") {
					return usage("explain: --svg draws the states only: imapscope explain states --svg")
				}
				_, err := io.WriteString(e.out, view.StatesSVG())
				return err
			}
			faults, err := print.ExplainTopic(e.out, o, q, text, e.in)
			switch {
			case err != nil:
				return fmt.Errorf("explain: %w", err)
			case faults > 0:
				return errFindings
			}
			return nil
		},
	}
	c.Flags().BoolVar(&client, "client", false, "the line is from the client")
	c.Flags().BoolVar(&server, "server", false, "the line is from the server")
	c.Flags().BoolVar(&q.Compare, "compare", false, "show how each dialect says the same")
	c.Flags().BoolVar(&svg, "svg", false, "draw the states as SVG")
	dialectFlag(c.Flags(), &q.Dialect)
	return c
}
