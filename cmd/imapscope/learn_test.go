package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture/golden"
	"imapscope/samples/lesson"
	"imapscope/ui/inspect"
)

// student sits before a lesson: presses keys, and reads.
type student struct {
	t             *testing.T
	view          *glass
	width, height int
	done          chan error
}

const (
	classWidth  = 150
	classHeight = 46
	lessonWide  = 56 // columns of the lesson's pane, where it is beside the others
	lessonFrom  = classWidth - lessonWide
)

// sits begins `imapscope learn` with some arguments.
func sits(t *testing.T, which string, o learnFlags) *student {
	t.Helper()
	return sitsAt(t, classWidth, classHeight, which, o)
}

// sitsAt is sits, at a screen of a size.
func sitsAt(t *testing.T, w, h int, which string, o learnFlags) *student {
	t.Helper()
	s := &student{t: t, view: &glass{SimulationScreen: tcell.NewSimulationScreen("")}, width: w, height: h, done: make(chan error, 1)}
	if err := s.view.Init(); err != nil {
		t.Fatal(err)
	}
	s.view.SetSize(w, h)
	o.screen = func(v *inspect.Options) { v.Screen, v.NoColor = &sized{s.view, w, h}, true }
	ctx, cancel := context.WithCancel(context.Background())
	go func() { s.done <- o.run(ctx, &env{out: io.Discard, err: io.Discard, in: strings.NewReader("")}, which) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-s.done:
		case <-time.After(10 * time.Second):
			t.Error("learn does not end")
		}
	})
	s.until("transactions", func() bool {
		text := strings.Join(s.lines(0, min(lessonFrom, w)), "\n")
		return strings.Contains(text, "Transactions  ") && !strings.Contains(text, "Transactions  0")
	})
	return s
}

// sized keeps its size when an application begins with it.
type sized struct {
	*glass
	width, height int
}

// Init implements tcell.Screen.
func (s *sized) Init() error {
	err := s.glass.Init()
	s.SetSize(s.width, s.height)
	return err
}

// lines are what the screen shows, between two columns.
func (s *student) lines(from, to int) []string {
	s.view.mu.Lock()
	defer s.view.mu.Unlock()
	var out []string
	for at := 0; at+s.width <= len(s.view.cells) && s.view.width == s.width; at += s.width {
		var b strings.Builder
		for _, c := range s.view.cells[at+from : at+to] {
			b.WriteString(string(c.Runes))
		}
		out = append(out, b.String())
	}
	return out
}

// reads is the lesson's text, without line breaks.
func (s *student) reads() string { return flat(strings.Join(s.lines(lessonFrom, classWidth), " ")) }

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// marked is what is pointed at on the left: what stands out in the detail.
func (s *student) marked() string {
	s.view.mu.Lock()
	defer s.view.mu.Unlock()
	var b strings.Builder
	for i, c := range s.view.cells {
		if _, _, attr := c.Style.Decompose(); i%classWidth < lessonFrom-1 && attr&tcell.AttrReverse != 0 {
			b.WriteString(string(c.Runes))
		}
	}
	return flat(b.String())
}

// until waits for something to be so.
func (s *student) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	s.t.Fatalf("%s: not seen, marked is %q in\n%s", what, s.marked(), strings.Join(s.lines(0, s.width), "\n"))
}

// sees waits for words in the lesson.
func (s *student) sees(words string) {
	s.t.Helper()
	s.until(words, func() bool { return strings.Contains(s.reads(), flat(words)) })
}

// asks waits for what the prompt at the foot says.
func (s *student) asks(words string) {
	s.t.Helper()
	s.until(words, func() bool {
		l := s.lines(0, s.width)
		return len(l) > 0 && strings.HasPrefix(l[len(l)-1], words)
	})
}

func (s *student) presses(keys ...rune) {
	for _, k := range keys {
		s.strikes(tcell.NewEventKey(tcell.KeyRune, k, 0))
	}
}

// strikes strikes a key once there is room for one.
func (s *student) strikes(key *tcell.EventKey) {
	for s.view.PostEvent(key) != nil {
		time.Sleep(time.Millisecond)
	}
}

func (s *student) types(text string) {
	s.presses([]rune(text)...)
	s.strikes(tcell.NewEventKey(tcell.KeyEnter, 0, 0))
}

