package view

import (
	"bytes"
	"io"
	"strings"
)

// InertWriter makes what is written to it inert, except line ends, and passes it on. It is
// for messages that may contain names from elsewhere: files, hosts, arguments.
type InertWriter struct {
	w     io.Writer
	names *strings.Replacer
}

// NewInertWriter returns an InertWriter that writes to w. In names, such as the arguments
// of a command line, line ends are made inert too, so that no name looks like a line of
// its own.
func NewInertWriter(w io.Writer, names ...string) *InertWriter {
	var pairs []string
	for _, name := range names {
		// Messages may contain parts of a path, a list, or NAME=VALUE.
		for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(`/\=,`, r) }) {
			part = strings.Trim(part, "\r\n")
			if strings.ContainsAny(part, "\r\n") {
				pairs = append(pairs, part, Inert(part))
			}
		}
	}
	return &InertWriter{w, strings.NewReplacer(pairs...)}
}

// Names returns text with the line ends in names made inert.
func (i *InertWriter) Names(text string) string { return i.names.Replace(text) }

// Write writes b, which should end at the end of a character. It returns len(b), unless
// writing fails.
func (i *InertWriter) Write(b []byte) (int, error) {
	var out bytes.Buffer
	for line := range strings.Lines(i.Names(string(b))) {
		text, ended := strings.CutSuffix(line, "\n")
		out.WriteString(InertLine(text))
		if ended {
			out.WriteByte('\n')
		}
	}
	if _, err := i.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// InertLine is like Inert, but keeps the tabs of a line.
func InertLine(line string) string {
	if !strings.Contains(line, "\t") {
		return Inert(line)
	}
	cells := strings.Split(line, "\t")
	for i := range cells {
		cells[i] = Inert(cells[i])
	}
	return strings.Join(cells, "\t")
}

// InertLines is Inert for each line of a text.
func InertLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Inert(lines[i])
	}
	return strings.Join(lines, "\n")
}
