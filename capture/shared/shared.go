// Package shared finds, for tests, what is kept beside a checkout: captures, logs, and the texts of the RFCs.
//
// # Rules
//
//   - Nothing of it is part of the project: a test that needs it skips without it, and says so.
package shared

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// variable is the name of the environment variable with the folder.
const variable = "IMAPSCOPE_SHARED"

// Dir returns the folder, whether or not it is there: the one that the environment names, else
// "shared" beside the folder of the module that the current folder belongs to.
func Dir() string {
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	module := "."
	for range 8 { // the packages are not so deep
		if _, err := os.Stat(filepath.Join(module, "go.mod")); err == nil {
			break
		}
		module = filepath.Join("..", module)
	}
	return filepath.Join(module, "..", "shared")
}

// Captures returns a file or a folder below "captures", such as "lab" or "public/imap". If it
// is not there the test skips.
func Captures(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Dir(), "captures", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT TESTED: the shared captures are absent (%v); %s names their folder", err, variable)
	}
	return path
}

// Glob returns the captures that match one of some patterns below "captures". If there are
// none the test skips.
func Glob(t testing.TB, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join(Dir(), "captures", filepath.FromSlash(p)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	if len(all) == 0 {
		t.Skipf("NOT TESTED: no captures %q in %s; %s names the folder that holds captures", patterns, Dir(), variable)
	}
	return all
}

// RFCs returns the names of the files of all RFCs, rfcNNNN.txt. If there are none the test
// skips.
func RFCs(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(Dir(), "rfc", "rfc*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skipf("NOT TESTED: no RFCs in %s; %s names the folder that holds rfc", Dir(), variable)
	}
	return names
}

// ReadRFC returns an RFC. If its text is not there the test skips.
func ReadRFC(t testing.TB, number int) RFC {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Dir(), "rfc", fmt.Sprintf("rfc%04d.txt", number)))
	if err != nil {
		t.Skipf("NOT TESTED: what is cited of RFC %d (%v); %s names the folder that holds rfc", number, err, variable)
	}
	return RFC{number, string(text)}
}
