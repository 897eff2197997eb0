package learn

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"imapscope/samples/lesson"
	"imapscope/ui/view"
)

// Check writes to w what is wrong with the lesson in a file, line by line, and reports
// whether nothing is. Its error is that of reading or writing.
func Check(w io.Writer, file string) (ok bool, err error) {
	l, err := lesson.CheckFile(file)
	var faults lesson.Faults
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			if _, err := fmt.Fprintln(w, view.Inert(strings.TrimSpace(f.Error()))); err != nil {
				return false, err
			}
		}
		return false, nil
	case err != nil:
		return false, err
	}
	_, err = fmt.Fprintf(w, "%s: %s, %s\n", view.Inert(file), view.Inert(l.Title), view.Count(len(l.Steps), "step"))
	return true, err
}
