package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gopacket/gopacket/layers"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"imapscope/capture/pcap"
)

// receiveRoom is the size of the receive buffer requested from the kernel, in
// bytes. It grants less to processes that may not administer the network.
const receiveRoom = 32 << 20

// socket is a packet socket: raw IP as interfaces send and receive it.
type socket struct {
	file *os.File // the descriptor, in Go's poller
	conn syscall.RawConn
	read func(fd uintptr) bool // receive, made once
	buf  []byte
	oob  []byte
	got  received

	mu    sync.Mutex // for stats, which other goroutines read
	stats Stats
}

// received is the result of one recvmsg.
type received struct {
	bytes int // on the wire; buf holds as many of them as fit
	oob   int
	from  unix.Sockaddr
	err   error
}

// listen opens a socket that gets only what the filter lets through, on one
// interface or on all (0).
func listen(index int, promiscuous bool, code []bpf.Instruction) (*socket, error) {
	// Protocol 0 receives nothing: no frame arrives before the filter is attached.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return nil, ErrPrivilege
	}
	if err != nil {
		return nil, fmt.Errorf("sniff: opening a packet socket: %w", err)
	}
	if err := prepare(fd, index, promiscuous, code); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s := &socket{
		file: os.NewFile(uintptr(fd), "packet socket"),
		buf:  make([]byte, snapLength),
		oob:  make([]byte, 256),
	}
	s.read = s.receive
	if s.conn, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, fmt.Errorf("sniff: %w", err)
	}
	return s, nil
}

func prepare(fd, index int, promiscuous bool, code []bpf.Instruction) error {
	if err := attach(fd, code); err != nil {
		return fmt.Errorf("sniff: attaching the filter: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveRoom) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveRoom) // as much as the kernel grants
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return fmt.Errorf("sniff: asking for times: %w", err)
	}
	if promiscuous {
		mreq := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &mreq); err != nil {
			return fmt.Errorf("sniff: promiscuous mode: %w", err)
		}
	}
	all := networkOrder(unix.ETH_P_ALL)
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: index}); err != nil {
		return fmt.Errorf("sniff: binding to the interface: %w", err)
	}
	return nil
}

func attach(fd int, code []bpf.Instruction) error {
	raw, err := bpf.Assemble(code)
	if err != nil {
		return err
	}
	prog := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		prog[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]})
}

// next waits for a frame with IP in it. Its Data is valid until the next call.
// The error is os.ErrDeadlineExceeded when the deadline passes first.
func (s *socket) next(p *pcap.Packet) error {
	for {
		if err := s.conn.Read(s.read); err != nil {
			return err
		}
		if done, err := s.frame(p); done || err != nil {
			return err
		}
	}
}

// waitUntil sets the deadline of next, including a call that is waiting.
func (s *socket) waitUntil(t time.Time) {
	_ = s.file.SetReadDeadline(t) // fails on a closed socket, as next does
}

// pending is like next for frames that have already arrived; it reports false if there are no more.
func (s *socket) pending(p *pcap.Packet) (bool, error) {
	for {
		arrived := false
		if err := s.conn.Control(func(fd uintptr) { arrived = s.receive(fd) }); err != nil || !arrived {
			return false, err
		}
		if done, err := s.frame(p); done || err != nil {
			return done, err
		}
	}
}

// receive calls recvmsg once and reports whether anything has arrived.
func (s *socket) receive(fd uintptr) bool {
	g := &s.got
	for {
		g.bytes, g.oob, _, g.from, g.err = unix.Recvmsg(int(fd), s.buf, s.oob, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		if g.err != unix.EINTR {
			return g.err != unix.EAGAIN
		}
	}
}

// frame puts the received frame into p, and reports whether it is wanted.
func (s *socket) frame(p *pcap.Packet) (bool, error) {
	if s.got.err != nil {
		return false, s.got.err
	}
	from, ok := s.got.from.(*unix.SockaddrLinklayer)
	if !ok || from.Hatype == unix.ARPHRD_LOOPBACK && from.Pkttype == unix.PACKET_OUTGOING {
		return false, nil
	}
	data := s.buf[:min(s.got.bytes, len(s.buf))]
	tags, ok := untag(networkOrder(from.Protocol), data)
	if !ok {
		return false, nil
	}
	s.mu.Lock()
	s.stats.Frames++
	p.Number = int64(s.stats.Frames)
	s.mu.Unlock()
	p.Offset = -1
	p.Time = arrival(s.oob[:s.got.oob])
	p.Link = layers.LinkTypeRaw
	p.Data = data[tags:]
	p.Length = s.got.bytes - tags
	p.Iface = from.Ifindex
	p.Comment = ""
	return true, nil
}

// untag returns the number of bytes of VLAN tags before IP, if it is IP.
func untag(ether uint16, data []byte) (int, bool) {
	at := 0
	for (ether == etherVLAN || ether == etherQinQ) && at+4 <= len(data) {
		ether = binary.BigEndian.Uint16(data[at+2:])
		at += 4
	}
	return at, ether == etherIPv4 || ether == etherIPv6
}

// arrival returns the kernel's time of the frame, or our own if it gives none.
func arrival(oob []byte) time.Time {
	for len(oob) > 0 {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_TIMESTAMPNS {
			n := binary.NativeEndian
			switch len(data) { // a timespec of either word size
			case 16:
				return time.Unix(int64(n.Uint64(data)), int64(n.Uint64(data[8:]))).UTC()
			case 8:
				return time.Unix(int64(n.Uint32(data)), int64(n.Uint32(data[4:]))).UTC()
			}
		}
		oob = rest
	}
	return time.Now().UTC()
}

// count adds what the kernel dropped since the last call.
func (s *socket) count() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.Control(func(fd uintptr) {
		if k, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			s.stats.Dropped += uint64(k.Drops)
		}
	}) // on a closed socket, the earlier counts remain
	return s.stats
}

// close closes the socket after a last count.
func (s *socket) close() error {
	s.count()
	return s.file.Close()
}

// networkOrder converts a 16-bit number between the host's byte order and the
// network's.
func networkOrder(v uint16) uint16 {
	return binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, v))
}
