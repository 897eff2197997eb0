package live

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
)

// open returns a socket for the test, or a loud skip.
func open(t *testing.T, o Options) *Source {
	t.Helper()
	leaktest.Check(t)
	s, err := New(o)
	if errors.Is(err, ErrPrivilege) {
		t.Skip("NOT TESTED: a packet socket needs CAP_NET_RAW; run the tests as root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// talk holds a conversation on a loopback address: each side sends its bytes, and
// both close.
func talk(t *testing.T, l net.Listener, client, server []byte) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		done <- exchange(c, server, len(client))
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := exchange(c, client, len(server)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// exchange sends own, reads the other side's bytes, then closes.
func exchange(c net.Conn, own []byte, others int) error {
	defer c.Close()
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(own)
		sent <- err
	}()
	if _, err := io.CopyN(io.Discard, c, int64(others)); err != nil {
		return err
	}
	return <-sent
}

func listener(t *testing.T, address string) (net.Listener, uint16) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	return l, uint16(l.Addr().(*net.TCPAddr).Port)
}

// payload returns the number of TCP bytes in a frame of raw IP, and the destination port.
func payload(t *testing.T, b []byte) (to uint16, bytes int) {
	t.Helper()
	head, total := 40, 0
	if b[0]>>4 == 4 {
		head, total = int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	} else {
		total = 40 + int(binary.BigEndian.Uint16(b[4:]))
	}
	if total != len(b) {
		t.Errorf("a frame of %d bytes claims %d", len(b), total)
	}
	segment := b[head:]
	return binary.BigEndian.Uint16(segment[2:]), total - head - int(segment[12]>>4)*4
}

// TestEachFrameOnce captures a real conversation: on loopback, and on all
// interfaces together, each byte is seen once.
func TestEachFrameOnce(t *testing.T) {
	for _, c := range []struct{ name, iface, address string }{
		{"lo", "lo", "127.0.0.1:0"}, {"lo, IPv6", "lo", "[::1]:0"}, {"any", Any, "127.0.0.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, port := listener(t, c.address)
			s := open(t, Options{Interface: c.iface, Ports: []uint16{port}})
			start := time.Now().Add(-time.Second)
			talk(t, l, make([]byte, 300_000), make([]byte, 700_000))
			toServer, toClient, frames := 0, 0, uint64(0)
			s.sock.waitUntil(time.Now().Add(5 * time.Second))
			var p pcap.Packet
			for toServer < 300_000 || toClient < 700_000 {
				if err := s.sock.next(&p); err != nil {
					t.Fatalf("%d and %d bytes: %v", toServer, toClient, err)
				}
				frames++
				if p.Offset != -1 || p.Number != int64(frames) || p.Length != len(p.Data) || p.Iface == 0 {
					t.Errorf("%+v", p)
				}
				if p.Time.Before(start) || p.Time.After(time.Now()) {
					t.Errorf("time %v", p.Time)
				}
				if to, n := payload(t, p.Data); to == port {
					toServer += n
				} else {
					toClient += n
				}
			}
			for {
				more, err := s.sock.pending(&p)
				if err != nil || !more {
					break
				}
				if _, n := payload(t, p.Data); n > 0 {
					t.Errorf("%d bytes more than were sent", n)
				}
				frames++
			}
			if got := s.Stats(); got.Frames != frames || got.Dropped != 0 {
				t.Errorf("%+v after %d frames", got, frames)
			}
		})
	}
}

// TestInjected puts frames on loopback that no local program would send.
func TestInjected(t *testing.T) {
	const other = 9 // not listened to
	hit, miss := tcp(40000, 143), tcp(40000, other)
	for name, c := range map[string]struct {
		frame
		any  bool // AnyPort
		want bool
	}{
		"plain":                  {frame{etherIPv4, ip4(6, 0, 0, hit)}, false, true},
		"plain, other ports":     {frame{etherIPv4, ip4(6, 0, 0, miss)}, false, false},
		"any port":               {frame{etherIPv4, ip4(6, 0, 0, miss)}, true, true},
		"tagged":                 {frame{etherVLAN, tag(etherIPv4, ip4(6, 0, 0, hit))}, false, true},
		"tagged, other ports":    {frame{etherVLAN, tag(etherIPv4, ip4(6, 0, 0, miss))}, false, false},
		"twice tagged":           {frame{etherQinQ, tag(etherVLAN, tag(etherIPv4, ip4(6, 0, 0, hit)))}, false, true},
		"three times tagged, v6": {frame{etherQinQ, tag(etherVLAN, tag(etherVLAN, tag(etherIPv6, ip6(0, extension(6, 0, hit)))))}, false, true},
		"later fragment":         {frame{etherIPv4, ip4(6, 0, 1, miss)}, false, true},
		"UDP":                    {frame{etherIPv4, ip4(17, 0, 0, hit)}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Options{Interface: "lo", AnyPort: c.any})
			inject(t, c.frame)
			inject(t, frame{etherIPv4, ip4(6, 0, 0, tcp(7, 993))}) // the last one, always let through
			s.sock.waitUntil(time.Now().Add(5 * time.Second))
			var p pcap.Packet
			got := false
			for {
				if err := s.sock.next(&p); err != nil {
					t.Fatal(err)
				}
				if to, _ := lastPorts(p.Data); to == 993 {
					break
				}
				if to, from := lastPorts(p.Data); from == 40000 && (to == 143 || to == other) {
					got = true
				}
				if v := p.Data[0] >> 4; v != 4 && v != 6 {
					t.Errorf("it does not begin with IP: % x", p.Data)
				}
			}
			if got != c.want {
				t.Errorf("let through: %v", got)
			}
		})
	}
}

// lastPorts returns the ports in the 20-byte TCP header at the end of an injected frame.
func lastPorts(b []byte) (to, from uint16) {
	if len(b) < 20 {
		return 0, 0
	}
	b = b[len(b)-20:]
	return binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b)
}

// inject sends a frame to the loopback interface, which receives it.
func inject(t *testing.T, f frame) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	b := binary.BigEndian.AppendUint16(make([]byte, 12), uint16(f.ether))
	to := &unix.SockaddrLinklayer{Ifindex: lo.Index, Protocol: networkOrder(uint16(f.ether))}
	if err := unix.Sendto(fd, append(b, f.packet...), 0, to); err != nil {
		t.Fatal(err)
	}
}

// TestDropsAreCounted overruns a socket that is not read.
func TestDropsAreCounted(t *testing.T) {
	l, port := listener(t, "127.0.0.1:0")
	s := open(t, Options{Interface: "lo", Ports: []uint16{port}})
	room(t, s, 4096)
	talk(t, l, make([]byte, 1<<20), make([]byte, 1<<20))
	first := s.Stats()
	if first.Dropped == 0 {
		t.Errorf("%+v", first)
	}
	if again := s.Stats(); again.Dropped < first.Dropped {
		t.Errorf("%+v, then %+v", first, again)
	}
	s.Close()
	if closed := s.Stats(); closed.Dropped < first.Dropped {
		t.Errorf("%+v, and closed %+v", first, closed)
	}
}

func TestReadDeadline(t *testing.T) {
	s := open(t, Options{Interface: "lo", Ports: []uint16{1}})
	s.sock.waitUntil(time.Now().Add(20 * time.Millisecond))
	var p pcap.Packet
	if err := s.sock.next(&p); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	if more, err := s.sock.pending(&p); more || err != nil {
		t.Errorf("pending after the deadline: %v, %v", more, err)
	}
}
