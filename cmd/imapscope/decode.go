package main

import (
	"slices"

	"github.com/spf13/cobra"
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

With --format jsonl each line is one object. Its "type" says what it is, "conn"
which connection it is of; fields are added over time, never renamed or removed:

  connection   client, server, start, midstream, origin: comes first
  greeting     time, status, text
  transaction  n, tag, command, request (one line, literals as {n}, secrets
               masked), status, text, time, end, ms, outcome (completed,
               abandoned or orphan), unsolicited ({"FETCH":20}: what belongs to
               it, by kind), ready, ambiguous, literals ([{from, octets, state
               (complete, partial or withdrawn), waited}]), octets ({client,
               server}), lost
  unsolicited  time, kind, number, text, octets: data outside any command
  junk         time, text, octets: a server's line that is no response
  resync       time, from, offset, skipped: framing was lost until there
  note         time, text: what the proxy itself did on a connection
  close        time, reason (fin, rst, end, tls, compress or idle), octets and
               lost ({client, server}), requests, responses, unsolicited, ready,
               orphans, abandoned, junk, dialect

Times are RFC 3339 with nanoseconds, ms is milliseconds; null where there is
none. 'imapscope help jsonl' explains each field.`,
		Example: `  imapscope decode session.pcap
  imapscope decode -q --filter 'status != "OK"' session.pcap
  imapscope decode --format jsonl session.pcap | jq 'select(.ms > 100)'
  imapscope decode --format none --stats *.pcapng.zst`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			src := openCaptures(files, o.ports)
			defer showProgress(e, src.Source, files)()
			return o.run(c.Context(), e, src, slices.Contains(files, "-"))
		},
	}
	o.flags(c)
	return c
}
