package export

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"imapscope/decode/lint"
	"imapscope/ui/print"
)

// A Format is a kind of file to export to.
type Format struct {
	Name string // "parquet"
	Ext  string // of the names of such files, "" if that of another format serves
	What string // what a file has, in a few words

	// Secret reports whether a file has secrets as they were sent: passwords, keys.
	Secret bool
	// Masks reports whether Options.Mask changes that.
	Masks bool
	// Several reports whether it is several files.
	Several bool

	rows     func(int, io.Writer, print.StreamsOptions) (*Rows, error) // for formats of rows
	findings bool                                                      // its rows have findings
	whole    func(*Exporter, string, Selection) (string, error)
}

// The names of formats that callers treat on their own.
const (
	Keylog = "keylog"
	Script = "script"
)

// Formats lists the formats.
func Formats() []*Format {
	return []*Format{
		{Name: "text", Ext: ".txt", What: "transactions, as decode prints them", rows: textRows},
		{Name: "jsonl", Ext: ".jsonl", What: "the lines of decode --format jsonl", rows: jsonRows},
		{Name: "parquet", Ext: ".parquet", What: "a table of transactions with their findings", rows: parquetRows, findings: true},
		{Name: "pcapng", Ext: ".pcapng", What: "whole connections, as packets in plain text", Secret: true, Masks: true, whole: (*Exporter).record},
		{Name: "transcript", Ext: ".transcript", What: "whole connections, as lines C: and S:", whole: (*Exporter).transcript},
		{Name: Script, Ext: ".script", What: "the sessions that replay can play, as a transcript", Secret: true, Masks: true, whole: (*Exporter).script},
		{Name: "eml", Ext: ".eml", What: "each fetched or appended message, a file", Several: true, whole: (*Exporter).eml},
		{Name: "mbox", Ext: ".mbox", What: "these messages, one file", whole: (*Exporter).mbox},
		{Name: Keylog, Ext: ".keylog", What: "the keys of the connections' TLS sessions", Secret: true, whole: (*Exporter).keylog},
	}
}

// FormatList is the list of formats, a line for each.
func FormatList() string {
	var b strings.Builder
	for _, f := range Formats() {
		fmt.Fprintf(&b, "  %-11s %s (%s)\n", f.Name, f.What, f.Ext)
	}
	return b.String()
}

// FormatNamed returns the format with a name.
func FormatNamed(name string) (*Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return nil, false
}

// FormatOf returns the format of a file by the extension of its name.
func FormatOf(file string) (*Format, bool) {
	for _, f := range Formats() {
		if strings.EqualFold(filepath.Ext(file), f.Ext) {
			return f, true
		}
	}
	return nil, false
}

// IsRows reports whether a file has rows: they are written as the source is read, by Rows.
func (f *Format) IsRows() bool { return f.rows != nil }

// Rows write the rows of a format as a source is read.
type Rows struct {
	*print.Streams
	end func() error // ends the file
}

// NewRows returns Rows that write to w what o selects, with n Streams.
func NewRows(n int, f *Format, w io.Writer, o print.StreamsOptions) (*Rows, error) {
	if f.findings {
		o.Findings = &lint.Options{Dialect: o.Decode.Dialect}
	}
	return f.rows(n, w, o)
}

// Finish ends the file, after Stop. It returns an error if the filter failed for rows.
func (r *Rows) Finish() error {
	if err := r.end(); err != nil {
		return err
	}
	return r.FilterError()
}

func textRows(n int, w io.Writer, o print.StreamsOptions) (*Rows, error) {
	s, err := print.NewTextStreams(n, w, o, print.TextOptions{Options: o.Options})
	return &Rows{s, func() error { return nil }}, err
}

func jsonRows(n int, w io.Writer, o print.StreamsOptions) (*Rows, error) {
	s, err := print.NewJSONStreams(n, w, o)
	return &Rows{s, func() error { return nil }}, err
}
