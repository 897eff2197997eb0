package lesson

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"imapscope/capture/golden"
)

// TestFaults checks every message of Parse and Check, and the line it names.
func TestFaults(t *testing.T) {
	a := golden.Open(t, "testdata/faults.txtar")
	read := func(name string) ([]byte, error) {
		if name == "notes.txt" {
			return []byte("no capture"), nil
		}
		return Beside("testdata/x.md")(name)
	}
	for _, file := range slices.Clone(a.Files) {
		name, ok := strings.CutSuffix(file.Name, ".md")
		if !ok {
			continue
		}
		l, err := Parse(file.Name, []byte(a.Part(file.Name)))
		if err == nil {
			err = l.Check(read)
		}
		got := ""
		if err != nil {
			got = err.Error() + "\n"
		}
		a.Compare(name+".want", got)
	}
}

func TestTooLargeLessonIsRefused(t *testing.T) {
	_, err := Parse("x.md", bytes.Repeat([]byte("a"), MaxSize+1))
	if want := fmt.Sprintf("x.md:1: this lesson has %d bytes, the maximum is %d; split it", MaxSize+1, MaxSize); err == nil || err.Error() != want {
		t.Error(err)
	}
	if _, err := Parse("x.md", []byte("---\ntitle: \xff\n---\nText.\n")); err == nil || err.Error() != "x.md:2: this line is not UTF-8; save the file as UTF-8" {
		t.Error(err)
	}
}

// FuzzParse checks that no lesson makes Parse panic, and that parsed questions accept
// their own answers.
func FuzzParse(f *testing.F) {
	ar, err := txtar.ParseFile("testdata/faults.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range ar.Files {
		if strings.HasSuffix(file.Name, ".md") {
			f.Add(file.Data)
		}
	}
	f.Add(Template())
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Parse("x.md", text)
		if err != nil {
			if _, ok := err.(Faults); !ok {
				t.Errorf("%T", err)
			}
			return
		}
		if l.Title == "" || len(l.Steps) == 0 {
			t.Errorf("%q of %d steps", l.Title, len(l.Steps))
		}
		for i := range l.Steps {
			s := &l.Steps[i]
			for _, a := range s.Answers {
				if right, _ := s.Answer(a); !right && len(s.Choices) == 0 {
					t.Errorf("%q is no answer", a)
				}
			}
			s.Found(1, 2)
			l.Prelude(i)
			if p := s.At; !p.IsZero() {
				if again, err := parsePlace(p.String()); err != nil || again != p {
					t.Errorf("%q: %v, %v", p, again, err)
				}
			}
		}
		if len(text) < 4096 && len(l.Recordings) == 0 {
			_ = l.Check(func(string) ([]byte, error) { return nil, os.ErrNotExist })
		}
	})
}
