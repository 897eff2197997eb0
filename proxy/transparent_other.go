//go:build !linux

package proxy

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
)

var errLinux = errors.New("transparent mode and marks need Linux: use a fixed upstream")

func canBeTransparent() error { return errLinux }

func canMark(mark int) error {
	if mark != 0 {
		return errLinux
	}
	return nil
}

func setMark(syscall.RawConn, int) error           { return nil }
func setTransparent(string, syscall.RawConn) error { return errLinux }

// originalDestination returns the address that the client dialled.
func originalDestination(c net.Conn) (netip.AddrPort, error) { return addrPort(c.LocalAddr()), nil }
