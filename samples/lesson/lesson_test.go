package lesson

import "testing"

func TestEmbeddedLessons(t *testing.T) {
	names, err := files.ReadDir("lessons")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		t.Run(n.Name(), func(t *testing.T) {
			text, err := files.ReadFile("lessons/" + n.Name())
			if err != nil {
				t.Fatal(err)
			}
			l, err := Parse(n.Name(), text)
			if err != nil {
				t.Fatal(err)
			}
			checked(t, l)
		})
	}
	if len(Embedded()) != len(names) {
		t.Errorf("%d lessons, and %d files", len(Embedded()), len(names))
	}
}

func TestTemplate(t *testing.T) {
	l, err := Parse("template.md", Template())
	if err != nil {
		t.Fatal(err)
	}
	checked(t, l)
}

// checked checks a lesson, and judges each question's own answers.
func checked(t *testing.T, l *Lesson) {
	t.Helper()
	if err := l.Check(Beside(l.File)); err != nil {
		t.Error(err)
	}
	for i := range l.Steps {
		s := &l.Steps[i]
		for _, a := range s.Answers {
			if right, say := s.Answer(" " + a + "  "); !right || say != s.Right {
				t.Errorf("%s: %q is not right: %q", s.Heading, a, say)
			}
		}
		for k, p := range s.Find {
			if right, say := s.Found(p.Conn, p.Txn); !right || say != s.Right {
				t.Errorf("%s: %s is not right: %q", s.Heading, s.Find[k], say)
			}
		}
		for _, n := range s.Not {
			right, say := s.Answer(n.Answer)
			if s.Kind() == Find {
				p, _ := ParseTransaction(n.Answer)
				right, say = s.Found(p.Conn, p.Txn)
			}
			if right || say != n.Why {
				t.Errorf("%s: %q is right %v: %q", s.Heading, n.Answer, right, say)
			}
		}
	}
}
