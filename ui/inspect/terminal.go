package inspect

import (
	"errors"
	"fmt"
	"os"

	"github.com/gdamore/tcell/v2"
)

// terminalError returns why a terminal cannot be used, and what to do, in one line. Err is
// tcell's.
func terminalError(err error) error {
	var unread *tcell.EventError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unread):
		return nil // the terminal was closed, and SIGHUP may come later
	case errors.Is(err, tcell.ErrNoCharset):
		return fmt.Errorf("the inspector needs a UTF-8 locale, and %s: set LC_ALL=C.UTF-8, or use imapscope decode", locale())
	}
	return fmt.Errorf("the inspector does not know the terminal %q (TERM): set TERM=xterm-256color or what your terminal is, or use imapscope decode", os.Getenv("TERM"))
}

// locale returns the setting that chooses the character set.
func locale() string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return name + " is " + v
		}
	}
	return "none is set"
}
