package print

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// IsTerminal reports whether v, a reader or a writer, is a terminal.
func IsTerminal(v any) bool {
	_, ok := terminal(v)
	return ok
}

// terminal returns the file descriptor of a terminal.
func terminal(v any) (fd int, ok bool) {
	if w, ok := v.(interface{ Unwrap() io.Writer }); ok {
		v = w.Unwrap()
	}
	f, ok := v.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// Width returns the number of columns of the terminal v, or else $COLUMNS. It returns 0 if
// neither is known; lines are not cut then.
func Width(v any) int {
	if fd, ok := terminal(v); ok {
		if w, _, err := term.GetSize(fd); err == nil && w > 0 {
			return w
		}
	}
	w, _ := strconv.Atoi(os.Getenv("COLUMNS"))
	return max(w, 0)
}

// Colored reports whether text is written in color: on a terminal, unless NO_COLOR is set
// (https://no-color.org).
func Colored(v any) bool {
	return IsTerminal(v) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
