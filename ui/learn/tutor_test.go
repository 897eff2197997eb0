package learn_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples"
	"imapscope/samples/lesson"
	"imapscope/ui/learn"
)

const text = `---
title: A lesson
recording: mtest1988--imap-1
---

To read.

## A question

Of tags.

` + "```step" + `
at: 1
ask: Which tag is it?
answer: A00000
not: A00001 = That is the second.
hint: It stands first.
hint: It ends in five zeros.
right: It is.
` + "```" + `

## A place

Look.

` + "```step" + `
ask: Where is a SELECT?
find: 2
not: 1 = That is LOGIN.
` + "```" + `

## A command

Log in.

` + "```step" + `
before: NOOP
type: LOGIN fred {6}
type: secret
` + "```" + `

## Another

And out.

` + "```step" + `
type: LOGOUT
` + "```" + `
`

// commands collects a Handler's events, and the typed commands among them with their status.
type commands struct {
	decode.Handler
	list []string
}

// Events implements decode.Handler.
func (x *commands) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if t, ok := e.(*decode.Transaction); ok && id > 1 {
			x.list = append(x.list, t.Command+" "+t.Status)
		}
	}
	return x.Handler.Events(id, events)
}

// take starts the lesson with a record and calls do. It returns what was typed by then: the
// student's commands and those sent for them.
func take(t *testing.T, record *lesson.Record, save func() error, do func(*learn.Tutor)) (typed []string) {
	t.Helper()
	l, err := lesson.Parse("a.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(samples.Read); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		x, err := learn.New(l, samples.Read, record, save)
		if err != nil {
			t.Fatal(err)
		}
		seen := &commands{Handler: x}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- x.Run(ctx, decode.NewDemux(decode.Options{}, seen)) }()
		synctest.Wait()
		do(x)
		synctest.Wait()
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		typed = seen.list
	})
	return typed
}

// page checks the step, whether it can be left, and the reaction.
func page(t *testing.T, x *learn.Tutor, at int, answered bool, said string) {
	t.Helper()
	synctest.Wait()
	p := x.Page()
	if p.At != at || p.Answered != answered || p.Said != said {
		t.Errorf("step %d, answered %t, said %q; want %d, %t, %q", p.At, p.Answered, p.Said, at, answered, said)
	}
}

func TestLesson(t *testing.T) {
	record := &lesson.Record{}
	kept := 0
	typed := take(t, record, func() error { kept++; return nil }, func(x *learn.Tutor) {
		page(t, x, 1, true, "")
		if x.Back() {
			t.Error("there is a step before the first")
		}
		x.Next()
		page(t, x, 2, false, "")
		if x.Next() {
			t.Error("a question is passed by")
		}
		before := x.Version()
		x.Answer("a00001")
		page(t, x, 2, false, "That is the second.")
		if x.Version() == before {
			t.Error("the page is another, its version the same")
		}
		x.Hint()
		page(t, x, 2, false, "Hint: It stands first.")
		x.Hint()
		page(t, x, 2, false, "Hint: It ends in five zeros. (That was the last one.)")
		x.Found(1, 2) // another step's answer
		x.Answer("A00000")
		page(t, x, 2, true, "It is.")
		x.Answer("A00001") // too late
		x.Next()
		x.Hint()
		page(t, x, 3, false, "There is no hint here.")
		x.Found(1, 1)
		page(t, x, 3, false, "That is LOGIN.")
		x.Found(1, 12)
		page(t, x, 3, false, "Not that.")
		x.Skip()
		page(t, x, 4, false, "")
		x.Back()
		page(t, x, 3, true, "") // skipped
		x.Found(1, 2)
		x.Next()

		x.Type("LOGIN fred {6}")
		if synctest.Wait(); !x.Page().Literal {
			t.Error("no literal is due")
		}
		x.Type("guess!")
		page(t, x, 4, false, "The server says NO: user and password do not fit")
		x.Type("x1 LOGIN fred secret") // with its own tag, written differently
		page(t, x, 4, true, "Right.")
		x.Next()
		x.Type("LOGOUT")
		page(t, x, 5, true, "Right.")
		x.Type("NOOP") // to a new conversation that has reached this step
		page(t, x, 5, true, "The server does it, but it is not what this step asks for.")
		x.Next()
		p := x.Page()
		if !p.Through || p.Score != (learn.Score{Questions: 4, AtOnce: 1, WithHelp: 3}) {
			t.Errorf("the end is %+v", p)
		}
		if x.Skip() {
			t.Error("Next goes beyond the last step")
		}
		x.Next()
		if !x.Page().Left {
			t.Error("they do not go on")
		}
	})
	want := []string{"NOOP OK", "LOGIN NO", "LOGIN OK", "LOGOUT OK", "NOOP OK", "LOGIN OK", "NOOP OK"}
	// Going back started a new conversation.
	if n := len(typed) - len(want); n < 0 || !slices.Equal(typed[n:], want) {
		t.Errorf("typed was %q", typed)
	}
	if !record.Finished || kept == 0 {
		t.Errorf("%+v, kept %d times", record, kept)
	}
}

