package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imapscope/ui/inspect"
)

// commentsEnding is behind a capture's name in that of the file of its comments.
const commentsEnding = ".comments.jsonl"

// savedComment is a line of a file of comments. Command is for people who read it.
type savedComment struct {
	inspect.Comment
	Command string `json:"command"`
}

// beside is the file of comments that belongs to a capture; "" if there is none: a
// pcapng has its comments inside, and of several files none is the first.
func beside(files []string) string {
	if len(files) != 1 || files[0] == "-" || strings.Contains(filepath.Base(files[0]), ".pcapng") {
		return ""
	}
	return files[0] + commentsEnding
}

// readComments reads a file of comments; one that is not there has none.
func readComments(name string) ([]inspect.Comment, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []inspect.Comment
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var c savedComment
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: not a comment (%w); mend the line or remove the file", name, n, err)
		}
		out = append(out, c.Comment)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// saveComments writes a file of comments, in the place of what was there.
func (x *exporter) saveComments(name string, comments map[int]string) (string, error) {
	err := replace(name, func(w io.Writer) error { return x.writeComments(w, comments) })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d comments written to %s", len(comments), name), nil
}

func (x *exporter) writeComments(w io.Writer, comments map[int]string) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, i := range slices.Sorted(maps.Keys(comments)) {
		row := x.archive.Row(i)
		err := out.Encode(savedComment{
			Comment: inspect.Comment{Conn: row.Conn, N: row.N, Text: comments[i]},
			Command: row.Command,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
