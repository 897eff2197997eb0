package run

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// localEverywhere makes every address one of this namespace, so that there is a way to it,
// and the firewall can redirect it:
//
//	ip link set lo up
//	ip route add local default dev lo src 127.0.0.1
func localEverywhere(v6 bool) error {
	if err := linkUp("lo"); err != nil {
		return fmt.Errorf("setting the loopback interface up: %w", err)
	}
	sources := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	if v6 {
		sources = append(sources, netip.IPv6Loopback())
	}
	for _, src := range sources {
		if err := addLocalDefault(1, src); err != nil { // 1: the loopback interface is the first of a namespace
			return fmt.Errorf("adding a route from %s: %w", src, err)
		}
	}
	return nil
}

func linkUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written that could be lost
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("ioctl", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r))
}

// addLocalDefault adds a route by rtnetlink(7).
func addLocalDefault(link uint32, src netip.Addr) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written that could be lost
	if err := unix.Sendto(fd, routeMessage(link, src), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	b := make([]byte, 4<<10)
	n, _, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return os.NewSyscallError("recvfrom", err)
	}
	const header, code = unix.NLMSG_HDRLEN, 4 // a struct nlmsgerr begins with the error, 0 or negative
	if n < header+code || binary.NativeEndian.Uint16(b[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("rtnetlink answers %d bytes, and no error code", n)
	}
	if errno := -int32(binary.NativeEndian.Uint32(b[header:])); errno != 0 {
		return os.NewSyscallError("rtnetlink", unix.Errno(errno))
	}
	return nil
}

// routeMessage returns the request: struct nlmsghdr, struct rtmsg, and attributes.
func routeMessage(link uint32, src netip.Addr) []byte {
	family := byte(unix.AF_INET)
	if src.Is6() {
		family = unix.AF_INET6
	}
	m := make([]byte, unix.NLMSG_HDRLEN, 128)
	binary.NativeEndian.PutUint16(m[4:], unix.RTM_NEWROUTE)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	m = append(m, family, 0, 0, 0, unix.RT_TABLE_LOCAL, unix.RTPROT_BOOT, unix.RT_SCOPE_HOST, unix.RTN_LOCAL, 0, 0, 0, 0)
	attribute := func(kind uint16, value []byte) {
		m = binary.NativeEndian.AppendUint16(m, uint16(4+len(value)))
		m = append(binary.NativeEndian.AppendUint16(m, kind), value...)
	}
	attribute(unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, link))
	attribute(unix.RTA_PREFSRC, src.AsSlice())
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	return m
}
