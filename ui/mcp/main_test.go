package mcp_test

import (
	"os"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // places are shown in it
	os.Exit(leaktest.Package{Tests: m}.Run())
}
