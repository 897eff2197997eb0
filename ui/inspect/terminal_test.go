package inspect

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// TestTerminalError checks that a terminal that was closed ends the inspector as leaving it
// does, and that one that cannot be used is an error that says what to do.
func TestTerminalError(t *testing.T) {
	if err := terminalError(tcell.NewEventError(io.ErrUnexpectedEOF)); err != nil {
		t.Errorf("closed: %v", err)
	}
	for err, want := range map[error]string{
		tcell.ErrNoCharset:        "UTF-8 locale",
		errors.New("not a match"): "does not know the terminal",
	} {
		if got := terminalError(err); got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%v: %v", err, got)
		}
	}
}
