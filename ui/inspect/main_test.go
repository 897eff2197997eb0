package inspect

import (
	"os"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // the times on the screens are the same everywhere
	os.Exit(leaktest.Package{Tests: m}.Run())
}
