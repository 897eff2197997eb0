package inspect

import (
	"errors"
	"fmt"
	"os"

	"github.com/gdamore/tcell/v2"
)

// newScreen returns the terminal. An error says in one line what is missing and what to
// do.
func newScreen() (tcell.Screen, error) {
	s, err := tcell.NewScreen()
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, tcell.ErrNoCharset):
		return nil, fmt.Errorf("the inspector needs a UTF-8 locale, and this one is not: set LC_ALL=C.UTF-8 (imapscope decode prints without)")
	}
	return nil, fmt.Errorf("the inspector does not know the terminal TERM=%q: set TERM to one of its kind, such as xterm-256color (imapscope decode prints without)", os.Getenv("TERM"))
}
