package exercise

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of what is read for grades.
const (
	// MaxStudents is the maximum number of students of a class.
	MaxStudents = 5000
	// maxKeys is the maximum size of the answer keys, in bytes.
	maxKeys = 64 << 20
)

// ReadKeys reads the answer keys of a class. Dir is the folder of the class, its folder of
// answers, or the file key.jsonl itself.
func ReadKeys(dir string) ([]Key, error) {
	file, err := keyFile(dir)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(io.LimitReader(f, maxKeys))
	s.Buffer(nil, 1<<20)
	var keys []Key
	for n := 1; s.Scan(); n++ {
		var k Key
		if err := json.Unmarshal(s.Bytes(), &k); err != nil || k.File == "" || k.Kind == "" || k.Conn == 0 {
			return nil, fmt.Errorf("%s:%d: this is not an answer key, as imapscope exercise writes it", file, n)
		}
		keys = append(keys, k)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: there is no answer key in it", file)
	}
	return keys, nil
}

// keyFile returns the file of the answer keys.
func keyFile(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return "", fmt.Errorf("%s is not a folder", dir)
		}
		return dir, nil
	}
	c := Class{Dir: dir}
	for _, name := range []string{c.keys(), filepath.Join(dir, filepath.Base(c.keys()))} {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s has no answers/key.jsonl; name the folder that imapscope exercise -o made", dir)
}

// ReadStudents judges everything that was handed in: each name is an answer sheet, or a folder
// with a sheet, or a folder of sheets, for each student. A student is called as the sheet or the
// folder is. Nothing outside the folders is read, even if a link leads there.
func ReadStudents(keys []Key, names []string) ([]Student, error) {
	h := handed{keys: keys}
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, err
		case info.IsDir():
			err = h.folder(name)
		case !info.Mode().IsRegular():
			err = fmt.Errorf("%s is neither a file nor a folder", name)
		default:
			err = h.single(name)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(h.students) == 0 {
		return nil, fmt.Errorf("%s: nothing was handed in", strings.Join(names, ", "))
	}
	return h.students, nil
}

// handed collects what was handed in.
type handed struct {
	keys     []Key
	students []Student
}

// errMany means that there are more than MaxStudents.
var errMany = fmt.Errorf("more than %d students: grade them in parts", MaxStudents)

func (h *handed) add(name string, answers []Answer, problems []Problem) error {
	if len(h.students) >= MaxStudents {
		return errMany
	}
	h.students = append(h.students, GradeStudent(name, h.keys, answers, problems))
	return nil
}

func (h *handed) single(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	answers, problems, err := ParseSheet(name, f)
	if err != nil {
		return err
	}
	return h.add(student(filepath.Base(name)), answers, problems)
}

// folder reads a folder: a sheet, or a folder of sheets, for each student.
func (h *handed) folder(dir string) error {
	root, err := os.OpenRoot(dir) // no link leads out of it
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // it was only read
	list, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		var answers []Answer
		var problems []Problem
		name := student(e.Name())
		if e.IsDir() {
			name = e.Name()
			inside, err := fs.ReadDir(root.FS(), e.Name())
			if err != nil {
				return err
			}
			for _, x := range inside {
				if strings.HasPrefix(x.Name(), ".") || x.IsDir() {
					continue
				}
				a, p := inFolder(root, dir, filepath.Join(e.Name(), x.Name()))
				answers, problems = append(answers, a...), append(problems, p...)
			}
		} else {
			answers, problems = inFolder(root, dir, e.Name())
		}
		if err := h.add(name, answers[:min(len(answers), MaxAnswers)], problems); err != nil {
			return err
		}
	}
	return nil
}

// inFolder reads a sheet in a folder. That it cannot be read is a problem of its student, not of the class.
func inFolder(root *os.Root, dir, name string) ([]Answer, []Problem) {
	shown := filepath.Join(dir, name)
	fail := func(err error) ([]Answer, []Problem) {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, []Problem{{shown, 0, fmt.Sprintf("it cannot be read: %v", err)}}
	}
	info, err := root.Stat(name)
	if err != nil {
		return fail(err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return fail(errors.New("it is not a file"))
	}
	f, err := root.Open(name)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	answers, problems, err := ParseSheet(shown, f)
	if err != nil {
		return fail(err)
	}
	return answers, problems
}

// student returns the name of the student whose sheet has a file name.
func student(file string) string {
	if ext := filepath.Ext(file); slices.Contains([]string{".txt", ".md", ".text"}, strings.ToLower(ext)) {
		return strings.TrimSuffix(file, ext)
	}
	return file
}
