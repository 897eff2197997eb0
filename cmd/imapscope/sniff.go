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

// sniffFlags holds the flags of sniff.
type sniffFlags struct {
	out       output
	rec       recording
	pub       publishing
	spans     otlpFlags
	colours   themed
	iface     string
	anyPort   bool
	promisc   bool
	inspector bool
}

func newSniff(e *env) *cobra.Command {
	var o sniffFlags
	c := &cobra.Command{
		Use:  "sniff -i INTERFACE",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), e) },
	}
	o.out.flags(c)
	o.out.keylogFlag(c.Flags())
	o.rec.flags(c.Flags())
	o.pub.flags(c.Flags())
	c.Flags().StringVarP(&o.iface, "interface", "i", "", "the `interface` to listen on, or any")
	c.Flags().BoolVar(&o.inspector, "inspect", false, "open the inspector (see 'imapscope inspect --help')")
	o.colours.themeFlag(c.Flags())
	o.spans.flags(c.Flags())
	c.Flags().BoolVar(&o.anyPort, "any-port", false, "capture every port, and show the connections that begin with an IMAP greeting")
	c.Flags().BoolVar(&o.promisc, "promiscuous", false, "also capture frames addressed to other machines")
	return c
}

// open opens the interface.
func (o *sniffFlags) open() (*live.Source, error) {
	if o.iface == "" {
		return nil, usage("sniff: no interface; for example: imapscope sniff -i lo")
	}
	card, err := live.New(live.Options{
		Interface:   o.iface,
		Ports:       o.out.ports,
		AnyPort:     o.anyPort,
		Promiscuous: o.promisc,
		Assembler:   pcap.Options{Ports: o.out.ports, Origin: o.iface},
	})
	switch {
	case errors.Is(err, live.ErrNotLinux):
		return nil, fmt.Errorf("sniff: %w; instead use: tcpdump -U -w - | imapscope decode -", err)
	case errors.Is(err, live.ErrPrivilege):
		return nil, fmt.Errorf("sniff: %w: run as root, or: sudo setcap cap_net_raw+ep ./imapscope", err)
	}
	return card, err
}

func (o *sniffFlags) run(ctx context.Context, e *env) (err error) {
	card, err := o.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !o.inspector {
		s := e.outlive(ctx, true)
		defer s.Close(&err)
		s.Also(func(state service.State, _ string) {
			if state == service.Gone && o.rec.record.File == "" && o.pub.sensor.URL == "" {
				cancel() // nothing but the output depends on it
			}
		})
	}
	to, err := o.rec.start(e)
	if err != nil {
		return errors.Join(err, card.Close())
	}
	defer func() { err = errors.Join(err, to.Finish()) }()
	hub, err := o.pub.startSensor(e)
	if err != nil {
		return errors.Join(err, card.Close())
	}
	defer func() { err = errors.Join(err, hub.Finish(ctx)) }()
	notices := e.err
	if o.inspector {
		defer e.later(&notices)()
	}
	traced, err := o.spans.start(ctx, &env{err: notices}, &o.out, false)
	if err != nil {
		return errors.Join(err, card.Close())
	}
	defer func() { err = errors.Join(err, traced.finish()) }()
	src := o.out.keyed(card, true, notices)
	if to != nil {
		src = capture.Copied{From: src, To: to}
	}
	if hub != nil {
		src = capture.Copied{From: src, To: hub}
	}
	if !o.inspector {
		return o.out.run(ctx, e, src, true, traced.handlers()...)
	}
	in := inspected{themed: o.colours, filter: o.out.filter, shown: o.out.shown, reading: o.out.reading, handler: traced.handlers()}
	return in.run(ctx, e, src, inspect.Options{
		Source: o.iface,
		Hint:   []string{"No IMAP connection on " + o.iface + " yet."},
		Live:   true,
	})
}
