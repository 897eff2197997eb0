// Package samples is embedded captures and mailboxes.
//
// Every capture here was recorded for this project; README.md says from what.
package samples

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.pcap
var files embed.FS

// Demo is the capture that shows most in least: a client of 1988 and a server
// of 1992, from greeting to BYE.
const Demo = "mtest1988--imap-1.pcap"

// Names are the captures there are, sorted.
func Names() []string {
	names, _ := fs.Glob(files, "*.pcap") // the pattern is right
	return names
}

// Read is a capture by name, with or without its ending.
func Read(name string) ([]byte, error) {
	return files.ReadFile(strings.TrimSuffix(name, ".pcap") + ".pcap")
}
