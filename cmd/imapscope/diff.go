package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"imapscope/decode/script"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

func newDiff(e *env) *cobra.Command {
	var o comparing
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two recordings by meaning",
		Long: `diff compares the sessions of two capture files, the first with the first and so on,
command by command and by meaning, as replay does. Commands that only one has are
named.

Exit 0: the same; 1: different; 2: trouble.`,
		Example: `  imapscope diff yesterday.pcapng today.pcapng
  imapscope diff --strict dates,text a.pcap b.pcap`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, files []string) error { return runDiff(c.Context(), e, &o, files) },
	}
	o.flags(c.Flags())
	return c
}

func runDiff(ctx context.Context, e *env, o *comparing, files []string) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	a, err := recorded(ctx, files[:1], o.ports)
	if err != nil {
		return err
	}
	b, err := recorded(ctx, files[1:], o.ports)
	if err != nil {
		return err
	}
	left(e, a)
	left(e, b)
	v := view.Options{ShowSecrets: o.showSecrets}
	c := &print.Comparison{A: "first", B: "second"}
	for i, x := range a.Sessions {
		s := print.Compared{Conn: x.Conn}
		if i >= len(b.Sessions) {
			s.Trouble = []string{fmt.Sprintf("only the first file has this connection; the second has %d", len(b.Sessions))}
			c.Sessions = append(c.Sessions, s)
			continue
		}
		y := b.Sessions[i]
		s.LeftOut = slices.Concat(x.Missing, y.Missing)
		for _, p := range script.Align(x, y) {
			if p.A != 0 {
				s.Exchanges++
			}
			if d := p.Differences(x, y, opts); len(d) > 0 {
				of := x.Exchanges[max(p.A, 0)]
				if p.A < 0 {
					of = y.Exchanges[p.B]
				}
				s.Divergences = append(s.Divergences, v.Divergence(x.Conn.ID, &of.Exchange, p.Note(), d))
			}
		}
		c.Sessions = append(c.Sessions, s)
	}
	for _, y := range b.Sessions[min(len(a.Sessions), len(b.Sessions)):] {
		c.Sessions = append(c.Sessions, print.Compared{Conn: y.Conn, Trouble: []string{fmt.Sprintf("only the second file has this connection; the first has %d", len(a.Sessions))}})
	}
	return o.write(e, c, "imapscope diff "+files[0]+" "+files[1])
}
