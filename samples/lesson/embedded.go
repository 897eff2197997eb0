package lesson

import (
	"embed"
	"io/fs"
)

//go:embed lessons/*.md template.md
var files embed.FS

// Embedded are the lessons that are part of the program, in order. Their recordings are
// samples.Read's.
func Embedded() []*Lesson {
	names, _ := fs.Glob(files, "lessons/*.md") // the pattern is right
	var out []*Lesson
	for _, name := range names {
		text, _ := files.ReadFile(name)              // it is there
		if l, err := Parse(name, text); err == nil { // a test holds that it is
			out = append(out, l)
		}
	}
	return out
}

// Template is a lesson to begin with.
func Template() []byte {
	text, _ := files.ReadFile("template.md") // it is there
	return text
}
