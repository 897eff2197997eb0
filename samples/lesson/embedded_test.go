package lesson

import (
	"slices"
	"testing"
)

// TestTenthLessonComesLast: lessons are in the order of their numbers, not of the letters
// of their files' names.
func TestTenthLessonComesLast(t *testing.T) {
	names := []string{"lessons/10-more.md", "lessons/9-then.md", "lessons/1-first.md", "lessons/2-next.md"}
	slices.SortFunc(names, byNumber)
	want := []string{"lessons/1-first.md", "lessons/2-next.md", "lessons/9-then.md", "lessons/10-more.md"}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
