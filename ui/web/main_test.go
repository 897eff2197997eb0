package web_test

import (
	"os"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times are shown in it
	os.Exit(leaktest.Package{Tests: m}.Run())
}
