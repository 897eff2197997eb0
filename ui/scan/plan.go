package scan

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imapscope/decode/protocol"
)

// Settings are what results depend on beside the files.
type Settings struct {
	Format  string // JSONL or Parquet
	Ports   []uint16
	Dialect protocol.Dialect
	Keylog  string // a file with keys, "" if there is none
	Service string // to which all servers belong, "" if each has accounts of its own

	// Split is the size of a part, in bytes: a larger file is divided; 0: no file is.
	Split int64
	// ByPorts divides connections between the same two addresses, too; see the package comment.
	ByPorts bool
}

// The formats of results.
const (
	JSONL   = "jsonl"
	Parquet = "parquet"
)

// maxParts is how many parts a file has at most: each of them reads the whole file.
const maxParts = 8

// File is a file to analyse.
type File struct {
	Name     string // as it is shown
	Path     string // absolute
	Size     int64
	Modified time.Time
	Named    bool // the user named it: it must be a capture
	Parts    int
}

// Skipped is a file without results, and why it has none.
type Skipped struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Plan is what is to be done.
type Plan struct {
	Version string // of the program: another one may find something else
	Settings
	Files   []File
	Skipped []Skipped // what is no regular file
}

// Unit is a unit of work.
type Unit struct {
	File *File
	Part int // from 0
}

// Units returns the units of a plan, in the order of the results.
func (p *Plan) Units() []Unit {
	var out []Unit
	for i := range p.Files {
		for part := range p.Files[i].Parts {
			out = append(out, Unit{&p.Files[i], part})
		}
	}
	return out
}

// Finder finds files to analyse. Inputs replaces files that belong together by one name, and OnDisk
// is its inverse.
type Finder struct {
	Inputs  func([]string) []string
	OnDisk  func([]string) []string
	Exclude string // a directory that is not searched: that of the results
}

// Plan returns the plan for these files, directories (with all that is below them) and patterns.
func (f Finder) Plan(paths []string, s Settings, version string) (*Plan, error) {
	p := &Plan{Version: version, Settings: s}
	named := make(map[string]bool)
	var names []string
	for _, path := range paths {
		found, err := expand(path)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			named[x] = true
			more, err := f.walk(x, p)
			if err != nil {
				return nil, err
			}
			names = append(names, more...)
		}
	}
	seen := make(map[string]bool)
	for _, name := range f.Inputs(names) {
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, err
		}
		if seen[path] {
			continue
		}
		seen[path] = true
		file := File{Name: name, Path: path, Named: named[name], Parts: 1}
		for _, x := range f.OnDisk([]string{name}) {
			if info, err := os.Stat(x); err == nil {
				file.Size += info.Size()
				file.Modified = later(file.Modified, info.ModTime())
			}
		}
		file.Parts = s.parts(file.Size)
		p.Files = append(p.Files, file)
	}
	slices.SortFunc(p.Files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Skipped, func(a, b Skipped) int { return cmp.Compare(a.File, b.File) })
	if len(p.Files) == 0 {
		return nil, fmt.Errorf("no file in %s", strings.Join(paths, " "))
	}
	return p, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a
}

// parts returns how many parts a file of a size has.
func (s *Settings) parts(size int64) int {
	if s.Split <= 0 || size <= s.Split {
		return 1
	}
	return int(min((size+s.Split-1)/s.Split, maxParts))
}

// expand returns what a path names: itself if it exists, else the files that match it as a
// pattern.
func expand(path string) ([]string, error) {
	_, err := os.Lstat(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(path, "*?[") {
		return []string{path}, err
	}
	found, bad := filepath.Glob(path)
	if bad != nil {
		return nil, fmt.Errorf("%s: %w", path, bad)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no file matches", path)
	}
	return found, nil
}

// walk returns the regular files at a path and below it; what else is there is skipped.
func (f Finder) walk(root string, p *Plan) ([]string, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	var out []string
	file := func(path string, info fs.FileInfo) {
		if info.Mode().IsRegular() {
			out = append(out, path)
		} else {
			p.Skipped = append(p.Skipped, Skipped{path, "not a regular file"})
		}
	}
	if !info.IsDir() {
		file(root, info)
		return out, nil
	}
	if f.Exclude != "" && sameFile(root, f.Exclude) {
		return nil, fmt.Errorf("%s is searched, and cannot have the results as well: choose a directory in it, or elsewhere", root)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			p.Skipped = append(p.Skipped, Skipped{path, cause(err)})
			return nil
		case d.IsDir() && f.Exclude != "" && sameFile(path, f.Exclude):
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			p.Skipped = append(p.Skipped, Skipped{path, cause(err)})
		case info.IsDir():
			p.Skipped = append(p.Skipped, Skipped{path, "a link to a directory"})
		default:
			file(path, info)
		}
		return nil
	})
	return out, err
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// cause returns what is wrong, without the name of the file.
func cause(err error) string {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
