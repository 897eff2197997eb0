package lesson

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Result is how a student got past a step that asks.
type Result string

// The results.
const (
	AtOnce   Result = "right"      // the first answer was right
	WithHelp Result = "with hints" // a later one was, or a hint was taken
	Skipped  Result = "skipped"
)

// Progress is how far a student has come, in all lessons.
type Progress struct {
	Lessons map[string]*Record `json:"lessons"` // by Lesson.ID
}

// Record is how far a student has come in a lesson.
type Record struct {
	Step     int            `json:"step"` // where they are, the first is 0; behind the last: through
	Answered map[int]Result `json:"answered,omitempty"`
	Finished bool           `json:"finished,omitempty"`
}

// maxProgress is the largest file that is taken for one, in octets.
const maxProgress = 4 << 20

// LoadProgress reads what Save wrote. A file that does not exist is no progress yet.
func LoadProgress(file string) (*Progress, error) {
	p := &Progress{Lessons: map[string]*Record{}}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read how far you have come: %w", err)
	}
	broken := func(why any) error {
		return fmt.Errorf("%s does not say how far you have come: %v; mend it, or remove it to begin anew", file, why)
	}
	if info.Size() > maxProgress || !info.Mode().IsRegular() {
		return nil, broken("it is no file of ours")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read how far you have come: %w", err)
	}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, broken(err)
	}
	if p.Lessons == nil {
		p.Lessons = map[string]*Record{}
	}
	for id, r := range p.Lessons {
		if r == nil || r.Step < 0 {
			return nil, broken(fmt.Sprintf("there is no such step of %q", id))
		}
		for _, a := range r.Answered {
			if a != AtOnce && a != WithHelp && a != Skipped {
				return nil, broken(fmt.Sprintf("%q is not how a step is answered", a))
			}
		}
	}
	return p, nil
}

// Save writes the progress to a file that only its owner can read. It is there whole
// or as it was.
func (p *Progress) Save(file string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write down how far you have come: %w", err)
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

// Of is the record of a lesson; it begins with its first step.
func (p *Progress) Of(id string) *Record {
	if p.Lessons == nil {
		p.Lessons = map[string]*Record{}
	}
	if p.Lessons[id] == nil {
		p.Lessons[id] = &Record{}
	}
	return p.Lessons[id]
}

// At is the step that a student goes on with. A lesson may have become shorter meanwhile.
func (r *Record) At(l *Lesson) int { return max(0, min(r.Step, len(l.Steps)-1)) }

// Again begins the lesson anew: its questions are asked again. That it was finished once
// stays.
func (r *Record) Again() { *r = Record{Finished: r.Finished} }

// Answer notes how a step was answered. Once it was, another time does not count.
func (r *Record) Answer(step int, how Result) {
	if r.Answered == nil {
		r.Answered = map[int]Result{}
	}
	if was, ok := r.Answered[step]; !ok || was == Skipped {
		r.Answered[step] = how
	}
}
