package main

import (
	"slices"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/ui/print"
)

func newDecode(e *env) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use:  "decode FILE...",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) (err error) {
			src := openCaptures(e, files, o.ports)
			if total, known := pcap.Size(files); known {
				update, done := print.ReadProgress(e.tty, e.out, total)
				src.OnProgress(update)
				defer done()
			}
			live := slices.Contains(files, "-")
			if live {
				defer e.outlive(c.Context(), false).Close(&err)
			}
			return o.run(c.Context(), e, src, live)
		},
	}
	o.flags(c)
	return c
}
