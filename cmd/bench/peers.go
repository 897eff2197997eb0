package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A peer is a program of others that imapscope is compared with, if it is installed.
type peer struct {
	program string
	pkg     string // Debian's
	tables  string // where it appears
}

func peers() []peer {
	return []peer{
		{"tshark", "tshark", "decode, growth, start"},
		{"haproxy", "haproxy", "relay"},
		{"socat", "socat", "relay"},
		{"mitmdump", "mitmproxy", "relay"},
	}
}

// absent returns the peers that are not installed.
func absent() (list []peer) {
	for _, p := range peers() {
		if program(p.program) == "" {
			list = append(list, p)
		}
	}
	return list
}

// String says that a peer is not installed, and how to change that.
func (p peer) String() string {
	return fmt.Sprintf("%s is not installed, and missing from %s: apt-get install %s", p.program, p.tables, p.pkg)
}

// program returns the file of a program, or "" if it is not installed.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		path = filepath.Join("/usr/sbin", name) // not on everyone's PATH
		if _, err := os.Stat(path); err != nil {
			return ""
		}
	}
	return path
}
