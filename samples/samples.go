// Package samples is embedded captures and mailboxes.
//
// Every capture here was recorded for this project; README.md says from what. Those
// that are pcapng were played from scripts (samples/stage).
package samples

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed *.pcap *.pcapng
var files embed.FS

// Demo is the capture that shows most in least: a client of 1988 and a server
// of 1992, from greeting to BYE.
const Demo = "mtest1988--imap-1.pcap"

// Names are the captures there are, sorted.
func Names() []string {
	list, _ := files.ReadDir(".") // it is there
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name()
	}
	return names
}

// Read is a capture by name, with or without its ending.
func Read(name string) ([]byte, error) {
	for _, ending := range [...]string{"", ".pcap", ".pcapng"} {
		if b, err := files.ReadFile(name + ending); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("no capture %q: %w", name, fs.ErrNotExist)
}