// answers answers a question.
func (s *student) answers(text string) {
	s.t.Helper()
	s.presses(' ')
	s.asks("your answer: ")
	s.types(text)
}

// shows answers by putting the cursor on a transaction.
func (s *student) shows(conn, txn int) {
	s.t.Helper()
	s.presses('F', 'f')
	s.asks("filter:")
	s.types(fmt.Sprintf("conn==%d and n==%d", conn, txn))
	s.until("one transaction", func() bool {
		return strings.Contains(strings.Join(s.lines(0, lessonFrom), "\n"), "Transactions  1 of ")
	})
	s.presses(' ')
}

// TestLessons: each lesson can be taken to its end, in the inspector, by somebody who is
// wrong wherever the lesson thought of it.
func TestLessons(t *testing.T) {
	for _, l := range lesson.Embedded() {
		t.Run(l.ID, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "learn.json")
			s := sits(t, l.ID, learnFlags{progress: file})
			for i := range l.Steps {
				s.sees(fmt.Sprintf("step %d of %d", i+1, len(l.Steps)))
				s.takes(&l.Steps[i])
				s.presses(' ')
			}
			s.sees("Lesson finished")
			s.presses('Q')
			if err := <-s.done; err != nil {
				t.Error(err)
			}
			s.done <- nil
			p, err := lesson.LoadProgress(file)
			if err != nil {
				t.Fatal(err)
			}
			r := p.Of(l.ID)
			if !r.Finished {
				t.Error("the lesson is not finished")
			}
			for i := range l.Steps {
				want := lesson.WithHelp
				if l.Steps[i].Kind() == lesson.Read {
					want = ""
				}
				if r.Answered[i] != want {
					t.Errorf("step %d is answered %q", i+1, r.Answered[i])
				}
			}
		})
	}
}

// takes takes one step.
func (s *student) takes(x *lesson.Step) {
	s.t.Helper()
	s.sees(x.Heading)
	for _, b := range x.Text {
		s.sees(b.Text())
	}
	if x.At.Word != "" {
		word := strings.Trim(x.At.Word, `"`)
		s.until("the word "+word, func() bool { return strings.Contains(strings.ToLower(s.marked()), strings.ToLower(word)) })
	}
	right := x.Right
	if right == "" {
		right = "Right."
	}
	switch x.Kind() {
	case lesson.Read:
		s.sees("Space goes on")
		return
	case lesson.Ask, lesson.Choose:
		s.sees(x.Ask)
		s.answers("fish")
		s.sees("Not that.")
		for _, n := range x.Not {
			s.answers(n.Answer)
			s.sees(n.Why)
		}
		s.hint(x)
		s.answers(x.Answers[0])
	case lesson.Find:
		s.sees(x.Ask)
		for _, n := range x.Not {
			at, err := lesson.ParseTransaction(n.Answer)
			if err != nil {
				s.t.Fatal(err)
			}
			s.shows(at.Conn, at.Txn)
			s.sees(n.Why)
		}
		s.hint(x)
		s.shows(x.Find[0].Conn, x.Find[0].Txn)
	case lesson.Type:
		s.presses(' ')
		s.asks("to the server: ")
		s.types("XYZZY")
		s.sees("The server says BAD")
		s.hint(x)
		for i, line := range x.Type {
			s.presses(' ')
			if i == 0 {
				s.asks("to the server: ")
			} else {
				s.asks("the literal's text: ")
			}
			s.types(line)
		}
		if x.Hold != "" {
			s.sees("Your command waits at the proxy.")
			s.presses(' ')
			s.asks("to the server instead: ")
			s.types(x.Edit)
		}
	}
	s.sees("✓ " + right)
	s.sees("Space goes on")
	s.presses('F')
}

func (s *student) hint(x *lesson.Step) {
	s.t.Helper()
	if len(x.Hints) > 0 {
		s.presses('H')
		s.sees("Hint: " + x.Hints[0])
	}
}

