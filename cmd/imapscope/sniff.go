package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"imapscope/capture/live"
	"imapscope/capture/pcap"
	"imapscope/ui/inspect"
	"imapscope/ui/service"
)

func newSniff(e *env) *cobra.Command {
	var (
		o         output
		iface     string
		anyPort   bool
		promisc   bool
		inspector bool
	)
	c := &cobra.Command{
		Use:  "sniff -i INTERFACE",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if iface == "" {
				return usage("sniff: no interface; for example: imapscope sniff -i lo")
			}
			src, err := live.New(live.Options{
				Interface:   iface,
				Ports:       o.ports,
				AnyPort:     anyPort,
				Promiscuous: promisc,
				Assembler:   pcap.Options{Ports: o.ports, Origin: iface},
			})
			switch {
			case errors.Is(err, live.ErrNotLinux):
				return fmt.Errorf("sniff: %w; instead use: tcpdump -U -w - | imapscope decode -", err)
			case errors.Is(err, live.ErrPrivilege):
				return fmt.Errorf("sniff: %w: run as root, or: sudo setcap cap_net_raw+ep ./imapscope", err)
			case err != nil:
				return err
			}
			if inspector {
				in := inspected{filter: o.filter, shown: o.shown, reading: o.reading}
				return in.run(c.Context(), e, src, inspect.Options{
					Source: iface,
					Hint:   []string{"No IMAP connection on " + iface + " yet."},
					Live:   true,
				})
			}
			ctx, cancel := context.WithCancel(c.Context())
			defer cancel()
			s := e.outlive(ctx, true)
			defer s.Close(&err)
			s.Also(func(state service.State, _ string) {
				if state == service.Gone {
					cancel() // nothing but the output depends on it
				}
			})
			return o.run(ctx, e, src, true)
		},
	}
	o.flags(c)
	c.Flags().StringVarP(&iface, "interface", "i", "", "the `interface` to listen on, or any")
	c.Flags().BoolVar(&inspector, "inspect", false, "open the inspector (see 'imapscope inspect --help')")
	c.Flags().BoolVar(&anyPort, "any-port", false, "capture every port, and show the connections that begin with an IMAP greeting")
	c.Flags().BoolVar(&promisc, "promiscuous", false, "also capture frames addressed to other machines")
	return c
}
