package scan

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"imapscope/capture/outfile"
)

// Mode is what to do with results that are there already.
type Mode uint8

// The modes.
const (
	Fresh  Mode = iota // fail
	Force              // replace them
	Resume             // continue a scan that was interrupted
)

// The names in the folder of the results. Intermediate results are in workDir, in a folder called as
// the scan's ID, so that no worker of another scan writes there; each unit's are in a folder called as its
// number.
const (
	workDir      = ".imapscope-scan"
	overDir      = ".imapscope-scan.over" // workDir while it is being removed
	manifestName = "manifest.json"
	resultName   = "result"
	SummaryName  = "summary.json"
	AccountsName = "accounts.jsonl"
)

// tables are the kinds of records of a unit, and what their files are called.
var tables = [...]string{"transactions", "findings", "reasons"}

// Scan is a scan in progress: a folder with results.
type Scan struct {
	ID     string // random; the same for all that work on it
	Plan   *Plan
	Resume bool // some of it had been done before

	dir   string
	units []Unit
}

type manifest struct {
	ID   string
	Plan *Plan
}

// ErrNone is the error about a folder in which no scan is in progress.
var ErrNone = errors.New("no scan is in progress here")

// Begin begins a scan, whose results will be in a folder.
func Begin(dir string, p *Plan, mode Mode) (*Scan, error) {
	old, err := Join(dir)
	switch {
	case mode == Resume && errors.Is(err, ErrNone):
		return nil, fmt.Errorf("%s: %w, and --resume has nothing to continue", dir, err)
	case mode == Resume && err != nil:
		return nil, err
	case mode == Resume:
		return old, old.fits(p)
	}
	if err := p.spares(dir); err != nil {
		return nil, err
	}
	if err := clear(dir, mode); err != nil {
		return nil, err
	}
	s := &Scan{ID: strconv.FormatUint(rand.Uint64(), 36), Plan: p, dir: dir, units: p.Units()}
	if err := os.MkdirAll(filepath.Join(dir, workDir, s.ID), 0o700); err != nil {
		return nil, err
	}
	b, err := json.Marshal(manifest{s.ID, p})
	if err != nil {
		return nil, err
	}
	return s, writeWhole(filepath.Join(dir, workDir, manifestName), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// Join returns the scan that is in progress in a folder. Its error is ErrNone if there is none.
func Join(dir string) (*Scan, error) {
	name := filepath.Join(dir, workDir, manifestName)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Plan == nil {
		return nil, fmt.Errorf("%s is damaged; --force starts again", name)
	}
	return &Scan{ID: m.ID, Plan: m.Plan, Resume: true, dir: dir, units: m.Plan.Units()}, nil
}

// awaitEvery is how often Await looks.
const awaitEvery = 500 * time.Millisecond

// Await returns the scan that is in progress in a folder, as soon as there is one. If it has to wait, it
// calls waiting.
func Await(ctx context.Context, dir string, waiting func()) (*Scan, error) {
	for first := true; ; first = false {
		s, err := Join(dir)
		if !errors.Is(err, ErrNone) {
			return s, err
		}
		if first {
			waiting()
		}
		select {
		case <-time.After(awaitEvery):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// fits returns an error if a plan is not that of the scan.
func (s *Scan) fits(p *Plan) error {
	same := func(a, b File) bool {
		return a.Path == b.Path && a.Size == b.Size && a.Modified.Equal(b.Modified) && a.Parts == b.Parts && a.Named == b.Named
	}
	switch old := s.Plan; {
	case old.Version != p.Version:
		return fmt.Errorf("%s was begun by imapscope %s; --force starts again", s.dir, old.Version)
	case old.Format != p.Format || !slices.Equal(old.Ports, p.Ports) || old.Dialect != p.Dialect || old.Keylog != p.Keylog || old.Service != p.Service || old.Split != p.Split || old.ByPorts != p.ByPorts:
		return fmt.Errorf("%s was begun with other flags; give the same ones, or --force, which starts again", s.dir)
	case !slices.EqualFunc(old.Files, p.Files, same):
		return fmt.Errorf("the files are not those that the scan in %s was begun with; --force starts again", s.dir)
	}
	return nil
}

// Owned returns the names of the files that a scan may leave in the folder of its results.
func Owned() []string {
	out := []string{SummaryName, AccountsName}
	for _, t := range tables {
		out = append(out, t+"."+JSONL, t+"."+Parquet)
	}
	return out
}

// spares returns an error if results would replace a file that is read.
func (p *Plan) spares(dir string) error {
	for _, name := range Owned() {
		for i := range p.Files {
			if sameFile(p.Files[i].Path, filepath.Join(dir, name)) {
				return fmt.Errorf("%s is read, and results would replace it: choose another directory for them", p.Files[i].Name)
			}
		}
	}
	return nil
}

// clear removes the results of another scan, or fails because of them.
func clear(dir string, mode Mode) error {
	for _, name := range append(Owned(), workDir, overDir) {
		path := filepath.Join(dir, name)
		_, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case name == overDir: // of a scan that is complete
		case mode != Force && name == workDir:
			return fmt.Errorf("%s has a scan that was not completed: --resume continues it, --force starts again", dir)
		case mode != Force:
			return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// end removes the intermediate results. A worker that repeats a unit may be writing there.
func (s *Scan) end() error {
	over := filepath.Join(s.dir, overDir)
	if err := os.RemoveAll(over); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(s.dir, workDir), over); err != nil {
		return err
	}
	return os.RemoveAll(over)
}

// Over reports whether the scan is no longer in progress: it is complete, or another one has begun.
func (s *Scan) Over() bool {
	now, err := Join(s.dir)
	return errors.Is(err, ErrNone) || err == nil && now.ID != s.ID
}

// Units returns how many units there are.
func (s *Scan) Units() int { return len(s.units) }

// Size returns how many bytes are read for a unit.
func (s *Scan) Size(unit int) int64 { return s.units[unit].File.Size }

func (s *Scan) unitDir(unit int) string {
	return filepath.Join(s.dir, workDir, s.ID, fmt.Sprintf("%08d", unit))
}

// Done reports whether a unit is done.
func (s *Scan) Done(unit int) bool {
	_, err := os.Lstat(filepath.Join(s.unitDir(unit), resultName))
	return err == nil
}

// Missing returns the units that are not done.
func (s *Scan) Missing() []int {
	var out []int
	for i := range s.units {
		if !s.Done(i) {
			out = append(out, i)
		}
	}
	return out
}

// Do does a unit, unless it is done. It may be called for the same unit by several processes at the
// same time. The error is one of the folder, or of ctx; unless it is the last time, also that the file
// is not here, or is another one: elsewhere it may be the right one.
func (s *Scan) Do(ctx context.Context, unit int, open Open, last bool) (err error) {
	if unit < 0 || unit >= len(s.units) {
		return fmt.Errorf("there is no unit %d", unit)
	}
	if s.Done(unit) {
		return nil
	}
	aside, err := os.MkdirTemp(filepath.Join(s.dir, workDir, s.ID), "part-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	a, err := newAnalysis(s.units[unit], &s.Plan.Settings, aside)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if err := a.run(ctx, open); err != nil {
		return err
	}
	if a.absent != nil && !last {
		return a.absent
	}
	if err := a.save(aside); err != nil {
		return err
	}
	err = os.Rename(aside, s.unitDir(unit))
	if err != nil && s.Done(unit) {
		return nil // another process was faster
	}
	return err
}

// save writes the records and the result.
func (a *analysis) save(dir string) error {
	for i, p := range []*spool{&a.transactions, &a.findings, &a.reasons} {
		if err := writeWhole(filepath.Join(dir, tables[i]), p.save); err != nil {
			return err
		}
	}
	if err := a.close(); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, resultName), func(w io.Writer) error { return gob.NewEncoder(w).Encode(&a.Result) })
}

// result reads what a unit found.
func (s *Scan) result(unit int) (*Result, error) {
	name := filepath.Join(s.unitDir(unit), resultName)
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := new(Result)
	if err := gob.NewDecoder(bufio.NewReader(f)).Decode(r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, errRecord)
	}
	return r, nil
}

// writeWhole writes a file that has its name only when it is complete, and is on disk.
func writeWhole(name string, write func(io.Writer) error) error {
	return outfile.Write(name, outfile.Options{Replace: true}, write)
}
