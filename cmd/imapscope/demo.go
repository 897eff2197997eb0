package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
	"imapscope/samples"
)

func newDemo(e *env) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use:   "demo [SAMPLE]",
		Short: "Decode an embedded recording: nothing needed but this program",
		Long: `demo decodes a recording that is part of this program, so that you can look at
IMAP2 with no server, no network and no files. (It is a recording, not yet a
live server.) The samples:

  ` + strings.Join(samples.Names(), "\n  "),
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := samples.Demo
			if len(args) > 0 {
				name = args[0]
			}
			recording, err := samples.Read(name)
			if err != nil {
				return usage("no sample %q; there are: %s", name, strings.Join(samples.Names(), ", "))
			}
			fmt.Fprintf(e.err, "This is the embedded recording %s, not a live conversation.\n", name)
			return o.run(c.Context(), e, pcap.Stream(bytes.NewReader(recording), name, pcap.Options{Ports: o.ports}), false)
		},
	}
	o.flags(c)
	return c
}
