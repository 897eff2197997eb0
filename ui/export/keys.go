package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
	"imapscope/ui/view"
)

// Keys keeps the lines of key logs that a source has, and which of them are about which
// connection. It is a capture.Sink for the source's facts, and a decode.Handler for what
// they are decoded to. The zero value is ready to use.
type Keys struct {
	lines map[string][]string // by the second word of a line, in lower case
	order []string            // these words, as they first came
	conns map[capture.ConnID][]string
}

// maxLinesOf is how many lines are kept of one session: those of TLS 1.3 are five, and as many
// again for each update of its keys.
const maxLinesOf = 64

// Event implements capture.Sink. It only looks at Secrets.
func (k *Keys) Event(e *capture.Event) error {
	if e.Kind != capture.Secrets {
		return nil
	}
	for line := range bytes.Lines(e.Data) {
		fields := bytes.Fields(line)
		if len(fields) != 3 || fields[0][0] == '#' {
			continue
		}
		k.add(strings.ToLower(string(fields[1])), string(bytes.TrimSpace(line)))
	}
	return nil
}

func (k *Keys) add(id, line string) {
	list := k.lines[id]
	for _, known := range list {
		if known == line {
			return
		}
	}
	if len(list) >= maxLinesOf || list == nil && len(k.lines) >= layer.MaxSessions {
		return
	}
	if k.lines == nil {
		k.lines = make(map[string][]string)
	}
	if list == nil {
		k.order = append(k.order, id)
	}
	k.lines[id] = append(list, line)
}

// Open implements decode.Handler.
func (k *Keys) Open(capture.Conn) error { return nil }

// Events implements decode.Handler.
func (k *Keys) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if s, ok := e.(*decode.Secured); ok {
			if k.conns == nil {
				k.conns = make(map[capture.ConnID][]string)
			}
			k.conns[id] = append(k.conns[id], s.Facts.KeyIDs...)
		}
	}
	return nil
}

// keylog writes the lines of the key logs that are about connections.
func (x *Exporter) keylog(name string, s Selection) (string, error) {
	k := x.opts.Keys
	if k == nil {
		return "", errors.New("the keys of TLS sessions are not known here")
	}
	wanted := make(map[string]bool)
	conns := 0
	for _, id := range s.Conns {
		known := false
		for _, word := range k.conns[id] {
			if len(k.lines[word]) > 0 {
				known, wanted[word] = true, true
			}
		}
		if known {
			conns++
		}
	}
	if conns == 0 {
		return "", fmt.Errorf("no keys: %s with TLS, and none of their keys are in the files or in --keylog FILE", view.Count(len(k.conns), "connection"))
	}
	err := x.file(name, func(w io.Writer) error {
		for _, word := range k.order {
			for _, line := range k.lines[word] {
				if !wanted[word] {
					continue
				}
				if _, err := io.WriteString(w, line+"\n"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return fmt.Sprintf("keys of %s written to %s", view.Count(conns, "connection"), target(name)), err
}
