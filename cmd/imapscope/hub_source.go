package main

import (
	"context"
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/capture/pcap"
	"imapscope/ui/view"
)

// asItComes makes Run read on as more is published to a hub, if that is the source and its URL names no
// end. Without it what is there is read.
func (c *captures) asItComes() {
	if !c.sensors {
		return
	}
	a, err := c.hubAddress()
	c.live = err == nil && !a.Now && a.Until.IsZero()
}

// hubAddress returns the hub that is the source.
func (c *captures) hubAddress() (*hub.Address, error) {
	if len(c.files) != 1 {
		return nil, usage("a hub is read alone: name one nats:// URL and no other file")
	}
	a, err := hub.ParseAddress(c.files[0])
	if err == nil && c.keylog != "" {
		return nil, usage("--keylog is for sensors: what they publish is opened already")
	}
	return a, err
}

// runHub is Run for a hub.
func (c *captures) runHub(ctx context.Context, sink capture.Sink) error {
	a, err := c.hubAddress()
	if err != nil {
		return err
	}
	if !c.live && a.Until.IsZero() {
		a.Now = true
		a.FromStart = a.FromStart || a.From.IsZero()
	}
	src := &hub.Source{Address: a, Notice: func(text string) { fmt.Fprintf(c.notices, "imapscope: %s\n", text) }}
	if c.live {
		err = src.Run(ctx, sink)
	} else {
		err = capture.RunAsync(ctx, src, sink)
	}
	read := src.Figures()
	for _, x := range []struct {
		n    int64
		what string
	}{
		{read.Missing, "were published and are not in the hub"},
		{read.Wrong, "are not what a sensor publishes, and were skipped"},
	} {
		if x.n > 0 {
			fmt.Fprintf(c.notices, "imapscope: %d facts %s\n", x.n, x.what)
		}
	}
	if err == nil && read.Messages == 0 {
		return noIMAPError(fmt.Sprintf("%s: nothing is there%s", view.FileNames(c.files), ofSensors(a)))
	}
	return err
}

func ofSensors(a *hub.Address) string {
	if len(a.Sensors) == 0 {
		return ""
	}
	return fmt.Sprintf(" of %q", a.Sensors)
}

// exist returns an error if one of the files does not exist. A hub shows that when it is read.
func exist(files []string) error {
	var errs []error
	for _, f := range files {
		if !hub.IsAddress(f) {
			errs = append(errs, pcap.Exist([]string{f}))
		}
	}
	return errors.Join(errs...)
}
