package class

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"imapscope/samples/exercise"
	"imapscope/ui/view"
)

// Formats returns the formats of WriteGrades.
func Formats() []string { return []string{"text", "csv", "jsonl"} }

// WriteGrades writes the grades of a class in one of Formats: for each student a line for each
// recording, with the reason for its points; their sums; and for each recording how many students
// found the fault. CSV has only the lines of students and recordings.
func WriteGrades(w io.Writer, format string, keys []exercise.Key, students []exercise.Student) error {
	switch format {
	case "text":
		return writeText(w, keys, students)
	case "csv":
		return writeCSV(w, students)
	case "jsonl":
		return writeJSON(w, keys, students)
	}
	return fmt.Errorf("unknown format %q; the formats are %s", format, strings.Join(Formats(), ", "))
}

// WriteProblems writes a line for each line of an answer sheet that could not be judged, and
// returns how many there are.
func WriteProblems(w io.Writer, students []exercise.Student) (int, error) {
	n := 0
	for i := range students {
		for _, p := range students[i].Problems {
			n++
			if _, err := fmt.Fprintln(w, view.Inert(p.String())); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// most returns the maximum of a student's points.
func most(keys []exercise.Key) exercise.Points {
	return exercise.Most * exercise.Points(len(keys))
}

func writeText(out io.Writer, keys []exercise.Key, students []exercise.Student) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i := range students {
		s := &students[i]
		fmt.Fprintf(w, "%s: %s of %s points\n", view.Inert(s.Name), s.Points(), most(keys))
		for k := range s.Grades {
			g := &s.Grades[k]
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", view.Inert(g.Key.File), g.Points(), view.Inert(given(g.Answer)), view.Inert(g.Says))
			if g.Answer != nil && g.Answer.Why != "" {
				fmt.Fprintf(w, "  \t\t\t%q\n", view.Inert(g.Answer.Why))
			}
		}
		fmt.Fprintln(w)
		if err := w.Flush(); err != nil { // columns are those of one student
			return err
		}
	}
	fmt.Fprintf(w, "recording\tfault\tlevel\tanswered\tfound\twho\twhat\tall right\tmean of %s\n", exercise.Most)
	for _, t := range exercise.Tallies(keys, students) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", view.Inert(t.Key.File), view.Inert(t.Key.Kind), t.Key.Level,
			t.Answered, t.Found, t.Who, t.What, t.Perfect, mean(t.Points, len(students)))
	}
	fmt.Fprintf(w, "\n%s, %s; the mean is %s of %s points\n", view.Count(len(students), "student"), view.Count(len(keys), "recording"),
		mean(total(students), len(students)), most(keys))
	return w.Flush()
}

// given returns an answer in a line.
func given(a *exercise.Answer) string {
	if a == nil {
		return "-"
	}
	parts := []string{a.Transaction, a.Who, a.What}
	for i, p := range parts {
		if p == "" {
			parts[i] = "-"
		}
		parts[i] = view.Fit(strings.Join(strings.Fields(parts[i]), " "), 24, "…")
	}
	return strings.Join(parts, " ")
}

func total(students []exercise.Student) exercise.Points {
	var sum exercise.Points
	for i := range students {
		sum += students[i].Points()
	}
	return sum
}

func mean(p exercise.Points, n int) string {
	return strconv.FormatFloat(p.Float()/float64(max(n, 1)), 'f', 2, 64)
}

// header is the first line of the CSV.
var header = []string{
	"student", "recording", "fault", "level", "transaction", "who", "what", "why",
	"points_where", "points_who", "points_what", "points", "of", "reason", "file", "line",
}

