package main

import (
	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/ui/print"
)

func newDecode(e *env) *cobra.Command {
	var o output
	var follow bool
	c := &cobra.Command{
		Use:  "decode FILE...",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) (err error) {
			src := openCaptures(e, files, o.sources)
			if follow {
				if err := src.follow(); err != nil {
					return err
				}
			} else if total, known := pcap.Size(files); known {
				update, done := print.ReadProgress(e.tty, e.out, total)
				src.OnProgress(update)
				defer done()
			}
			if src.live {
				defer e.outlive(c.Context(), false).Close(&err)
			}
			return o.run(c.Context(), e, src, src.live)
		},
	}
	o.flags(c)
	o.keylogFlag(c.Flags())
	c.Flags().BoolVar(&follow, "follow", false, "read on in the last file as it grows, until Ctrl-C")
	return c
}
