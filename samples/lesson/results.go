package lesson

import (
	"bufio"
	"bytes"
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
	"strings"
)

// Visit is what happened while a student was at a step that asks: a line of a results file. It
// has nothing that says who the student is or what was typed.
type Visit struct {
	Lesson   string  `json:"lesson"`   // Lesson.ID
	Step     int     `json:"step"`     // from 1
	Attempts int     `json:"attempts"` // answers that were judged
	Hints    int     `json:"hints"`    // given
	Seconds  float64 `json:"seconds"`  // at the step, in tenths
	Right    bool    `json:"right"`    // whether the step was answered
}

// maxResults is the maximum size of a results file that is read, in bytes.
const maxResults = 16 << 20

// Results is a file that Visits are appended to, one line of JSON each.
type Results struct{ name string }

// OpenResults returns the results file of a name, and creates it if necessary. In a folder it creates
// a file with a random name, so that a class can share one folder. It fails if the file
// exists and has anything but results in it.
func OpenResults(name string) (*Results, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return createResults(name)
	case errors.Is(err, fs.ErrNotExist):
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return nil, err
		}
		return &Results{name}, f.Close()
	case err != nil:
		return nil, err
	}
	if _, err := ReadResults(name); err != nil {
		return nil, fmt.Errorf("%w; results are appended only to results: name another file", err)
	}
	return &Results{name}, nil
}

// createResults creates a results file with a random name in a folder.
func createResults(dir string) (*Results, error) {
	for {
		name := filepath.Join(dir, "results-"+strconv.FormatUint(rand.Uint64(), 36)+resultsExt)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Results{name}, f.Close()
	}
}

const resultsExt = ".jsonl"

// Name returns the name of the file.
func (r *Results) Name() string { return r.name }

// Append appends a Visit, as one write, so that several students can share one file.
func (r *Results) Append(v Visit) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(r.name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// ReadResults reads a results file. It fails if a line is anything but a Visit.
func ReadResults(name string) ([]Visit, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxResults {
		return nil, fmt.Errorf("%s is not a results file", name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		return nil, fmt.Errorf("%s is not a results file: its last line has no end", name)
	}
	var out []Visit
	s := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; s.Scan(); n++ {
		v, err := parseVisit(s.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s is not a results file: line %d is not a result, as learn --results writes it", name, n)
		}
		out = append(out, v)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s is not a results file: %w", name, err)
	}
	return out, nil
}

// parseVisit parses a line, which has these fields and no others.
func parseVisit(line []byte) (v Visit, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, err
	}
	if _, err := d.Token(); err != io.EOF {
		return v, errors.New("more than one value")
	}
	if v.Lesson == "" || v.Step < 1 || v.Attempts < 0 || v.Hints < 0 || v.Seconds < 0 {
		return v, errors.New("out of range")
	}
	return v, nil
}

// ResultFiles returns the results files that are meant: files, and of folders those that end in .jsonl.
func ResultFiles(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, name)
			continue
		}
		list, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if !e.IsDir() && strings.HasSuffix(e.Name(), resultsExt) {
				out = append(out, filepath.Join(name, e.Name()))
			}
		}
	}
	return out, nil
}

// StepSummary sums up what the students of several results files did at one step.
type StepSummary struct {
	Lesson   string
	Step     int
	Students int // the files that have the step
	AtOnce   int // students whose first answer was right, without a hint
	WithHelp int // students who got it right later, or with a hint
	Attempts int // of all students
	Hints    int
	Seconds  float64 // the median over the students
}

// Summarize sums up results, the Visits of one student in each element: per step, by lesson
// and step. Several visits of a student at a step count as one.
func Summarize(students [][]Visit) []StepSummary {
	type step struct {
		lesson string
		n      int
	}
	sums := map[step]*StepSummary{}
	seconds := map[step][]float64{}
	for _, visits := range students {
		own := map[step]*Visit{}
		for _, v := range visits {
			at := step{v.Lesson, v.Step}
			sum := own[at]
			if sum == nil {
				sum = &Visit{}
				own[at] = sum
			}
			sum.Attempts += v.Attempts
			sum.Hints += v.Hints
			sum.Seconds += v.Seconds
			sum.Right = sum.Right || v.Right
		}
		for at, v := range own {
			s := sums[at]
			if s == nil {
				s = &StepSummary{Lesson: at.lesson, Step: at.n}
				sums[at] = s
			}
			s.Students++
			switch {
			case v.Right && v.Attempts <= 1 && v.Hints == 0:
				s.AtOnce++
			case v.Right:
				s.WithHelp++
			}
			s.Attempts += v.Attempts
			s.Hints += v.Hints
			seconds[at] = append(seconds[at], v.Seconds)
		}
	}
	out := make([]StepSummary, 0, len(sums))
	for at, s := range sums {
		s.Seconds = median(seconds[at])
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b StepSummary) int {
		if c := byNumber(a.Lesson, b.Lesson); c != 0 {
			return c
		}
		return a.Step - b.Step
	})
	return out
}

// median returns the middle of some numbers, of which there is at least one.
func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
