package lesson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Result is how a student completed a step that asks.
type Result string

// The results.
const (
	AtOnce   Result = "right"      // the first answer was right
	WithHelp Result = "with hints" // a later answer was right, or a hint was taken
	Skipped  Result = "skipped"
)

// Progress is how far a student has come, in all lessons.
type Progress struct {
	Lessons map[string]*Record `json:"lessons"` // by Lesson.ID
}

// Record is how far a student has come in a lesson.
type Record struct {
	Step     int            `json:"step"` // the current step, from 0; after the last one: finished
	Answered map[int]Result `json:"answered,omitempty"`
	Finished bool           `json:"finished,omitempty"`
}

// maxProgress is the largest file that is read, in bytes.
const maxProgress = 4 << 20

// LoadProgress reads what Save wrote. A file that does not exist is no progress yet.
func LoadProgress(file string) (*Progress, error) {
	p := &Progress{Lessons: map[string]*Record{}}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read your progress: %w", err)
	}
	broken := func(why any) error {
		return fmt.Errorf("%s is not a valid progress file: %v; fix it, or remove it to start over", file, why)
	}
	if info.Size() > maxProgress || !info.Mode().IsRegular() {
		return nil, broken("it has another format")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read your progress: %w", err)
	}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, broken(err)
	}
	if p.Lessons == nil {
		p.Lessons = map[string]*Record{}
	}
	for id, r := range p.Lessons {
		if r == nil || r.Step < 0 {
			return nil, broken(fmt.Sprintf("there is no such step in %q", id))
		}
		for _, a := range r.Answered {
			if a != AtOnce && a != WithHelp && a != Skipped {
				return nil, broken(fmt.Sprintf("%q is not a result", a))
			}
		}
	}
	return p, nil
}

// Save writes the progress to a file that only its owner can read. It replaces the file
// atomically.
func (p *Progress) Save(file string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot save your progress: %w", err)
		}
	}()
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(file)+".*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Of returns the record of a lesson; a new one begins at the first step.
func (p *Progress) Of(id string) *Record {
	if p.Lessons == nil {
		p.Lessons = map[string]*Record{}
	}
	if p.Lessons[id] == nil {
		p.Lessons[id] = &Record{}
	}
	return p.Lessons[id]
}

// At returns the step at which a student continues. The lesson may have become shorter.
func (r *Record) At(l *Lesson) int { return max(0, min(r.Step, len(l.Steps)-1)) }

// Again restarts the lesson: its questions are asked again. It remains finished if it was.
func (r *Record) Again() { *r = Record{Finished: r.Finished} }

// Answer records how a step was answered. Later answers do not count, unless the step was
// skipped.
func (r *Record) Answer(step int, how Result) {
	if r.Answered == nil {
		r.Answered = map[int]Result{}
	}
	if was, ok := r.Answered[step]; !ok || was == Skipped {
		r.Answered[step] = how
	}
}
