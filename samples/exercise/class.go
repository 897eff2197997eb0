package exercise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"imapscope/capture/outfile"
)

// A Class is a folder of exercises, all with one seed: Dir/01.pcapng and so on for the class,
// with an answer sheet to fill in (Dir/sheet.txt), and for the teacher Dir/answers/01.txt and so
// on, and Dir/answers/key.jsonl with all of them. Anyone can read the files.
type Class struct {
	Dir   string
	Seed  uint64
	Kind  string // of every fault; empty: random for each
	Level int    // of the random ones; 0: of any level
	Count int
	Force bool // replace existing files
}

// Write makes the exercises. If a file exists and Force is not set, it fails with fs.ErrExist
// before writing anything.
func (c *Class) Write(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	var keys []byte
	var names []string
	for n := 1; n <= c.Count; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, err := Make(Options{Seed: c.Seed, Number: n, Kind: c.Kind, Level: c.Level, File: c.name(n) + ".pcapng"})
		if err != nil {
			return err
		}
		keys = append(keys, x.Key.JSON()...)
		names = append(names, x.Key.File)
		err = errors.Join(c.write(c.recording(n), x.Recording), c.write(c.answer(n), []byte(x.Key.Text())))
		if err != nil {
			return err
		}
	}
	var sheet bytes.Buffer
	return errors.Join(writeSheet(&sheet, names), c.write(c.sheet(), sheet.Bytes()), c.write(c.keys(), keys))
}

// Answers returns the folder of the answers.
func (c *Class) Answers() string { return filepath.Join(c.Dir, "answers") }

// name returns the base name of the files of exercise n.
func (c *Class) name(n int) string { return fmt.Sprintf("%0*d", max(2, len(fmt.Sprint(c.Count))), n) }

func (c *Class) recording(n int) string { return filepath.Join(c.Dir, c.name(n)+".pcapng") }
func (c *Class) answer(n int) string    { return filepath.Join(c.Answers(), c.name(n)+".txt") }
func (c *Class) sheet() string          { return filepath.Join(c.Dir, "sheet.txt") }
func (c *Class) keys() string           { return filepath.Join(c.Answers(), "key.jsonl") }

// prepare creates the folders, and checks that no file would be overwritten.
func (c *Class) prepare() error {
	files := []string{c.keys(), c.sheet()}
	for n := 1; n <= c.Count; n++ {
		files = append(files, c.recording(n), c.answer(n))
	}
	for _, name := range files {
		if _, err := os.Lstat(name); err == nil && !c.Force {
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		}
	}
	return os.MkdirAll(c.Answers(), 0o755)
}

// write writes a file that does not exist, or that may be replaced.
func (c *Class) write(name string, b []byte) error {
	return outfile.Write(name, outfile.Options{Mode: 0o644, Replace: c.Force}, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
