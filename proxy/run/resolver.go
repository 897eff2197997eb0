package run

import (
	"bufio"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// Bounds of the relay of DNS.
const (
	dnsTimeout = 5 * time.Second
	dnsAtOnce  = 64 // queries; more are dropped, and asked again by their resolver
	dnsSize    = 64 << 10
)

// nameserver returns the resolver of this machine, host:port.
func nameserver(conf string) string {
	f, err := os.Open(conf)
	if err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if words := strings.Fields(s.Text()); len(words) > 1 && words[0] == "nameserver" {
				return net.JoinHostPort(words[1], "53")
			}
		}
	}
	return "127.0.0.1:53"
}

// resolve answers the queries that arrive at c as the resolver at to does, until c is closed.
func resolve(c net.PacketConn, to string) {
	slots := make(chan struct{}, dnsAtOnce)
	var asking sync.WaitGroup
	defer asking.Wait()
	b := make([]byte, dnsSize)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		select {
		case slots <- struct{}{}:
		default:
			continue
		}
		query := append([]byte(nil), b[:n]...)
		asking.Go(func() {
			defer func() { <-slots }()
			if answer := ask(to, query); answer != nil {
				c.WriteTo(answer, from) //nolint:errcheck // UDP: it is asked again
			}
		})
	}
}

// ask sends a query and returns the answer; nil if there is none.
func ask(to string, query []byte) []byte {
	c, err := net.DialTimeout("udp", to, dnsTimeout)
	if err != nil {
		return nil
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(dnsTimeout)) //nolint:errcheck // reading fails then
	if _, err := c.Write(query); err != nil {
		return nil
	}
	b := make([]byte, dnsSize)
	n, err := c.Read(b)
	if err != nil {
		return nil
	}
	return b[:n]
}