// TestLearnScreen: a step as it is seen on a terminal of 80 columns.
// go test ./cmd/imapscope -run LearnScreen -update writes it again.
func TestLearnScreen(t *testing.T) {
	t.Setenv("TZ", "UTC")
	s := sitsAt(t, 80, 28, "2", learnFlags{progress: filepath.Join(t.TempDir(), "learn.json")})
	const file = "testdata/learn-80x28.txt"
	look := func() string {
		var out strings.Builder
		for _, l := range s.lines(0, 80) {
			out.WriteString(strings.TrimRight(l, " ") + "\n")
		}
		return out.String()
	}
	s.presses(' ')
	s.until("the question", func() bool { return strings.Contains(look(), "How many messages does INBOX have?") })
	s.answers("14")
	s.until("what to make of 14", func() bool { return strings.Contains(look(), "That is what RECENT says") })
	if golden.Updating() {
		golden.File(t, file, look())
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.until("the screen of "+file, func() bool { return look() == string(want) })
}

// TestLearnGoesOn: a student who left comes back to where they were; who skips may go
// back; the next lesson follows on the last step; a file of one's own is a lesson, too.
func TestLearnGoesOn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "new", "learn.json")
	s := sits(t, "", learnFlags{progress: file})
	s.sees("step 1 of 11 A conversation")
	s.presses('<')
	s.until("the first step", func() bool {
		return strings.Contains(strings.Join(s.lines(0, s.width), "\n"), "this is the first step")
	})
	s.presses(' ')
	s.sees("step 2 of 11")
	s.presses('>')
	s.sees("step 3 of 11")
	s.presses('<')
	s.sees("step 2 of 11")
	s.sees("Space goes on") // it was skipped
	s.presses(' ', 'Q')
	<-s.done
	s.done <- nil

	s = sits(t, "", learnFlags{progress: file})
	s.sees("step 3 of 11 A conversation")
	for i := 4; i <= 11; i++ {
		s.presses('>')
		s.sees(fmt.Sprintf("step %d of 11", i))
	}
	s.presses('>')
	s.sees("Lesson finished")
	s.sees("and skipped 10")
	s.presses(' ')
	s.sees("Selecting and counting")
	s.presses('Q')
	<-s.done
	s.done <- nil

	mine := filepath.Join(dir, "mine.md")
	if err := os.WriteFile(mine, lesson.Template(), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&learnFlags{list: true, progress: file}).run(t.Context(), &env{out: &out, err: io.Discard}, ""); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "✓  1  A conversation") || !strings.Contains(got, "\n   2  Selecting") {
		t.Errorf("the list is\n%s", got)
	}
	s = sits(t, mine, learnFlags{progress: file})
	s.sees("step 1 of")
	s.presses('Q')
}

// TestLearnText: each lesson can be taken as text, wrong answers first; and again.
func TestLearnText(t *testing.T) {
	for _, l := range lesson.Embedded() {
		var in, want []string
		for i := range l.Steps {
			s := &l.Steps[i]
			want = append(want, s.Heading)
			switch s.Kind() {
			case lesson.Read:
				continue
			case lesson.Type:
				in = append(in, "XYZZY")
				want = append(want, "S: L", "BAD")
				in = append(in, s.Type...)
				if s.Hold != "" {
					in = append(in, s.Edit)
					want = append(want, "Your command waits at the proxy.", "to the server instead")
				}
			case lesson.Find:
				in = append(in, "here", "?")
				want = append(want, `"here" is not the number of a transaction`, "Hint: "+s.Hints[0])
				in = append(in, fmt.Sprintf("%d/%d", s.Find[0].Conn, s.Find[0].Txn))
			default:
				for _, n := range s.Not {
					in = append(in, n.Answer)
					want = append(want, n.Why)
				}
				in = append(in, "", s.Answers[0]) // an empty line asks again
				want = append(want, s.Ask)
			}
			if s.Right != "" {
				want = append(want, s.Right)
			}
		}
		file := filepath.Join(t.TempDir(), "learn.json")
		takes := func() string {
			var out strings.Builder
			e := &env{out: &out, err: io.Discard, in: strings.NewReader(strings.Join(in, "\n") + "\n")}
			if err := (&learnFlags{text: true, progress: file}).run(t.Context(), e, l.ID); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
		out := takes()
		rest := flat(out)
		for _, w := range want {
			_, after, ok := strings.Cut(rest, flat(w))
			if !ok {
				t.Fatalf("%s: no %q in\n%s", l.ID, w, out)
			}
			rest = after
		}
		if p, err := lesson.LoadProgress(file); err != nil || !p.Of(l.ID).Finished {
			t.Errorf("%s is not finished: %v\n%s", l.ID, err, out)
		}
		if again := takes(); again != out {
			t.Errorf("%s: who takes it again is told\n%s", l.ID, again)
		}
	}
}
