package learn

import (
	"fmt"
	"math"
	"time"

	"imapscope/samples/lesson"
)

// visit counts what happens at the current step.
type visit struct {
	began    time.Time
	attempts int
	hints    int // given
}

// Report has each visit at a step that asks reported, when the student leaves the step or the
// lesson. It is called before Run.
func (t *Tutor) Report(append func(lesson.Visit) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report = append
	t.visit.began = time.Now()
}

// leave reports the visit at the current step, and begins another.
func (t *Tutor) leave() {
	v := t.visit
	t.visit = visit{began: time.Now()}
	if t.report == nil || t.at == len(t.lesson.Steps) || t.lesson.Steps[t.at].Kind() == lesson.Read {
		return
	}
	how, answered := t.record.Answered[t.at]
	right := answered && how != lesson.Skipped
	if right && v.attempts == 0 {
		return // it was answered before
	}
	err := t.report(lesson.Visit{
		Lesson: t.lesson.ID, Step: t.at + 1, Attempts: v.attempts, Hints: v.hints,
		Seconds: math.Round(time.Since(v.began).Seconds()*10) / 10, Right: right,
	})
	if err != nil {
		t.lost = fmt.Errorf("cannot write your results: %w", err)
	}
}