// TestLiterals checks which typed lines belong to a literal: those that the server waits for.
func TestLiterals(t *testing.T) {
	for _, x := range []struct {
		name  string
		lines []string
		due   []bool // after each line: the next one is within the literal
		typed []string
	}{
		{"a literal", []string{"LOGIN fred {6}", "secret", "NOOP"}, []bool{true, false, false}, []string{"LOGIN OK", "NOOP OK"}},
		{"of two lines", []string{"LOGIN fred {12}", "guess", "lines", "NOOP"}, []bool{true, true, false, false}, []string{"LOGIN NO", "NOOP OK"}},
		{"refused", []string{"LOGIN fred {999999}", "NOOP"}, []bool{false, false}, []string{"LOGIN BAD", "NOOP OK"}},
		{"two literals", []string{"LOGIN {4}", "fred {6}", "secret", "NOOP"}, []bool{true, true, false, false}, []string{"LOGIN OK", "NOOP OK"}},
		{"braces in quotes", []string{`LOGIN fred "{6}"`, "NOOP"}, []bool{false, false}, []string{"LOGIN NO", "NOOP OK"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			record := &lesson.Record{}
			typed := take(t, record, nil, func(y *learn.Tutor) {
				for y.Page().At < 4 {
					y.Skip()
				}
				for i, line := range x.lines {
					y.Type(line)
					if due := y.Page().Literal; due != x.due[i] {
						t.Errorf("after %q a literal is due: %t", line, due)
					}
				}
			})
			if n := len(typed) - len(x.typed); n < 0 || !slices.Equal(typed[n:], x.typed) {
				t.Errorf("typed was %q, want %q at the end", typed, x.typed)
			}
		})
	}
}

// A student who resumes at a step that types finds the server as if they had typed all the
// steps before it.
func TestResumeSendsEarlierCommands(t *testing.T) {
	record := &lesson.Record{Step: 4}
	typed := take(t, record, nil, func(x *learn.Tutor) {
		page(t, x, 5, false, "")
		x.Type("LOGOUT")
		page(t, x, 5, true, "Right.")
	})
	if want := []string{"NOOP OK", "LOGIN OK", "LOGOUT OK"}; !slices.Equal(typed, want) {
		t.Errorf("typed was %q, want %q", typed, want)
	}
	if record.Answered[4] != lesson.AtOnce {
		t.Errorf("the record is %+v", record)
	}
}

// Progress that cannot be saved does not end a lesson, and is reported.
func TestUnsavedProgressIsReported(t *testing.T) {
	full := errors.New("the disk is full")
	take(t, &lesson.Record{}, func() error { return full }, func(x *learn.Tutor) {
		x.Next()
		page(t, x, 2, false, "")
		if err := x.Err(); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
}

// TestResultsAreReported: each visit at a step that asks is reported once, when the student leaves it or
// the lesson, with what happened there, and nothing that was typed.
func TestResultsAreReported(t *testing.T) {
	var got []lesson.Visit
	take(t, &lesson.Record{}, nil, func(x *learn.Tutor) {
		x.Report(func(v lesson.Visit) error {
			got = append(got, v)
			return nil
		})
		x.Next() // to the question
		x.Answer("A00001")
		x.Hint()
		time.Sleep(1500 * time.Millisecond)
		x.Answer("A00000")
		x.Next()
		x.Skip() // the place
		x.Back()
		x.Back() // the question, which was answered: not reported again
		x.Next()
		x.Found(1, 1)
	})
	want := []lesson.Visit{
		{Lesson: "a", Step: 2, Attempts: 2, Hints: 1, Seconds: 1.5, Right: true},
		{Lesson: "a", Step: 3},
		{Lesson: "a", Step: 4},
		{Lesson: "a", Step: 3},
		{Lesson: "a", Step: 3, Attempts: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestUnreportedResultsAreAnError: a full disk is not hidden.
func TestUnreportedResultsAreAnError(t *testing.T) {
	var failed error
	take(t, &lesson.Record{}, nil, func(x *learn.Tutor) {
		x.Report(func(lesson.Visit) error { return errors.New("the disk is full") })
		x.Next()
		x.Skip()
		failed = x.Err()
	})
	if failed == nil || failed.Error() != "cannot write your results: the disk is full" {
		t.Error(failed)
	}
}

// TestPresenting: the answer comes on a key, the cursor goes where it is, the notes are shown if asked
// for, and the record has no answers.
func TestPresenting(t *testing.T) {
	record := &lesson.Record{}
	take(t, record, nil, func(x *learn.Tutor) {
		if x.Reveal() {
			t.Error("there is something to reveal to a student")
		}
		x.Present(false)
		x.Next()
		if p := x.Page(); !p.Presented || p.Answered || p.Revealed != nil {
			t.Errorf("before: %+v", p)
		}
		if x.Next() {
			t.Error("it goes on before the answer")
		}
		x.Reveal()
		if p := x.Page(); !p.Answered || !slices.Equal(p.Revealed, []string{"A00000"}) || p.Said != "It is." {
			t.Errorf("revealed: %+v", p)
		}
		x.Next()
		x.Reveal()
		if p := x.Page(); p.Point.Txn != 2 || !slices.Equal(p.Revealed, []string{"2"}) {
			t.Errorf("a place: %+v", p)
		}
		x.Next()
		x.Reveal()
		if p := x.Page(); !slices.Equal(p.Revealed, []string{"LOGIN fred {6}", "secret"}) {
			t.Errorf("a command: %+v", p)
		}
	})
	if len(record.Answered) > 0 {
		t.Errorf("the record has %v", record.Answered)
	}
}

// TestNotesAreForTheTeacher: a student's page has none.
func TestNotesAreForTheTeacher(t *testing.T) {
	l := lesson.Embedded()[0]
	x, err := learn.New(l, samples.Read, &lesson.Record{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if x.Notes(); x.Page().Notes != nil || x.Page().HasNotes {
		t.Error("a student sees notes")
	}
	x.Present(false)
	if p := x.Page(); p.Notes != nil || !p.HasNotes {
		t.Errorf("notes are shown before they are asked for: %q", p.Notes)
	}
	if x.Notes(); !slices.Equal(x.Page().Notes, l.Steps[0].Notes) {
		t.Errorf("notes %q", x.Page().Notes)
	}
	if x.Notes(); x.Page().Notes != nil {
		t.Error("notes stay")
	}
}
