package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"imapscope": main})
}

// TestScripts runs every verb as a user does. $SAMPLES is the folder of the
// sample captures.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			e.Setenv("TZ", "UTC")
			e.Setenv("COLUMNS", "100")
			e.Setenv("NO_COLOR", os.Getenv("NO_COLOR"))
			return nil
		},
	})
}
