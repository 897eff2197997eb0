package proxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ip6tOriginalDst is IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv6/ip6_tables.h.
const ip6tOriginalDst = 80

func canBeTransparent() error { return nil }

func canMark(int) error { return nil }

// setMark marks a socket before it connects.
func setMark(c syscall.RawConn, mark int) error {
	if mark == 0 {
		return nil
	}
	return control(c, fmt.Sprintf("marking an outgoing connection with %d (needs CAP_NET_ADMIN)", mark), func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, mark)
	})
}

// setTransparent makes a socket accept connections to other machines' addresses.
func setTransparent(network string, c syscall.RawConn) error {
	return control(c, "making the listener transparent (needs CAP_NET_ADMIN)", func(fd int) error {
		if network == "tcp6" {
			if err := unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_TRANSPARENT, 1); err != nil {
				return err
			}
		}
		return unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_TRANSPARENT, 1)
	})
}

func control(c syscall.RawConn, doing string, set func(fd int) error) error {
	var err error
	if cerr := c.Control(func(fd uintptr) { err = set(int(fd)) }); cerr != nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, os.NewSyscallError("setsockopt", err))
	}
	return nil
}

// originalDestination returns the address that the client dialled. After REDIRECT it comes from
// the connection tracker; after TPROXY, and without any rule, it is the socket's own address.
func originalDestination(c net.Conn) (netip.AddrPort, error) {
	local := addrPort(c.LocalAddr())
	t, ok := c.(*net.TCPConn)
	if !ok {
		return local, nil
	}
	to, err := redirectedFrom(t, local.Addr().Is4())
	for _, none := range []error{unix.ENOENT, unix.ENOPROTOOPT, unix.EOPNOTSUPP} {
		if errors.Is(err, none) {
			return local, nil
		}
	}
	if err != nil {
		return local, fmt.Errorf("reading the original destination: %w", err)
	}
	return to, nil
}

// redirectedFrom returns the original destination in the connection tracker, which the kernel
// returns as a sockaddr.
func redirectedFrom(t *net.TCPConn, v4 bool) (netip.AddrPort, error) {
	rc, err := t.SyscallConn()
	if err != nil {
		return netip.AddrPort{}, err
	}
	var sa [unix.SizeofSockaddrInet6]byte
	level, option, size := unix.SOL_IPV6, ip6tOriginalDst, uint32(unix.SizeofSockaddrInet6)
	if v4 {
		level, option, size = unix.SOL_IP, unix.SO_ORIGINAL_DST, unix.SizeofSockaddrInet4
	}
	var errno unix.Errno
	err = rc.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, uintptr(level), uintptr(option),
			uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)), 0)
	})
	if err == nil && errno != 0 {
		err = errno
	}
	if err != nil {
		return netip.AddrPort{}, err
	}
	// Both kinds begin with a family and a port; sockaddr_in6 has a flow label
	// between port and address.
	port := binary.BigEndian.Uint16(sa[2:])
	if v4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa[4:8])), port), nil
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(sa[8:24])).Unmap(), port), nil
}
