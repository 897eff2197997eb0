package lesson

import (
	"embed"
	"io/fs"
)

//go:embed lessons/*.md template.md
var files embed.FS

// Embedded returns the lessons that are part of the program, in order. Their recordings
// are those of samples.Read.
func Embedded() []*Lesson {
	names, _ := fs.Glob(files, "lessons/*.md") // the pattern is valid
	var out []*Lesson
	for _, name := range names {
		text, _ := files.ReadFile(name)              // it exists
		if l, err := Parse(name, text); err == nil { // a test checks that they parse
			out = append(out, l)
		}
	}
	return out
}

// Template returns a lesson to start from.
func Template() []byte {
	text, _ := files.ReadFile("template.md") // it exists
	return text
}
