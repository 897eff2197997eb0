package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

// untimed are JSON lines without what two views of the same conversation need not
// share: when, by which file it came, and what the proxy says about itself.
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

// without returns the lines without a field.
func without(lines []map[string]any, field string) []map[string]any {
	out := make([]map[string]any, len(lines))
	for i, l := range lines {
		out[i] = maps.Clone(l)
		delete(out[i], field)
	}
	return out
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

func (s *octets) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		s.conns[e.Conn] = e.Info.Client.String()
		s.said[e.Info.Client.String()] = new([2][]byte)
	case capture.Gap:
		return errors.New("octets were lost")
	case capture.Data:
		said := &s.said[s.conns[e.Conn]][e.Dir]
		*said = append(*said, e.Data...)
	}
	return nil
}
