package class

import (
	"fmt"
	"io"
	"text/tabwriter"

	"imapscope/samples/lesson"
	"imapscope/ui/view"
)

// Summarize reads the results files of a class, one of each student, and writes for each step of a
// lesson how many students answered it, with how much help, and how long it took.
func Summarize(out io.Writer, names []string) error {
	files, err := lesson.ResultFiles(names)
	if err != nil {
		return err
	}
	var students [][]lesson.Visit
	for _, name := range files {
		visits, err := lesson.ReadResults(name)
		if err != nil {
			return err
		}
		if len(visits) > 0 {
			students = append(students, visits)
		}
	}
	if len(students) == 0 {
		return fmt.Errorf("there are no results in %s", view.FileNames(names))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, view.Count(len(students), "student"))
	last := ""
	for _, s := range lesson.Summarize(students) {
		if s.Lesson != last {
			last = s.Lesson
			fmt.Fprintf(w, "\n%s\n", view.Inert(s.Lesson))
			fmt.Fprintln(w, "  step\tstudents\tat once\twith help\tnot\tattempts\thints\tmedian s\t")
		}
		fmt.Fprintf(w, "  %d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\n", s.Step, s.Students, s.AtOnce, s.WithHelp,
			s.Students-s.AtOnce-s.WithHelp, s.Attempts, s.Hints, s.Seconds, heading(s.Lesson, s.Step))
	}
	return w.Flush()
}

// heading returns the heading of a step of one of our lessons; otherwise nothing.
func heading(id string, step int) string {
	for _, l := range lesson.Embedded() {
		if l.ID == id && step <= len(l.Steps) {
			return view.Inert(l.Steps[step-1].Heading)
		}
	}
	return ""
}
