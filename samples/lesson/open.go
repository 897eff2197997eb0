package lesson

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"imapscope/samples"
)

// ErrNoLesson means that no lesson has the number.
var ErrNoLesson = errors.New("there is no lesson")

// Open returns the lesson that a student means, and what reads its recordings: by its
// number from 1, its ID or its file; if which is empty, the first that is not finished. It
// fails with ErrNoLesson, or with the error of the file.
func Open(which string, p *Progress) (*Lesson, func(string) ([]byte, error), error) {
	all := Embedded()
	if which == "" {
		for _, l := range all {
			if !p.Of(l.ID).Finished {
				return l, samples.Read, nil
			}
		}
		return all[0], samples.Read, nil
	}
	if n, err := strconv.Atoi(which); err == nil {
		if n < 1 || n > len(all) {
			return nil, nil, fmt.Errorf("%w %d", ErrNoLesson, n)
		}
		return all[n-1], samples.Read, nil
	}
	for _, l := range all {
		if l.ID == which {
			return l, samples.Read, nil
		}
	}
	l, err := CheckFile(which)
	return l, Beside(which), err
}

// CheckFile reads and checks the lesson in a file. What is wrong with it is a Faults error.
func CheckFile(name string) (*Lesson, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	l, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	return l, l.Check(Beside(name))
}

// Next returns the ID of the lesson after l, empty if l is the last or a file.
func (l *Lesson) Next() string {
	all := Embedded()
	for i := range all[:len(all)-1] {
		if all[i].ID == l.ID && all[i].File == l.File {
			return all[i+1].ID
		}
	}
	return ""
}

// List writes a line for each embedded lesson: its number, its title, what it is about and
// how far the student has come.
func List(w io.Writer, p *Progress) error {
	for i, l := range Embedded() {
		mark, far := " ", ""
		switch r := p.Of(l.ID); {
		case r.Finished:
			mark = "✓"
		case r.Step > 0:
			mark, far = "…", fmt.Sprintf(" (step %d of %d)", r.At(l)+1, len(l.Steps))
		}
		if _, err := fmt.Fprintf(w, "%s %2d  %-34s %s%s\n", mark, i+1, l.Title, l.About, far); err != nil {
			return err
		}
	}
	return nil
}
