// Package live captures TCP connections from a network interface (Linux).
//
//	src, err := live.New(live.Options{Interface: "lo"})
//	err = src.Run(ctx, sink) // until ctx is done
//	stats := src.Stats()
//
// # Rules
//
//   - One packet socket without its ring: recvmsg reports the direction of a
//     frame, wakes for each frame, and needs no cgo. The mapped ring (gopacket's
//     afpacket) holds frames back until a block is full or times out, and does
//     not distinguish outgoing frames from incoming ones.
//   - The kernel removes link headers, so every kind of interface gives the
//     same raw IP, and one filter fits all of them.
//   - The filter passes what it cannot judge by ports: fragments, long chains
//     of IPv6 extension headers. The Assembler decides.
//   - On loopback the kernel shows each frame twice, leaving and arriving; the
//     one that arrives counts.
//   - Times are the kernel's, of the frame's arrival.
//   - An interface is put into promiscuous mode only when asked for.
//   - Frames that the kernel dropped for lack of room are counted, never ignored.
package live

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"imapscope/capture/pcap"
)

// Any is the name that means all interfaces together.
const Any = "any"

// Options selects what to capture.
type Options struct {
	Interface   string   // or Any
	Ports       []uint16 // server ports in addition to 143 and 993
	AnyPort     bool     // all TCP, whatever its ports
	Promiscuous bool     // also frames for other hosts; not with Any

	// Assembler configures the reassembly. Ports is added to its ports, and its
	// empty Origin becomes the interface's name.
	Assembler pcap.Options
}

// Stats counts the frames seen.
type Stats struct {
	Frames  uint64 // passed the filter, each counted once on loopback
	Dropped uint64 // passed the filter, and were lost for lack of room
}

// ErrNotLinux is returned by New on other systems.
var ErrNotLinux = errors.New("capturing from an interface needs Linux")

// ErrPrivilege is returned by New without the right to open a packet socket.
var ErrPrivilege = errors.New("opening a packet socket needs CAP_NET_RAW")

// index returns the interface's number; 0 means all of them.
func (o Options) index() (int, error) {
	if o.Interface == Any {
		if o.Promiscuous {
			return 0, errors.New("sniff: promiscuous mode needs one interface, not any")
		}
		return 0, nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return 0, fmt.Errorf("sniff: listing the interfaces: %w", err)
	}
	names := []string{Any}
	for _, i := range all {
		if i.Name != o.Interface {
			names = append(names, i.Name)
			continue
		}
		if i.Flags&net.FlagUp == 0 {
			return 0, fmt.Errorf("sniff: interface %s is down: sudo ip link set %s up", i.Name, i.Name)
		}
		return i.Index, nil
	}
	return 0, fmt.Errorf("sniff: no interface %q; there are: %s", o.Interface, strings.Join(names, ", "))
}

// assembler returns the options of the reassembly.
func (o Options) assembler() pcap.Options {
	a := o.Assembler
	a.Ports = append(append([]uint16(nil), a.Ports...), o.Ports...)
	if a.Origin == "" {
		a.Origin = o.Interface
	}
	return a
}

// filterPorts returns all server ports.
func (o Options) filterPorts() []uint16 {
	return append([]uint16{143, 993}, o.assembler().Ports...)
}
