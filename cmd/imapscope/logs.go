package main

import (
	"context"
	"errors"

	"imapscope/capture"
	"imapscope/capture/logs"
	"imapscope/capture/pcap"
	"imapscope/decode/framing"
	"imapscope/decode/wire"
)

// readLog reads a file that is no capture as a program's log. It is a pcap.Foreign.
func readLog(ctx context.Context, f pcap.File, next func() capture.ConnID, s capture.Sink) error {
	err := logs.Read(ctx, f, s, logs.Options{Protocol: logProtocol(), Origin: f.Origin, NextID: next})
	if errors.Is(err, logs.ErrUnknown) {
		return pcap.ErrForeign
	}
	return err
}

// logProtocol is what reading logs needs to know of IMAP.
func logProtocol() logs.Protocol {
	buffers := new(wire.Pool)
	return logs.Protocol{Speaker: framing.Speaker, Framing: func() logs.Framing { return framing.New(buffers) }}
}
