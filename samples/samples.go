// Package samples embeds captures and mailboxes.
//
// Every capture here was recorded for this project; README.md describes them. The pcapng
// files were generated from scripts (samples/stage).
package samples

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed *.pcap *.pcapng tls/*.pcapng
var files embed.FS

// Demo is the name of a short capture that shows many features: a client of 1988 and a server
// of 1992, from greeting to BYE.
const Demo = "mtest1988--imap-1.pcap"

// Names returns the names of the captures, sorted, without those in tls, which are encrypted.
func Names() []string {
	list, _ := files.ReadDir(".") // cannot fail: it is embedded
	var names []string
	for _, x := range list {
		if !x.IsDir() {
			names = append(names, x.Name())
		}
	}
	return names
}

// Read returns a capture by name, with or without its extension. The name of one that is
// encrypted begins with "tls/".
func Read(name string) ([]byte, error) {
	for _, ending := range [...]string{"", ".pcap", ".pcapng"} {
		if b, err := files.ReadFile(name + ending); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("no capture %q: %w", name, fs.ErrNotExist)
}
