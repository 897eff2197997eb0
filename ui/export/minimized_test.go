package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/decode/decodetest"
)

// spokenText is a transcript as a capture.Source.
type spokenText string

func (p spokenText) Run(_ context.Context, s capture.Sink) error {
	return decodetest.Play(string(p), s)
}

// TestMinimizedLeavesNothing: unless both files are complete and verified, there is none.
func TestMinimizedLeavesNothing(t *testing.T) {
	src := spokenText("# logged in\nC: a NOOP\nS: a OK\n")
	dir := t.TempDir()
	name := filepath.Join(dir, "bug")
	wrong := errors.New("not what was looked for")
	for _, keep := range []Kept{Nothing, Persons, Secrets} {
		err := Minimized(t.Context(), src, name, MinimizedOptions{Keep: keep, Verify: func(context.Context, capture.Source) ([]string, error) { return nil, wrong }})
		list, _ := os.ReadDir(dir)
		if !errors.Is(err, wrong) || len(list) > 0 {
			t.Errorf("%v, %v", err, list)
		}
		if err := Minimized(t.Context(), src, name, MinimizedOptions{Keep: keep}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name + TranscriptSuffix)
		if err != nil || strings.Contains(string(b), "fred") != (keep >= Persons) || strings.Contains(string(b), "secret") != (keep == Secrets) {
			t.Errorf("%v\n%s", err, b)
		}
		os.Remove(name + TranscriptSuffix)
		os.Remove(name + CaptureSuffix)
	}
}
