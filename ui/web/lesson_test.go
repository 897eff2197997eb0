package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"imapscope/samples"
	"imapscope/samples/lesson"
	"imapscope/ui/learn"
	"imapscope/ui/web"
)

// aLesson asks and types; its texts are hostile.
const aLesson = `---
title: <b>First</b>
---

A *word* and ` + "`SELECT`" + `.

- one
- two

` + "```step\nask: <script>alert(1)</script>?\nanswer: yes\nnot: no = <i>No</i>\nhint: <u>Hint</u>\n```" + `

## Second

` + "```step\ntype: LOGIN fred secret\n```\n"

// lessonServer returns a server that shows a lesson, and its tutor.
func lessonServer(t *testing.T, text string) (*web.Server, *learn.Tutor) {
	t.Helper()
	l, err := lesson.Parse("one.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	tutor, err := learn.New(l, samples.Read, new(lesson.Progress).Of("one"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Options{Source: "a lesson", Lesson: tutor, Handler: tutor, Grows: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, tutor
}

// does sends an act, and returns the status and the step that is shown then.
func does(t *testing.T, s http.Handler, what, body string) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/act/"+what, strings.NewReader(body)))
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v: %s", what, err, w.Body)
	}
	return w.Code, out
}

// TestLessonActs goes through a lesson by requests.
func TestLessonActs(t *testing.T) {
	s, _ := lessonServer(t, aLesson)
	for _, c := range []struct{ what, body, field, want string }{
		{"next", "{}", "step", "1"}, // it asks first
		{"answer", `{"text": "no"}`, "said", "<i>No</i>"},
		{"hint", "{}", "said", "Hint: <u>Hint</u> (That was the last one.)"},
		{"answer", `{"text": " YES"}`, "answered", "true"},
		{"next", "{}", "heading", "Second"},
		{"back", "{}", "step", "1"},
		{"skip", "{}", "step", "2"},
		{"type", `{"text": "NOOP"}`, "prompt", "to the server"},
		{"skip", "{}", "over", "true"},
		{"next", "{}", "left", "true"},
	} {
		code, out := does(t, s, c.what, c.body)
		if got := strings.TrimSpace(jsonOf(t, out[c.field])); code != http.StatusOK || strings.Trim(got, `"`) != c.want {
			t.Errorf("%s %s: %d, %s is %s, not %s", c.what, c.body, code, c.field, got, c.want)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestLessonRefuses checks that what is no act does nothing, with and without a lesson.
func TestLessonRefuses(t *testing.T) {
	s, tutor := lessonServer(t, aLesson)
	before := tutor.Version()
	for _, c := range []struct {
		what, body string
		code       int
	}{
		{"answer", "", http.StatusBadRequest},
		{"answer", "yes", http.StatusBadRequest},
		{"answer", `{"text": 1}`, http.StatusBadRequest},
		{"type", `{"text": "a\r\nb LOGOUT"}`, http.StatusBadRequest},
		{"answer", `{"text": "` + strings.Repeat("x", 16<<10) + `"}`, http.StatusBadRequest},
	} {
		if code, out := does(t, s, c.what, c.body); code != c.code || out["error"] == "" {
			t.Errorf("%s %.40s: %d %v", c.what, c.body, code, out)
		}
	}
	if tutor.Version() != before {
		t.Error("the lesson has changed")
	}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/act/next", nil))
		if w.Code < 400 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
	plain, err := web.New(web.Options{Source: "no lesson"})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	w := httptest.NewRecorder()
	plain.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/act/next", strings.NewReader("{}")))
	if w.Code < 400 {
		t.Errorf("without a lesson: %d %s", w.Code, w.Body)
	}
}
