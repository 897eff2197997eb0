package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// A table is one of the results, as Markdown.
type table struct {
	name string     // of its place in README.md
	head []string   // the columns' titles
	rows [][]string // as long as head each
	note string     // a paragraph below the table, or ""
}

// absentCell is in a cell that has no figure.
const absentCell = "–"

// String returns the table and its note as people read them in a terminal: its columns are
// aligned. It ends with a line feed.
func (t table) String() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return t.markdown(widths)
}

// compact returns the same without the spaces that align it, for a file that must be short.
func (t table) compact() string { return t.markdown(make([]int, len(t.head))) }

// markdown returns the table with columns of these widths at least, and its note.
func (t table) markdown(widths []int) string {
	var b strings.Builder
	if len(t.head) > 0 {
		writeRow(&b, t.head, widths)
		for i, w := range widths {
			if i == 0 {
				b.WriteString("|" + strings.Repeat("-", max(w+2, 3)) + "|")
				continue
			}
			b.WriteString(strings.Repeat("-", max(w+1, 3)) + ":|") // numbers
		}
		b.WriteByte('\n')
		for _, row := range t.rows {
			writeRow(&b, row, widths)
		}
	}
	if t.note != "" {
		if len(t.head) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(t.note + "\n")
	}
	return b.String()
}

// writeRow writes a row: its first cell on the left, and the others on the right.
func writeRow(b *strings.Builder, row []string, widths []int) {
	for i, cell := range row {
		pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
		if i == 0 {
			b.WriteString("| " + cell + pad + " |")
			continue
		}
		b.WriteString(" " + pad + cell + " |")
	}
	b.WriteByte('\n')
}

// replaceTable returns text with what is between the markers of a table,
// "<!-- bench:NAME -->" and "<!-- /bench:NAME -->", replaced by the table.
func replaceTable(text string, t table) (string, error) {
	begin, end := "<!-- bench:"+t.name+" -->\n", "<!-- /bench:"+t.name+" -->\n"
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", fmt.Errorf("no lines %q and, after it, %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	if strings.Contains(after, begin) {
		return "", fmt.Errorf("more than one line %q", strings.TrimSpace(begin))
	}
	return before + begin + t.compact() + end + after, nil
}

// writeTables puts tables into a file that has markers for each of them; it changes
// nothing if one is missing.
func writeTables(name string, tables []table) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text := string(b)
	var errs []error
	for _, t := range tables {
		changed, err := replaceTable(text, t)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		text = changed
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), info.Mode().Perm())
}
