package lesson

import (
	"cmp"
	"embed"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed lessons/*.md template.md
var files embed.FS

// Embedded returns the lessons that are part of the program, in the order of the numbers
// that their file names begin with. Their recordings are those of samples.Read.
func Embedded() []*Lesson {
	names, _ := fs.Glob(files, "lessons/*.md") // the pattern is valid
	slices.SortFunc(names, byNumber)
	var out []*Lesson
	for _, name := range names {
		text, _ := files.ReadFile(name)              // it exists
		if l, err := Parse(name, text); err == nil { // a test checks that they parse
			out = append(out, l)
		}
	}
	return out
}

// byNumber compares the names of two lesson files: the tenth comes after the ninth.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(fileNumber(a), fileNumber(b)), strings.Compare(a, b))
}

func fileNumber(name string) int {
	digits, _, _ := strings.Cut(path.Base(name), "-")
	n, _ := strconv.Atoi(digits) // 0 if it is none
	return n
}

// Template returns a lesson to start from.
func Template() []byte {
	text, _ := files.ReadFile("template.md") // it exists
	return text
}

// WriteTemplate writes the lesson to start from.
func WriteTemplate(w io.Writer) error {
	_, err := w.Write(Template())
	return err
}
