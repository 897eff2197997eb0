// Package learn runs a lesson: the current step, the student's answers, the server they
// type commands to, and the page that every user interface shows.
//
//	t, err := learn.New(l, samples.Read, progress.Of(l.ID), save)
//	go t.Run(ctx, archive.Writer())    // the recordings, then the typed commands
//	…                                  // t is a decode.Handler: it judges the responses
//	t.Answer("twelve")
//	t.Next()
//
// # Rules
//
//   - Page is the only model of a page: the inspector's pane shows it, and so does Text.
//   - The server is samples/server without a network: typed commands are passed to it in
//     memory, and appear as a further connection of the capture. In a lesson that holds
//     commands or has faults they pass through the proxy, also in memory.
//   - A step that asks is left by its answer or by Skip; once answered, it stays answered.
//   - A Tutor's methods may be called concurrently; none blocks.
package learn

import (
	"errors"
	"fmt"
	"sync"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/proxy/intercept"
	"imapscope/samples/lesson"
	"imapscope/samples/server"
)

// Tutor guides one student through one lesson.
type Tutor struct {
	lesson *lesson.Lesson
	source capture.Source
	server *server.Server
	save   func() error

	mu      sync.Mutex
	record  *lesson.Record
	at      int          // the step; len(Steps): finished
	hints   int          // given in this step
	helped  map[int]bool // steps with a wrong answer or a hint
	left    bool
	said    string
	right   bool
	failed  error // why progress could not be saved
	version uint64
	report  func(lesson.Visit) error // nil: visits are not reported
	visit   visit                    // of the current step
	lost    error                    // why one could not be reported
	shown   presented

	typed    typing
	holds    *intercept.Holds // nil: typed commands pass through no proxy
	closing  sync.WaitGroup   // conversations through it that are being closed
	read     bool             // whether the recordings have been read
	latest   capture.ConnID   // the greatest connection ID so far
	recorded capture.ConnID   // the greatest of the recordings
	more     chan struct{}

	queueMu sync.Mutex // the last to be locked
	queue   []event
}

// New returns a Tutor for a lesson, at the step in the record. Read returns the lesson's
// recordings and save saves the record, both as in package lesson. It fails if the lesson
// has an unknown quirk.
func New(l *lesson.Lesson, read func(string) ([]byte, error), record *lesson.Record, save func() error) (*Tutor, error) {
	s, err := server.New(server.Options{Quirks: l.Quirks})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.File, err)
	}
	t := &Tutor{
		lesson: l, source: l.Source(read), server: s, save: save, record: record,
		at: record.At(l), helped: map[int]bool{}, more: make(chan struct{}, 1),
	}
	if l.Relayed() {
		t.holds = intercept.NewHolds()
	}
	t.enter()
	return t, nil
}

// Version changes whenever Page does.
func (t *Tutor) Version() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := 2 * t.version
	if t.held() != nil {
		v++
	}
	return v
}

// Ready reports whether the recordings have been read.
func (t *Tutor) Ready() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.read
}

// Err returns why progress or results could not be saved; nil if they were.
func (t *Tutor) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.failed, t.lost)
}

// answered reports whether the step can be left.
func (t *Tutor) answered() bool {
	_, ok := t.record.Answered[t.at]
	return ok || t.shown.revealed || t.lesson.Steps[t.at].Kind() == lesson.Read
}

// enter makes a step the current one.
func (t *Tutor) enter() {
	t.version++
	t.hints, t.said, t.right = 0, "", false
	t.shown.revealed = false
	t.record.Step = t.at
	if t.holds != nil {
		t.holds.SetRules(nil)
		t.holds.ResumeAll()
	}
	if t.at < len(t.lesson.Steps) && t.lesson.Steps[t.at].Kind() == lesson.Type {
		t.prepare()
	}
	t.keep()
}

// keep saves the record.
func (t *Tutor) keep() {
	if t.save != nil {
		t.failed = t.save()
	}
}

// Next goes to the next step, and after the last one to the next lesson. It returns false
// if the current step is not answered yet.
func (t *Tutor) Next() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == len(t.lesson.Steps) {
		t.left = true
		return true
	}
	if !t.answered() {
		return false
	}
	t.next()
	return true
}

func (t *Tutor) next() {
	t.leave()
	if t.at++; t.at == len(t.lesson.Steps) {
		t.record.Finished = true
	}
	t.enter()
}

// Back goes back one step. It returns false at the first.
func (t *Tutor) Back() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == 0 {
		return false
	}
	t.leave()
	t.at--
	t.enter()
	return true
}

// Skip goes on without an answer. It returns false if the lesson is finished.
func (t *Tutor) Skip() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == len(t.lesson.Steps) {
		return false
	}
	if !t.answered() {
		t.record.Answer(t.at, lesson.Skipped)
	}
	t.next()
	return true
}

// Hint shows the next hint of the step, or a remark that there is none.
func (t *Tutor) Hint() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == len(t.lesson.Steps) {
		return
	}
	t.version++
	hints := t.lesson.Steps[t.at].Hints
	switch {
	case len(hints) == 0:
		t.said, t.right = "There is no hint here.", false
		return
	case t.hints < len(hints):
		t.hints++
		t.visit.hints++
		t.helped[t.at] = true
	}
	t.said, t.right = "Hint: "+hints[t.hints-1], false
	if t.hints == len(hints) && !t.answered() {
		t.said += " (That was the last one.)"
	}
}

// Answer judges an answer in words.
func (t *Tutor) Answer(text string) {
	t.judge(lesson.Ask, func(s *lesson.Step) (bool, string) { return s.Answer(text) })
}

// Found judges the transaction that the student points at, in a connection, both counted
// from 1; 0 is the greeting.
func (t *Tutor) Found(conn, txn int) {
	t.judge(lesson.Find, func(s *lesson.Step) (bool, string) { return s.Found(conn, txn) })
}

func (t *Tutor) judge(k lesson.Kind, judge func(*lesson.Step) (bool, string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == len(t.lesson.Steps) {
		return
	}
	s := &t.lesson.Steps[t.at]
	if got := s.Kind(); got != k && (k != lesson.Ask || got != lesson.Choose) {
		return
	}
	t.judged(judge(s))
}

// judged records the result of an answer.
func (t *Tutor) judged(right bool, say string) {
	t.version++
	t.visit.attempts++
	t.right, t.said = right, say
	if !right {
		t.helped[t.at] = true
		if say == "" {
			t.said = "Not that."
		}
		return
	}
	if say == "" {
		t.said = "Right."
	}
	how := lesson.AtOnce
	if t.helped[t.at] {
		how = lesson.WithHelp
	}
	t.record.Answer(t.at, how)
	t.keep()
}

var (
	_ capture.Source = (*Tutor)(nil)
	_ decode.Handler = (*Tutor)(nil)
)
