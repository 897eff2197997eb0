package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/capture/live"
	"imapscope/capture/pcap"
	"imapscope/ui/inspect"
	"imapscope/ui/service"
)

func newSniff(e *env) *cobra.Command {
	var (
		o         output
		rec       recording
		pub       publishing
		iface     string
		anyPort   bool
		promisc   bool
		inspector bool
		colours   themed
		spans     otlpFlags
	)
	c := &cobra.Command{
		Use:  "sniff -i INTERFACE",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if iface == "" {
				return usage("sniff: no interface; for example: imapscope sniff -i lo")
			}
			card, err := live.New(live.Options{
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
			ctx, cancel := context.WithCancel(c.Context())
			defer cancel()
			if !inspector {
				s := e.outlive(ctx, true)
				defer s.Close(&err)
				s.Also(func(state service.State, _ string) {
					if state == service.Gone && rec.record.File == "" && pub.sensor.URL == "" {
						cancel() // nothing but the output depends on it
					}
				})
			}
			to, err := rec.start(e)
			if err != nil {
				return errors.Join(err, card.Close())
			}
			defer func() { err = errors.Join(err, to.Finish()) }()
			hub, err := pub.startSensor(e)
			if err != nil {
				return errors.Join(err, card.Close())
			}
			defer func() { err = errors.Join(err, hub.Finish(ctx)) }()
			notices := e.err
			if inspector {
				defer e.later(&notices)()
			}
			traced, err := spans.start(ctx, &env{err: notices}, &o, false)
			if err != nil {
				return errors.Join(err, card.Close())
			}
			defer func() { err = errors.Join(err, traced.finish()) }()
			src := o.keyed(card, true, notices)
			if to != nil {
				src = capture.Copied{From: src, To: to}
			}
			if hub != nil {
				src = capture.Copied{From: src, To: hub}
			}
			if !inspector {
				return o.run(ctx, e, src, true, traced.handlers()...)
			}
			in := inspected{themed: colours, filter: o.filter, shown: o.shown, reading: o.reading, handler: traced.handlers()}
			return in.run(ctx, e, src, inspect.Options{
				Source: iface,
				Hint:   []string{"No IMAP connection on " + iface + " yet."},
				Live:   true,
			})
		},
	}
	o.flags(c)
	o.keylogFlag(c.Flags())
	rec.flags(c.Flags())
	pub.flags(c.Flags())
	c.Flags().StringVarP(&iface, "interface", "i", "", "the `interface` to listen on, or any")
	c.Flags().BoolVar(&inspector, "inspect", false, "open the inspector (see 'imapscope inspect --help')")
	colours.themeFlag(c.Flags())
	spans.flags(c.Flags())
	c.Flags().BoolVar(&anyPort, "any-port", false, "capture every port, and show the connections that begin with an IMAP greeting")
	c.Flags().BoolVar(&promisc, "promiscuous", false, "also capture frames addressed to other machines")
	return c
}
