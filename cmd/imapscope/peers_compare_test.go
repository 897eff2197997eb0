package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// untimed are JSON lines without what two views of the same conversation need not
// share: when, by which file it came, and what the proxy says of itself.
func untimed(t *testing.T, lines string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(lines) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if fields["type"] == "note" {
			continue
		}
		for _, name := range []string{"time", "start", "end", "ms", "origin"} {
			delete(fields, name)
		}
		list = append(list, fields)
	}
	return list
}

// port is that of host:port.
func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

// octets is a Sink that keeps what each connection carried, by the client's address.
type octets struct {
	conns map[capture.ConnID]string
	said  map[string]*[2][]byte
}

// carried is what the connections to a port of ours carried in a capture.
func carried(t *testing.T, file, addr string) map[string]*[2][]byte {
	t.Helper()
	said, err := readable(t, file, addr)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// readable is the same of a capture that may be damaged, and what is wrong with it.
func readable(t *testing.T, file, addr string) (map[string]*[2][]byte, error) {
	t.Helper()
	n, err := strconv.ParseUint(port(addr), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	s := &octets{map[capture.ConnID]string{}, map[string]*[2][]byte{}}
	err = pcap.Files([]string{file}, pcap.Options{Ports: []uint16{uint16(n)}}).Run(context.Background(), s)
	return s.said, err
}

func (s *octets) Open(c capture.Conn) error {
	s.conns[c.ID] = c.Client.String()
	s.said[c.Client.String()] = new([2][]byte)
	return nil
}

func (s *octets) Chunk(c capture.Chunk) error {
	if c.Lost > 0 {
		return errors.New("octets were lost")
	}
	said := &s.said[s.conns[c.Conn]][c.Dir]
	*said = append(*said, c.Data...)
	return nil
}

func (s *octets) Close(capture.ConnID, time.Time, error) error { return nil }
