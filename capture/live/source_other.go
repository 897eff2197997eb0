//go:build !linux

package live

import (
	"context"

	"imapscope/capture"
)

// Source needs Linux.
type Source struct{}

// New returns ErrNotLinux.
func New(Options) (*Source, error) { return nil, ErrNotLinux }

// Run returns ErrNotLinux.
func (*Source) Run(context.Context, capture.Sink) error { return ErrNotLinux }

// Stats returns zero counts.
func (*Source) Stats() Stats { return Stats{} }

// Close does nothing.
func (*Source) Close() error { return nil }
