//go:build !linux

package run

import (
	"errors"
	"net"
	"os/exec"
)

var errNotLinux = errors.New("only Linux has network namespaces")

type orders struct {
	TLS, IMAP []uint16
	IPv6      bool
}

// namespace is never made here.
type namespace struct {
	cmd              *exec.Cmd
	tls, imap, other net.Listener
	dns              net.PacketConn
}

func newNamespace([]string, orders, func(*exec.Cmd)) (*namespace, error) { return nil, errNotLinux }

func (n *namespace) begin() error { return errNotLinux }

func (n *namespace) close() error { return nil }

// Inside is what this program does in a network namespace; there are none here.
func Inside(string, []string) error { return errNotLinux }
