package mirror_test

import (
	"os"
	"testing"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Package{Tests: m}.Run()) }
