package export

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

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/ui/view"
)

// CommentsSuffix is appended to a capture's name to name the file of its comments.
const CommentsSuffix = ".comments.jsonl"

// Comment is a user's comment on a transaction, one line of a comments file. Command is for
// readers of the file.
type Comment struct {
	Conn    capture.ConnID `json:"conn"`
	N       int            `json:"n"`
	Text    string         `json:"comment"`
	Command string         `json:"command"`
}

// CommentsFile returns the name of the comments file that belongs to a capture. It is
// empty for standard input, for several files, and for a pcapng file, whose comments are
// inside it.
func CommentsFile(captures []string) string {
	if len(captures) != 1 || captures[0] == "-" || strings.Contains(filepath.Base(captures[0]), ".pcapng") {
		return ""
	}
	return captures[0] + CommentsSuffix
}

// ReadComments reads a comments file. A file that does not exist, or an empty name, has
// no comments.
func ReadComments(name string) ([]Comment, error) {
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
	var out []Comment
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var c Comment
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s:%d: not a comment (%w); fix the line or remove the file", name, n, err)
		}
		out = append(out, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// saveComments writes a comments file, replacing one that exists.
func (x *Exporter) saveComments(name string, comments map[int]string) (string, error) {
	err := outfile.Write(name, outfile.Options{Replace: true}, func(w io.Writer) error { return x.writeComments(w, comments) })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s written to %s", view.Count(len(comments), "comment"), name), nil
}

func (x *Exporter) writeComments(w io.Writer, comments map[int]string) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, i := range slices.Sorted(maps.Keys(comments)) {
		row := x.archive.Row(i)
		if err := out.Encode(Comment{row.Conn, row.N, comments[i], row.Command}); err != nil {
			return err
		}
	}
	return nil
}
