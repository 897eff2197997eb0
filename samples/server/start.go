package server

import (
	"context"
	"net"
)

// Start serves on a free port of the loopback interface until stop is called. stop waits for the
// sessions to end.
func (s *Server) Start() (addr string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	served := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { served <- s.Serve(ctx, l) }()
	return l.Addr().String(), func() error {
		cancel()
		return <-served
	}, nil
}
