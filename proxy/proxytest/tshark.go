package proxytest

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// A Stream is the contents of one TCP connection of a capture.
type Stream struct {
	Client, Server string    // host:port; of a capture that has its beginning
	Said           [2][]byte // by the client, by the server
}

// Tshark puts together, with tshark, the TCP connections that a capture has of a
// port, 16 at most, in the order of their beginnings. With a file of keys (NSS key
// log) they are what was within TLS, without what a STARTTLS had before it.
func Tshark(t testing.TB, capture, port, keys string) []Stream {
	t.Helper()
	const most = 16
	args := []string{"-r", capture, "-q"}
	if keys != "" {
		// Not imap, which loses records after STARTTLS.
		args = append(args, "-d", "tcp.port=="+port+",tls", "-o", "tls.keylog_file:"+keys)
	}
	for n := range most {
		args = append(args, "-z", fmt.Sprint("follow,tcp,raw,", n))
		if keys != "" {
			args = append(args, "-z", fmt.Sprint("follow,tls,raw,", n))
		}
	}
	out := Run(t, t.TempDir(), nil, nil, Peer(t, "tshark", "tshark"), args...)
	inner := map[string][2][]byte{} // by the line that says which stream it is
	var list []Stream
	var names []string
	for _, part := range strings.Split(string(out), "\nFollow: ")[1:] {
		layer, part, _ := strings.Cut(part, "\n")
		name, part, _ := strings.Cut(part, "\n")
		s := follow(part)
		switch {
		case strings.HasPrefix(layer, "tls"):
			if strings.HasSuffix(s.Client, ":"+port) { // the one that spoke first within TLS
				s.Said[0], s.Said[1] = s.Said[1], s.Said[0]
			}
			inner[name] = s.Said
		case strings.HasSuffix(s.Server, ":"+port):
			list, names = append(list, s), append(names, name)
		}
	}
	if keys != "" {
		for i, name := range names {
			list[i].Said = inner[name]
		}
	}
	return list
}

// follow reads what tshark prints of one stream: hexadecimal lines, with a tab before
// those of the second node.
func follow(text string) (s Stream) {
	for line := range strings.Lines(text) {
		if node, ok := strings.CutPrefix(line, "Node 0: "); ok {
			s.Client = strings.TrimSpace(node)
		} else if node, ok := strings.CutPrefix(line, "Node 1: "); ok {
			s.Server = strings.TrimSpace(node)
		} else if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
			side := 0
			if strings.HasPrefix(line, "\t") {
				side = 1
			}
			s.Said[side] = append(s.Said[side], b...)
		}
	}
	return s
}
