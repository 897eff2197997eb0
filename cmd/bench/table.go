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

// String returns the table and its note, its columns aligned, with a line feed at the end.
func (t table) String() string {
	var b strings.Builder
	if len(t.head) > 0 {
		widths := make([]int, len(t.head))
		for _, row := range append([][]string{t.head}, t.rows...) {
			for i, cell := range row {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
		writeRow(&b, t.head, widths)
		for i, w := range widths {
			if i == 0 {
				b.WriteString("|" + strings.Repeat("-", w+2) + "|")
				continue
			}
			b.WriteString(strings.Repeat("-", w+1) + ":|") // numbers
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
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
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
	return before + begin + t.String() + end + after, nil
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
