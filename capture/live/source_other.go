//go:build !linux

package live

import (
	"context"

	"imapscope/capture"
)

// Source needs Linux.
type Source struct{}

// New is ErrNotLinux.
func New(Options) (*Source, error) { return nil, ErrNotLinux }

// Run is ErrNotLinux.
func (*Source) Run(context.Context, capture.Sink) error { return ErrNotLinux }

// Stats is nothing.
func (*Source) Stats() Stats { return Stats{} }

// Close does nothing.
func (*Source) Close() error { return nil }
