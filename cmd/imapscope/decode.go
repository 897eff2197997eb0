package main

import (
	"slices"

	"github.com/spf13/cobra"

	"imapscope/capture/pcap"
)

func newDecode(e *env) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use:   "decode FILE...",
		Short: "Show the conversations in capture files",
		Long: `decode shows the IMAP conversations in capture files (pcap or pcapng; plain,
gzip or zstd), every command with its answers. Files are read in order, as one
capture; - is standard input, shown as it comes:

  tcpdump -U -w - port 143 | imapscope decode -

The server is who listens on 143, 993 or a --port; connections on other ports
are shown if they greet as IMAP does.

With --format jsonl each line is one object: connection, greeting, transaction,
unsolicited, junk, resync, close. 'imapscope help jsonl' has every field.`,
		Example: `  imapscope decode session.pcap
  imapscope decode -q --filter 'status != "OK"' session.pcap
  imapscope decode --format jsonl session.pcap | jq 'select(.ms > 100)'
  imapscope decode --format none --stats *.pcapng.zst`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			src := pcap.Files(files, pcap.Options{Ports: o.ports})
			defer showProgress(e, src, files)()
			return o.run(c.Context(), e, src, slices.Contains(files, "-"))
		},
	}
	o.flags(c)
	return c
}
