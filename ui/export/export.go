// Package export writes connections, messages and transactions in others' formats: text, JSON lines, Parquet, pcapng, transcripts, scripts, key logs, .eml and mbox; and comments.
//
//	rows, err := export.NewRows(n, format, w, …)    as a source is read: one row for each transaction
//	export.New(archive, …).ExportAs(format, name, …)  from an archive: connections and messages
//
// # Rules
//
//   - An existing file is never replaced, except a comments file, unless Options.Replace is
//     set; a file that is read for it is never. A file has its name only when it is complete
//     (outfile).
//   - Files contain someone's mail, so they are readable only by their owner.
//   - Rows and transcripts are masked as on the screen. Scripts and pcapng have the original
//     bytes, unless Options.Mask is set; .eml and mbox have them always, and a key log is
//     secrets.
//   - What TLS or compression carried is exported as the text of IMAP, if it was opened: no
//     format needs keys. A key log, beside the capture itself, is the other way.
//   - Names of files are made of letters, digits, "-", "_" and "." only; names
//     of mailboxes are changed to that.
//   - Memory is bounded: rows are written as they come, everything else is copied from the
//     archive's spool. A script is the exception, because whether something can be played
//     depends on all of it: see decode/script.
package export

import (
	"bufio"
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
	"imapscope/decode/protocol"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// Options say how files are written. The zero value is ready to use.
type Options struct {
	view.Options // of rows and transcripts

	Mask    bool      // number signs in place of secrets, in scripts and pcapng
	Replace bool      // files that exist
	Inputs  []string  // files that are never replaced
	Stdout  io.Writer // where a file called "-" goes; nil: nowhere
	Keys    *Keys     // of the source; nil if it has none
	Dialect protocol.Dialect
}

// Selection is what is exported.
type Selection struct {
	Conns    []capture.ConnID // the connections, for formats of whole ones, sorted
	Txns     []int            // the transactions, as their archive indexes, sorted
	Comments map[int]string   // on transactions, by archive index
}

// Exporter writes parts of an archive to files.
type Exporter struct {
	archive *archive.Archive
	opts    Options
}

// New returns an Exporter of a.
func New(a *archive.Archive, o Options) *Exporter { return &Exporter{a, o} }

// Formats returns the file name extensions that Export knows, without the dot.
func (x *Exporter) Formats() []string {
	var out []string
	for _, f := range Formats() {
		if f.Ext != "" && (f.Name != Keylog || x.opts.Keys != nil) {
			out = append(out, strings.TrimPrefix(f.Ext, "."))
		}
	}
	return out
}

// Export writes the transactions with these archive indexes, in the format of the name's
// extension; of a format of whole connections, the connections that they are on. It returns
// a sentence that describes what was written.
func (x *Exporter) Export(name string, txns []int, comments map[int]string) (string, error) {
	if len(txns) == 0 {
		return "", ErrNothing
	}
	f, ok := FormatOf(name)
	if !ok {
		return "", fmt.Errorf("%s: the name must end in one of .%s", name, strings.Join(x.Formats(), " ."))
	}
	txns = slices.Sorted(slices.Values(txns))
	return x.ExportAs(f, name, Selection{Conns: x.connsOf(txns), Txns: txns, Comments: comments})
}

// ErrNothing is returned if nothing was selected.
var ErrNothing = errors.New("nothing to export")

// Write writes a new file with the given content.
func (x *Exporter) Write(name string, content []byte) error {
	return x.file(name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// ExportAs writes a selection to a file, or to the files of a folder, in a format. It returns
// a sentence that describes what was written.
func (x *Exporter) ExportAs(f *Format, name string, s Selection) (string, error) {
	if f.rows != nil {
		return x.printed(f, name, s)
	}
	return f.whole(x, name, s)
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
	return x.record(name, Selection{Conns: x.AllConns(), Comments: comments})
}

// AllConns returns the connections of the archive.
func (x *Exporter) AllConns() []capture.ConnID {
	ids := make([]capture.ConnID, x.archive.Conns())
	for k := range ids {
		ids[k] = x.archive.Conn(k).ID
	}
	return ids
}

// AllTxns returns the transactions of the archive.
func (x *Exporter) AllTxns() []int {
	txns := make([]int, x.archive.Len())
	for i := range txns {
		txns[i] = i
	}
	return txns
}

// file writes a new file, or to Stdout if it is called "-".
func (x *Exporter) file(name string, write func(io.Writer) error) error {
	if name == "-" && x.opts.Stdout != nil {
		w := bufio.NewWriter(x.opts.Stdout)
		return errors.Join(write(w), w.Flush())
	}
	if err := x.check(name); err != nil {
		return err
	}
	return outfile.Write(name, outfile.Options{Replace: x.opts.Replace}, write)
}

// check returns the error of a file that is not to be replaced.
func (x *Exporter) check(name string) error {
	return outfile.Check(name, x.opts.Replace, x.opts.Inputs...)
}

// target returns what a file is called in a sentence.
func target(name string) string {
	if name == "-" {
		return "standard output"
	}
	return view.Inert(name)
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

// printed writes transactions as rows.
func (x *Exporter) printed(f *Format, name string, s Selection) (string, error) {
	type key struct {
		conn capture.ConnID
		n    int
	}
	chosen := make(map[key]bool, len(s.Txns))
	for _, i := range s.Txns {
		r := x.archive.Row(i)
		chosen[key{r.Conn, r.N}] = true
	}
	err := x.file(name, func(w io.Writer) error {
		rows, err := NewRows(1, f, w, print.StreamsOptions{
			StreamOptions: print.StreamOptions{
				Options: x.opts.Options,
				Chosen:  func(id capture.ConnID, n int) bool { return chosen[key{id, n}] },
			},
			Decode: decode.Options{Dialect: x.opts.Dialect},
		})
		if err != nil {
			return err
		}
		return errors.Join(x.archive.Reader().Replay(context.Background(), rows.Sink(), x.connsOf(s.Txns)...), rows.Stop(), rows.Finish())
	})
	return fmt.Sprintf("%s written to %s", view.Count(len(s.Txns), "transaction"), target(name)), err
}
