package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/samples/exercise"
)

// TestExercisesCanBeSolved: what the key of each kind names (the request, the line) is on the
// screen of someone who only reads the recording with decode.
func TestExercisesCanBeSolved(t *testing.T) {
	t.Setenv("COLUMNS", "200")
	t.Setenv("TZ", "UTC")
	for _, k := range exercise.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			x, err := exercise.Make(exercise.Options{Seed: 11, Kind: k.Name})
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "01.pcapng")
			if err := os.WriteFile(file, x.Recording, 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			if rc := run([]string{"decode", "-v", file}, strings.NewReader(""), &out, &errs); rc != 0 {
				t.Fatalf("exit %d: %s", rc, errs.String())
			}
			for _, line := range []string{x.Key.Request, strings.TrimPrefix(strings.TrimPrefix(x.Key.Line, "S: "), "C: ")} {
				words := strings.Fields(line)
				for _, w := range words[:min(len(words), 4)] {
					if !strings.Contains(w, "*") && !strings.Contains(w, `\x`) && !strings.Contains(out.String(), w) {
						t.Errorf("%q of the key (%s) is not in\n%s", w, line, out.String())
					}
				}
			}
		})
	}
}
