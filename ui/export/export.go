// Package export writes selected parts of a capture to files: transactions as text or JSON lines, connections as pcapng, fetched messages as .eml or mbox, and comments.
//
// # Rules
//
//   - An existing file is never replaced, except a comments file. A file has its name only
//     when it is complete (outfile).
//   - Files contain someone's mail, so they are readable only by their owner.
//   - Text and JSON lines are masked as on the screen; pcapng, .eml and mbox contain
//     the original bytes.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// Exporter writes parts of an archive to files.
type Exporter struct {
	archive *archive.Archive
	view    view.Options
}

// New returns an Exporter of a; o applies to text and JSON lines.
func New(a *archive.Archive, o view.Options) *Exporter { return &Exporter{a, o} }

// Formats returns the file name extensions that Export knows, without the dot.
func (x *Exporter) Formats() []string { return []string{"txt", "jsonl", "pcapng", "eml", "mbox"} }

// Export writes the transactions with these archive indexes, in the format of the name's
// extension: as text, as JSON lines, their whole connections as pcapng with comments (by
// archive index), or the fetched messages. It returns a sentence that describes what was
// written.
func (x *Exporter) Export(name string, txns []int, comments map[int]string) (string, error) {
	if len(txns) == 0 {
		return "", errors.New("nothing to export")
	}
	switch filepath.Ext(name) {
	case ".txt":
		return x.printed(name, txns, func(w io.Writer) print.Printer {
			return print.NewText(w, print.TextOptions{Options: x.view})
		})
	case ".jsonl":
		return x.printed(name, txns, func(w io.Writer) print.Printer { return print.NewJSON(w, x.view) })
	case ".pcapng":
		return x.record(name, x.connsOf(txns), comments)
	case ".eml":
		return x.messages(name, txns, true)
	case ".mbox":
		return x.messages(name, txns, false)
	}
	return "", fmt.Errorf("%s: the name must end in one of .%s", name, strings.Join(x.Formats(), " ."))
}

// Save writes the whole session with its comments as pcapng, or the comments alone to a
// file whose name ends in CommentsSuffix, which is replaced if it exists. It returns a
// sentence that describes what was written.
func (x *Exporter) Save(name string, comments map[int]string) (string, error) {
	switch {
	case strings.HasSuffix(name, CommentsSuffix):
		return x.saveComments(name, comments)
	case filepath.Ext(name) != ".pcapng":
		return "", fmt.Errorf("%s: the name must end in .pcapng (the whole session) or %s", name, CommentsSuffix)
	}
	ids := make([]capture.ConnID, x.archive.Conns())
	for k := range ids {
		ids[k] = x.archive.Conn(k).ID
	}
	return x.record(name, ids, comments)
}

// Write writes a new file with the given content.
func (x *Exporter) Write(name string, content []byte) error {
	return outfile.Write(name, outfile.Options{}, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// connsOf returns the connections of transactions, sorted.
func (x *Exporter) connsOf(txns []int) []capture.ConnID {
	var ids []capture.ConnID
	seen := make(map[capture.ConnID]bool)
	for _, i := range txns {
		if id := x.archive.Row(i).Conn; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// printed writes transactions in the same form as the decode verb.
func (x *Exporter) printed(name string, txns []int, printer func(io.Writer) print.Printer) (string, error) {
	type key struct {
		conn capture.ConnID
		n    int
	}
	chosen := make(map[key]bool, len(txns))
	for _, i := range txns {
		r := x.archive.Row(i)
		chosen[key{r.Conn, r.N}] = true
	}
	err := outfile.Write(name, outfile.Options{}, func(w io.Writer) error {
		s, err := print.NewStream(printer(w), print.StreamOptions{
			Options: x.view,
			Chosen:  func(id capture.ConnID, n int) bool { return chosen[key{id, n}] },
		})
		if err != nil {
			return err
		}
		return x.archive.Reader().Replay(context.Background(), decode.NewDemux(decode.Options{}, s), x.connsOf(txns)...)
	})
	return fmt.Sprintf("%s written to %s", view.Count(len(txns), "transaction"), name), err
}