func writeCSV(out io.Writer, students []exercise.Student) error {
	w := csv.NewWriter(out)
	if err := w.Write(header); err != nil {
		return err
	}
	for i := range students {
		for k := range students[i].Grades {
			if err := w.Write(cells(&students[i], &students[i].Grades[k])); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// cells returns a grade as a line of CSV.
func cells(s *exercise.Student, g *exercise.Grade) []string {
	a, line := g.Answer, ""
	if a == nil {
		a = &exercise.Answer{}
	} else {
		line = strconv.Itoa(a.Line)
	}
	out := []string{
		s.Name, g.Key.File, g.Key.Kind, strconv.Itoa(g.Key.Level), a.Transaction, a.Who, a.What, a.Why,
		g.Where.String(), g.Who.String(), g.What.String(), g.Points().String(), exercise.Most.String(), g.Says, a.File, line,
	}
	for i := range out {
		out[i] = cell(out[i])
	}
	return out
}

// cell returns a text as a cell that no spreadsheet takes for a formula.
func cell(s string) string {
	s = view.Inert(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Rows of JSON lines.
type (
	jsonGrade struct {
		Type        string  `json:"type"` // "answer"
		Student     string  `json:"student"`
		Recording   string  `json:"recording"`
		Answered    bool    `json:"answered"`
		Transaction string  `json:"transaction"`
		By          string  `json:"who"`
		Named       string  `json:"what"`
		Why         string  `json:"why"`
		Where       float64 `json:"points_where"`
		Who         float64 `json:"points_who"`
		What        float64 `json:"points_what"`
		Points      float64 `json:"points"`
		Of          float64 `json:"of"`
		Reason      string  `json:"reason"`
		Also        string  `json:"also,omitempty"` // the rule of what is true, but not the fault
		File        string  `json:"file,omitempty"`
		Line        int     `json:"line,omitempty"`
	}
	jsonStudent struct {
		Type    string  `json:"type"` // "student"
		Student string  `json:"student"`
		Points  float64 `json:"points"`
		Of      float64 `json:"of"`
	}
	jsonTally struct {
		Type      string  `json:"type"` // "recording"
		Recording string  `json:"recording"`
		Fault     string  `json:"fault"`
		Level     int     `json:"level"`
		Students  int     `json:"students"`
		Answered  int     `json:"answered"`
		Found     int     `json:"found"`
		Who       int     `json:"who"`
		What      int     `json:"what"`
		Perfect   int     `json:"all_right"`
		Points    float64 `json:"points"`
	}
	jsonProblem struct {
		Type    string `json:"type"` // "problem"
		Student string `json:"student"`
		File    string `json:"file"`
		Line    int    `json:"line,omitempty"`
		What    string `json:"what"`
	}
)

func writeJSON(out io.Writer, keys []exercise.Key, students []exercise.Student) error {
	e := json.NewEncoder(out)
	for i := range students {
		s := &students[i]
		for k := range s.Grades {
			if err := e.Encode(gradeRow(s, &s.Grades[k])); err != nil {
				return err
			}
		}
		for _, p := range s.Problems {
			if err := e.Encode(jsonProblem{"problem", view.Inert(s.Name), view.Inert(p.File), p.Line, view.Inert(p.What)}); err != nil {
				return err
			}
		}
		if err := e.Encode(jsonStudent{"student", view.Inert(s.Name), s.Points().Float(), most(keys).Float()}); err != nil {
			return err
		}
	}
	for _, t := range exercise.Tallies(keys, students) {
		row := jsonTally{
			"recording", view.Inert(t.Key.File), view.Inert(t.Key.Kind), t.Key.Level, len(students), t.Answered, t.Found, t.Who, t.What, t.Perfect, t.Points.Float(),
		}
		if err := e.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

func gradeRow(s *exercise.Student, g *exercise.Grade) jsonGrade {
	row := jsonGrade{
		Type: "answer", Student: view.Inert(s.Name), Recording: view.Inert(g.Key.File), Where: g.Where.Float(), Who: g.Who.Float(), What: g.What.Float(),
		Points: g.Points().Float(), Of: exercise.Most.Float(), Reason: view.Inert(g.Says),
	}
	if a := g.Answer; a != nil {
		row.Answered, row.Transaction, row.By, row.Named = true, view.Inert(a.Transaction), view.Inert(a.Who), view.Inert(a.What)
		row.Why, row.File, row.Line = view.Inert(a.Why), view.Inert(a.File), a.Line
	}
	if g.Also != nil {
		row.Also = view.Inert(g.Also.Rule)
	}
	return row
}
